// A pane: a count, a grid, pages, and what it waits for. An old answer never replaces a newer one.
import { $, make } from "./dom.js";
import { errorText, t } from "./texts.js";

export class Pane {
  // `unfilter` takes away what is chosen of fields
  constructor(root, { unfilter }) {
    this.root = root;
    this.unfilter = unfilter;
    this.grid = $(".grid", root);
    this.count = $(".count", root);
    this.message = $(".message", root);
    this.waiting = null;
  }

  // Runs work(signal) under a spinner that says `what` and can be cancelled; whether it came to its end.
  async load(what, work, again) {
    this.waiting?.abort();
    const mine = new AbortController();
    this.waiting = mine;
    this.wait(what, () => mine.abort("cancel"));
    try {
      await work(mine.signal);
      if (this.waiting === mine) this.root.removeAttribute("aria-busy");
      return true;
    } catch (error) {
      if (this.waiting !== mine) return false; // a newer one is under way
      this.root.removeAttribute("aria-busy");
      this.show([], ""); // what was there answered another question
      this.pages(1, 1, () => {});
      if (mine.signal.aborted) this.say(t("cancelled"), [t("retry"), again]);
      else if (/^(filter|sort)\b/.test(error.field ?? "")) this.say(t("filterFault"), [t("filterClear"), this.unfilter]); // a field that was
      else this.say(errorText(error), [t("retry"), again]);
      return false;
    }
  }

  wait(what, cancel) {
    this.root.setAttribute("aria-busy", "true");
    this.message.hidden = false;
    this.message.className = "message wait";
    this.message.replaceChildren(
      make("span", { className: "spinner" }), what, make("button", { type: "button", className: "cancel", onclick: cancel }, t("cancel")));
  }

  say(text, ...buttons) {
    this.message.hidden = false;
    this.message.className = "message";
    this.message.replaceChildren(text, ...buttons.map(([name, action]) => make("button", { type: "button", onclick: action }, name)));
  }

  sayFiltered() {
    this.say(t("nothingFiltered"), [t("filterClear"), this.unfilter]);
  }

  show(cards, count) {
    this.message.hidden = true;
    this.grid.replaceChildren(...cards);
    this.count.textContent = count;
  }

  clear() {
    this.waiting?.abort();
    this.waiting = null;
    this.show([], "");
    this.pages(1, 1, () => {});
  }

  pages(page, pages, go) {
    for (const nav of this.root.querySelectorAll(".pages")) {
      nav.setAttribute("aria-label", t("pages"));
      if (pages <= 1) {
        nav.replaceChildren();
        continue;
      }
      const button = (name, target, off) =>
        make("button", { type: "button", className: name, disabled: off, onclick: () => go(target) }, t(name));
      nav.replaceChildren(
        button("first", 1, page <= 1), button("previous", page - 1, page <= 1),
        make("span", {}, t("pageOf", { page, pages })),
        button("next", page + 1, page >= pages), button("last", pages, page >= pages));
    }
  }
}
