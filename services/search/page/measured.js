// What was measured of a model against the one it was learnt from.
import { make } from "./dom.js";
import { t } from "./texts.js";

const digits = (value) => value.toFixed(3);
const signed = (value) => (value < 0 ? "−" : "+") + digits(Math.abs(value));

export const beforeAfter = (before, after) => t("beforeAfter", { before: digits(before), after: digits(after) });
export const interval = ({ difference, low, high }) =>
  t("interval", { difference: signed(difference), low: signed(low), high: signed(high) });
export const judgedBy = (gate) => t(gate.judged_by === "judged_queries" ? "byJudged" : "byHeldOut", { count: gate.queries });

// The word that a whole table of numbers comes down to.
export function verdict(gate) {
  const word = gate.passed ? "better" : gate.high < 0 ? "worse" : "unsure";
  return make("strong", { className: `verdict ${word}` }, t(word));
}

export function measured(gate) {
  if (!gate) return [make("span", { className: "none" }, "—")];
  return [
    make("span", { className: "numbers" }, beforeAfter(gate.base, gate.candidate)), verdict(gate),
    make("small", {}, interval(gate)), make("small", {}, judgedBy(gate)),
  ];
}

// A metric that tells what it was before, too.
export function metric(metrics, name) {
  const [before, after] = [metrics[`base_${name}`], metrics[name]];
  if (after === undefined) return make("span", { className: "none" }, "—");
  return make("span", { className: "numbers" }, before === undefined ? digits(after) : beforeAfter(before, after));
}
