// A menu of a field's commonest values, of which several can be ticked.
import { choose, keyOf, values } from "./condition.js";
import { make } from "./dom.js";
import { nameOf, titleOf } from "./labels.js";
import { menu, showChosen } from "./menu.js";
import { number, t } from "./texts.js";

export function valueText(field, value) {
  const name = nameOf(field, value);
  if (name !== undefined) return name;
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (value === null || value === "") return t("noValue");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export class Choices {
  // `change` is given a function that makes a condition of the one that holds
  constructor({ name, field, known }, change) {
    Object.assign(this, { name, field, change });
    this.boxes = new Map(); // key -> box
    this.list = make("ul", {});
    for (const [value, count] of counted(known.values)) this.add(value, count);
    const rest = known.distinct > known.values.length ? [make("p", { className: "help" }, t("commonest", { count: known.values.length, distinct: known.distinct }))] : [];
    this.node = menu(titleOf(field), this.list, ...rest);
  }

  add(value, count) {
    const box = make("input", { type: "checkbox", onchange: () => this.change((condition) => choose(condition, this.name, value, box.checked)) });
    const counts = count === undefined ? [] : [make("span", { className: "count" }, number(count))];
    this.boxes.set(keyOf(value), box);
    this.list.append(make("li", {}, make("label", {}, box, make("span", { className: "value" }, valueText(this.field, value)), ...counts)));
  }

  show(condition) {
    const chosen = values(condition, this.name);
    for (const value of chosen) if (!this.boxes.has(keyOf(value))) this.add(value); // a rare one, of an address
    const keys = new Set(chosen.map(keyOf));
    for (const [key, box] of this.boxes) box.checked = keys.has(key);
    showChosen(this.node, chosen.length);
  }
}

// a number and its numeral are one choice
function counted(known) {
  const found = new Map();
  for (const { value, count } of known) {
    const [first, before] = found.get(keyOf(value)) ?? [value, 0];
    found.set(keyOf(value), [first, before + count]);
  }
  return found.values();
}
