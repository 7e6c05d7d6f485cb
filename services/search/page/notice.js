// A line for whoever searches: what cannot be done, and why.
import { $, make } from "./dom.js";
import { errorText, t } from "./texts.js";

export function say(text, ...buttons) {
  $("#notice").replaceChildren(text, ...buttons);
  $("#notice").hidden = !text;
}

export function sayNotStarted(error) {
  say(errorText(error), " ", make("button", { type: "button", onclick: () => location.reload() }, t("retry")));
}
