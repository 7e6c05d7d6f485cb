// The models side by side; on a narrow screen each is a card.
import { reportUrl } from "./api.js";
import { make } from "./dom.js";
import { measured, metric } from "./measured.js";
import { label, language, number, t } from "./texts.js";

const COLUMNS = ["colModel", "colFrom", "colMap", "colFirst", "colTen", "colLacking", "colDo"];
const MARKS = { live: "live", previous: "previous_model", candidate: "candidate" }; // and their texts
const ONLY_VECTORS = "vectors"; // a kind of model that no photo can be looked at with, and none made live
const FIELD = "values of "; // how a model says that its classes are the values of a field

// `act`: { activate(model), remove(model) }; the roles stay where a narrow screen's style would take them away
export function modelTable(models, { labels, ...act }) {
  const newest = (one, other) => other.live - one.live || other.created.localeCompare(one.created);
  const head = COLUMNS.map((name) => make("th", { scope: "col", role: "columnheader" }, t(name)));
  return make("table", { role: "table", "aria-labelledby": "models-list" },
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...head)),
    make("tbody", { role: "rowgroup" }, ...[...models].sort(newest).map((model) => row(model, labels, act))));
}

function row(model, labels, act) {
  const node = make("tr", { role: "row", className: model.live ? "live" : "" },
    make("th", { scope: "row", role: "rowheader" }, ...named(model)),
    cell("colFrom", ...origin(model, labels)),
    cell("colMap", ...measured(model.gate)),
    cell("colFirst", metric(model.metrics, "r1")),
    cell("colTen", metric(model.metrics, "p10")),
    cell("colLacking", model.lacking ? t("photoCount", { count: model.lacking }) : t("photoNone")),
    cell("colDo", make("div", { className: "actions" }, ...actions(model, act))));
  node.dataset.model = model.name;
  return node;
}

const cell = (name, ...children) => make("td", { role: "cell", "data-name": t(name) }, make("div", {}, ...children));

function named(model) {
  const marks = Object.keys(MARKS).filter((mark) => model[mark]).map((mark) => make("span", { className: `mark ${mark}` }, t(MARKS[mark])));
  const when = new Date(model.created).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  return [make("span", { className: "model" }, model.name), ...marks, make("small", {}, when)];
}

function origin({ kind, base, learnt_from: from }, labels) {
  if (kind === ONLY_VECTORS) return [make("span", { className: "none" }, t("onlyVectors"))];
  const lines = from ? [make("span", {}, sourceName(from.name, labels)),
    make("small", {}, t("sourceCounts", { classes: number(from.classes), images: number(from.photos) }))] : [];
  if (base) lines.push(make("small", {}, t("fromBase", { base })));
  return lines.length ? lines : [make("span", { className: "none" }, t("original"))];
}

// What a model was learnt from, in the reader's words.
export function sourceName(name, labels) {
  return name.startsWith(FIELD) ? t("fieldValues", { field: fieldName(name.slice(FIELD.length), labels) }) : name;
}

export function fieldName(field, labels) {
  const known = labels.find((one) => one.field === field);
  return known ? label(known.label) : field;
}

function actions(model, act) {
  const button = (what, strong, run) => {
    const node = make("button", { type: "button", className: strong ? "strong" : "", onclick: () => run(model), "aria-label": t(`${what}Name`, { name: model.name }) }, t(what));
    Object.assign(node.dataset, { act: what, model: model.name });
    return node;
  };
  const report = model.report ? [make("a", { className: "button", href: reportUrl(model.name), target: "_blank", rel: "noopener", "aria-label": t("reportName", { name: model.name }) }, t("report"))] : [];
  if (model.kind === ONLY_VECTORS) return [button("remove", false, act.remove)];
  return model.live ? report : [button("activate", model.candidate, act.activate), ...report, button("remove", false, act.remove)];
}
