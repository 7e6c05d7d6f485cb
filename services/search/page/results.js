// The right pane: what looks like photos and items, and the same again with right and wrong answers.
import * as api from "./api.js";
import { brief, card, picture, refreshTicks } from "./cards.js";
import { isEmpty } from "./condition.js";
import { $, make } from "./dom.js";
import { judging } from "./judging.js";
import { Pane } from "./pane.js";
import { t } from "./texts.js";
import * as ticks from "./ticks.js";

export class Results {
  constructor({ perPage, openItem, toPage, ask, forget, unfilter }) {
    Object.assign(this, { perPage, openItem, toPage, ask, forget });
    this.pane = new Pane($("#results"), { unfilter });
    this.asked = $("#asked");
    this.marks = new Map(); // id -> right or wrong, of the answers on show
    this.shown = null;
    this.names = new Map(); // id -> brief
    ticks.onChange(() => refreshTicks(this.pane.root));
  }

  async show(address, { anew = false } = {}) {
    const { like, not, tokens, within, of, at, filter } = address;
    const wanted = like.length + tokens.length > 0;
    this.pane.root.hidden = !wanted;
    const asked = JSON.stringify([like, not, tokens, within, of, at, filter]);
    if (asked === this.shown && !anew) return;
    if (JSON.stringify([like, not, tokens]) !== this.query) this.marks.clear();
    this.query = JSON.stringify([like, not, tokens]);
    this.shown = asked;
    if (!wanted) return this.pane.clear();
    this.drawAsked(address);
    if (address.forgotten) {
      this.pane.clear();
      return this.pane.say(t("photoForgotten"));
    }
    const query = {
      ids: like, negative_ids: not, keyword: of, scope: within, ...(isEmpty(filter) ? {} : { filter }),
      limit: this.perPage, offset: (at - 1) * this.perPage,
    };
    const came = await this.pane.load(t(tokens.length ? "waitPhoto" : "waitSimilar"), async (signal) => {
      try {
        this.draw(await api.search(query, address.photos, signal), address);
      } catch (error) {
        if (error.type !== "unknown_item" || !this.forgetItem(error, address)) throw error;
      }
    }, () => this.show(address, { anew: true }));
    if (!came && this.shown === asked) this.shown = null;
  }

  // An item of the search was deleted meanwhile: on without it.
  forgetItem(error, address) {
    const [field, place] = (error.field ?? "").split(".");
    const id = { ids: address.like, negative_ids: address.not }[field]?.[Number(place)];
    if (id === undefined) return false;
    ticks.set({ id }, false);
    this.forget(id, t("itemGone", { id }));
    return true;
  }

  draw({ matches, total, candidates }, { at, filter }) {
    for (const match of matches) this.names.set(match.id, brief(match));
    const cards = matches.map((match, place) =>
      card(match, { open: () => this.openItem(matches, place), score: match.score, mark: this.marks }));
    const counts = total === candidates ? "resultCount" : "resultCompared";
    this.pane.show(cards, t(counts, { candidates, total }));
    this.pane.pages(at, Math.ceil(Math.min(total, 9000) / this.perPage), this.toPage);
    if (matches.length === 0 && !isEmpty(filter)) this.pane.sayFiltered();
    else if (matches.length === 0) this.pane.say(t("nothingAlike"));
  }

  drawAsked({ like, not, photos, tokens }) {
    const thumbs = photos.map((file) => {
      const img = make("img", { alt: t("askedPhoto"), title: t("askedPhoto"), src: URL.createObjectURL(file) });
      img.addEventListener("load", () => URL.revokeObjectURL(img.src));
      img.addEventListener("error", () => img.replaceWith(make("span", { className: "blank" }, t("askedPhoto"))));
      return make("li", {}, img);
    });
    const items = [...like.map((id) => [id, false]), ...not.map((id) => [id, true])].map(([id, wrong]) => {
      const node = make("li", { className: wrong ? "wrong" : "" });
      this.known(id).then((item) => {
        const title = wrong ? t("askedNot", { name: item.name }) : item.name;
        node.title = title;
        node.replaceChildren(picture(item.image, title));
      });
      return node;
    });
    const again = make("button", { type: "button", id: "again", onclick: () => this.again({ like, not, tokens }) }, t("again"));
    const one = like.length === 1 && tokens.length === 0; // of the catalogue: what is said of it can be kept
    this.asked.replaceChildren(
      make("ul", { "aria-label": t("asked") }, ...thumbs, ...items), again,
      ...(one ? judging({ id: like[0], not, marks: this.marks }) : []), make("span", { className: "hint" }, t("againHint")));
  }

  again({ like, not }) {
    const of = (kind) => [...this.marks].filter(([, mark]) => mark === kind).map(([id]) => id);
    const right = of("right"), wrong = of("wrong");
    const merged = (old, more, less) => [...new Set([...old, ...more])].filter((id) => !less.includes(id));
    this.ask({ like: merged(like, right, wrong), not: merged(not, wrong, right) });
  }

  async known(id) {
    if (!this.names.has(id)) {
      const item = await api.item(id).then(brief, () => null);
      if (item === null) return { id, name: id, image: null }; // the next time it may be there
      this.names.set(id, item);
    }
    return this.names.get(id);
  }
}
