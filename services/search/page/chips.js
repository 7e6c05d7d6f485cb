// What is chosen, each condition as a button that takes it away.
import { valueText } from "./choices.js";
import { isEmpty, parts } from "./condition.js";
import { make } from "./dom.js";
import { labelled, titleOf } from "./labels.js";
import { rangeText } from "./range.js";
import { t } from "./texts.js";

export function drawChips(list, condition, labels, change) {
  const place = [...list.querySelectorAll("button")].indexOf(document.activeElement);
  list.hidden = isEmpty(condition);
  list.replaceChildren(...parts(condition).map((part) => chip(part, labels, change)));
  if (!list.hidden) list.append(make("li", {}, make("button", { type: "button", className: "clear", onclick: () => change(() => ({})) }, t("filterClear"))));
  const buttons = list.querySelectorAll("button");
  if (place >= 0) buttons[Math.min(place, buttons.length - 1)]?.focus(); // not lost with the chip that was pressed
}

function chip({ name, value, range, rest }, labels, change) {
  const field = labelled(labels, name);
  const text = t("chip", { field: titleOf(field), value: range ? rangeText(range) : valueText(field, value) });
  return make("li", {}, make("button", { type: "button", className: "chip", onclick: () => change(() => rest), "aria-label": t("chipRemove", { text }) },
    make("span", {}, text), make("span", { "aria-hidden": "true" }, "✕")));
}
