// The row of menus above both panes, and what is chosen in them.
import { drawChips } from "./chips.js";
import { Choices } from "./choices.js";
import { isEmpty } from "./condition.js";
import { $, make } from "./dom.js";
import { closeMenus } from "./menu.js";
import { menusOf } from "./offers.js";
import { Range } from "./range.js";
import { language, t } from "./texts.js";

const MENUS = 6; // the others are a press away

export class Filters {
  // `change` is given the new condition
  constructor({ change }) {
    this.change = (next) => change(next(this.condition));
    this.root = $("#filters");
    this.fields = { fields: [], link: null, known: [] };
    this.menus = [];
    this.condition = {};
    this.drawn = null;
    document.addEventListener("click", (event) => closeMenus(this.root, event));
  }

  load(fields) {
    this.fields = fields;
    this.show(this.condition);
  }

  show(condition) {
    this.condition = condition;
    this.draw();
    for (const one of this.menus) one.show(condition);
    drawChips($(".chips", this.root), condition, this.fields, this.change);
    this.root.hidden = this.menus.length === 0 && isEmpty(condition);
  }

  // Anew only when there is something new: an open menu stays under the hand.
  draw() {
    const asked = JSON.stringify([language, this.fields]);
    if (asked === this.drawn) return;
    this.drawn = asked;
    this.menus = menusOf(this.fields).map((offer) => new (offer.kind === "choice" ? Choices : Range)(offer, this.change));
    const nodes = this.menus.map(({ node }) => node);
    const rest = make("div", { className: "rest", hidden: true }, ...nodes.slice(MENUS));
    $(".menus", this.root).replaceChildren(...nodes.slice(0, MENUS), ...(nodes.length > MENUS ? [more(rest), rest] : []));
  }
}

function more(rest) {
  const button = make("button", {
    type: "button", "aria-expanded": "false",
    onclick: () => {
      rest.hidden = !rest.hidden;
      button.setAttribute("aria-expanded", String(!rest.hidden));
      button.textContent = t(rest.hidden ? "filterMore" : "filterFewer");
    },
  }, t("filterMore"));
  return button;
}
