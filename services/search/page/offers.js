// Which fields are worth a menu, and by which the catalogue can be ordered.
import { labelled } from "./labels.js";

const MOST_VALUES = 50;
const CODES = { values: 20, each: 10 }; // whole numbers so few that come so often are names: a genre, a state
const SERIAL = 20; // so many whole numbers close together, each once: somebody counted
const LONGEST_NAME = 200; // that the server takes
const JOINS = ["and", "or", "not"]; // mean something else in a filter

// { name, kind: choice, number or date, field: its label, known: what is in it }, in the order of the labels
export function menusOf(fields) {
  return shown(fields).map((one) => ({ ...one, kind: kindOf(one) })).filter(({ kind, name }) => kind && !JOINS.includes(name));
}

export function ordersOf(fields) {
  return shown(fields).filter(({ known, name }) => known.distinct > 1 && known.type !== "bool" && !name.startsWith("-"));
}

function shown(fields) {
  const known = new Map(fields.known.map((one) => [one.field, one]));
  const names = new Set([...fields.fields.map(({ field }) => field), ...known.keys()]);
  return [...names]
    .filter((name) => known.has(name) && name !== "" && name.length <= LONGEST_NAME && name !== fields.link)
    .map((name) => ({ name, field: labelled(fields, name), known: known.get(name) }))
    .filter(({ field }) => !field.hidden && field.type !== "url");
}

function kindOf({ field, known: { type, items, distinct, values, min, max } }) {
  const named = Object.keys(field.values).length > 0;
  if (distinct < 2) return null;
  if (type === "date") return "date";
  if (type === "number" && !named) {
    const whole = values.every(({ value }) => Number.isInteger(Number(value)));
    const code = whole && distinct <= CODES.values && items >= CODES.each * distinct;
    if (code && field.type !== "number") return "choice";
    return whole && distinct >= SERIAL && items === distinct && max - min < 2 * distinct ? null : "number";
  }
  return distinct <= MOST_VALUES && (type === "bool" || named || items >= 2 * distinct) ? "choice" : null;
}
