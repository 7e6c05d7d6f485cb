// In which order the catalogue is listed: as it came, or by a field, up or down.
import { make } from "./dom.js";
import { titleOf } from "./labels.js";
import { ordersOf } from "./offers.js";
import { language, t } from "./texts.js";

const WAYS = { number: ["sortSmall", "sortLarge"], date: ["sortOld", "sortNew"], text: ["sortUp", "sortDown"], mixed: ["sortUp", "sortDown"] };

export class Sorting {
  // `change` is given a field's name, with - before it: falling; null: as it came
  constructor(root, { change }) {
    this.root = root;
    this.select = root.querySelector("select");
    this.fields = { fields: [], link: null, known: [] };
    this.sort = null;
    this.drawn = null;
    this.select.addEventListener("change", () => change(this.select.value || null));
  }

  load(fields) {
    this.fields = fields;
    this.show(this.sort);
  }

  show(sort) {
    this.sort = sort;
    this.draw();
    const there = [...this.select.options].some(({ value }) => value === (sort ?? ""));
    if (!there) this.select.append(make("option", { value: sort }, sort)); // of an address
    this.select.value = sort ?? "";
    this.root.hidden = this.select.options.length < 2;
  }

  draw() {
    const asked = JSON.stringify([language, this.fields]);
    if (asked === this.drawn) return;
    this.drawn = asked;
    const orders = ordersOf(this.fields).flatMap(({ name, field, known }) =>
      WAYS[known.type].map((way, falling) =>
        make("option", { value: `${falling ? "-" : ""}${name}` }, t(way, { field: titleOf(field) }))));
    this.select.replaceChildren(make("option", { value: "" }, t("sortCame")), ...orders);
  }
}
