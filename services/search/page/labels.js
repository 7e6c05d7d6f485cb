// What fields and their values are called, in the reader's language.
import { label } from "./texts.js";

// the owner's label of a field, or its own name
export function labelled({ fields }, name) {
  return fields.find(({ field }) => field === name) ?? { field: name, label: name, type: "text", values: {}, hidden: false, hide_empty: true };
}

export const titleOf = (field) => label(field.label);

// the owner's name of a value; undefined where it has none
export function nameOf({ values }, value) {
  const text = String(value);
  return Object.hasOwn(values, text) ? label(values[text]) : undefined;
}
