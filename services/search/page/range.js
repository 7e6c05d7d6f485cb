// A menu with the two ends of a range of numbers or dates.
import { bind, range } from "./condition.js";
import { make } from "./dom.js";
import { titleOf } from "./labels.js";
import { menu, showChosen } from "./menu.js";
import { language, t } from "./texts.js";

const END_OF_DAY = "T23:59:59";
const WORDS = { number: ["atLeast", "atMost"], date: ["since", "until"] };

// a date is enough of a moment to be read; a year has no comma
const shown = (value) => (typeof value === "string" ? value.slice(0, 10) : value.toLocaleString(language, { useGrouping: "min2", maximumFractionDigits: 9 }));

export function rangeText({ gte, lte, ...others }) {
  if (Object.keys(others).length || (gte ?? lte) === undefined) return JSON.stringify({ gte, lte, ...others });
  const dates = typeof (gte ?? lte) === "string";
  if (lte === undefined) return t(dates ? "rangeSince" : "rangeFrom", { from: shown(gte) });
  if (gte === undefined) return t(dates ? "rangeUntil" : "rangeTo", { to: shown(lte) });
  return t("rangeBoth", { from: shown(gte), to: shown(lte) });
}

export class Range {
  // `change` is given a function that makes a condition of the one that holds
  constructor({ name, kind, field, known }, change) {
    Object.assign(this, { name, kind, change });
    this.moments = kind === "date" && known.max.length > 10; // a day ends with its last second
    this.ends = WORDS[kind].map(() => make("input", { type: kind, step: kind === "number" ? "any" : "1", onchange: () => this.bind() }));
    const labels = this.ends.map((input, end) => make("label", {}, make("span", {}, t(WORDS[kind][end])), input));
    const all = t("rangeBoth", { from: shown(known.min), to: shown(known.max) });
    this.node = menu(titleOf(field), ...labels, make("p", { className: "help" }, t("rangeKnown", { range: all })));
  }

  bind() {
    if (this.ends.some((input) => input.validity.badInput)) return; // half a number
    const [gte, lte] = this.ends.map(({ value }) => (value === "" ? undefined : this.kind === "number" ? Number(value) : value));
    this.change((condition) => bind(condition, this.name, { gte, lte: this.moments && lte ? lte + END_OF_DAY : lte }));
  }

  show(condition) {
    const { gte, lte } = range(condition, this.name);
    [gte, lte].forEach((value, end) => (this.ends[end].value = typeof value === "string" ? value.slice(0, 10) : value ?? ""));
    showChosen(this.node, Number((gte ?? lte) !== undefined));
  }
}
