// One fine-tune: what it learns from, how far it is, its curves, and what came of it.
import { complaint } from "./complaint.js";
import { curves } from "./curves.js";
import { $, make } from "./dom.js";
import { duration, isActive } from "./jobs.js";
import { measured } from "./measured.js";
import { sourceName, fieldName } from "./model_table.js";
import { t } from "./texts.js";

const NOTES = {
  "reading photos": "noteReading", "looking at photos": "noteLooking", learning: "noteLearning",
  "learning, phase 1 of 2": "notePhase1", "learning, phase 2 of 2": "notePhase2", "writing the model": "noteWriting",
  comparing: "noteComparing", publishing: "notePublishing", reporting: "noteReporting",
  "waits for another fine-tune to end": "noteWaits",
};
const ACTIVATIONS = {
  never: "activationNever", pending: "activationPending",
  "refused: it is not better": "activationNotBetter", "refused: nothing was measured": "activationNotMeasured",
  "refused: another model": "activationOther", "refused: a newer model": "activationNewer",
  "refused: the job was cancelled": "activationCancelled", "refused: the model was deleted": "activationDeleted",
};

export class TrainingCard {
  constructor({ cancel, labels }) {
    this.labels = labels;
    this.node = make("li", { className: "training" },
      make("h4"), make("p", { className: "state", role: "status" }), make("progress"), make("p", { className: "pace" }),
      make("details", { className: "curves", open: true }, make("summary", {}, t("curves")), make("div", { className: "figures" })),
      make("div", { className: "outcome" }),
      make("p", { className: "actions" }, make("button", { type: "button", className: "cancel", onclick: () => cancel(this.job) }, t("trainingCancel"))));
  }

  // `model`: what the list of models says of the one that it made; null where it has none of that name
  update(job, model = {}) {
    this.job = job;
    const active = isActive(job);
    const name = job.request.name;
    this.node.dataset.job = job.id;
    $("h4", this.node).textContent = `${name} · ${learntFrom(job.request.request.dataset, this.labels)}`;
    this.state(active ? stateText(job) : t(`training_${job.state}`, { name }));
    this.bar(job, active);
    $(".pace", this.node).textContent = active ? paceText(job) : "";
    $(".actions", this.node).hidden = !active;
    this.drawCurves(job.training?.history ?? []);
    $(".outcome", this.node).replaceChildren(...outcome(job, model), ...unread(job));
  }

  // said anew only where it changes: it is read aloud
  state(text) {
    const line = $(".state", this.node);
    if (line.textContent !== text) line.textContent = text;
  }

  lost(error) {
    $(".pace", this.node).replaceChildren(...complaint(error));
  }

  bar(job, active) {
    const bar = $("progress", this.node);
    bar.hidden = !active;
    bar.setAttribute("aria-label", t("trainingBar"));
    const { epoch = 0, epochs = 0, step = 0, steps = 0 } = job.training ?? {};
    if (epochs) Object.assign(bar, { max: epochs, value: epoch + (steps ? step / steps : 0) });
    else if (steps) Object.assign(bar, { max: steps, value: step });
    else bar.removeAttribute("value");
  }

  drawCurves(history) {
    const box = $(".curves", this.node);
    box.hidden = history.length === 0;
    const drawn = JSON.stringify(history);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    $(".figures", box).replaceChildren(...curves(history));
  }
}

function learntFrom(dataset, labels) {
  return typeof dataset === "string" ? sourceName(dataset, labels) : t("fieldValues", { field: fieldName(dataset.from_field, labels) });
}

function stateText(job) {
  const said = job.note ? t(NOTES[job.note] ?? job.note) : t(job.state === "queued" ? "jobQueued" : "noteLearning");
  const { epoch, epochs } = job.training ?? {};
  return epochs ? `${said} · ${t("epochOf", { epoch, epochs })}` : said;
}

function paceText(job) {
  const parts = [];
  if (job.rate) parts.push(t("pace", { count: Math.round(job.rate * 10) / 10 }));
  if (job.eta_s) parts.push(t("paceLeft", { time: duration(job.eta_s) }));
  return parts.join(" · ");
}

function outcome(job, model) {
  if (job.state === "failed") return [make("p", { className: "said", lang: "en" }, job.error ?? "")];
  if (job.state !== "succeeded") return [];
  const numbers = job.result?.gate ?? model?.gate;
  return [
    ...(numbers ? [make("p", { className: "measured" }, t("mapName"), " ", ...measured(numbers))] : []),
    make("p", { className: "activation" }, activation(job.result?.activation ?? "never", model))];
}

// What became of it, and what somebody chose since.
function activation(said, model) {
  if (model === null) return t("activationDeleted");
  if (model.live) return t("activationActive");
  if (said === "active") return t("activationNever"); // it was, for a while
  const known = Object.keys(ACTIVATIONS).find((start) => said.startsWith(start));
  return known ? t(ACTIVATIONS[known]) : said;
}

function unread({ error_count: count, errors }) {
  if (!count) return [];
  return [make("details", {}, make("summary", {}, t("listErrors", { count })),
    make("ul", {}, ...errors.map(({ path, error }) => make("li", {}, `${path}: ${error}`))))];
}
