// Import on the page: choose or drop a table, watch it, read its lists.
import * as api from "./api.js";
import { $, make } from "./dom.js";
import { isActive, progressText } from "./jobs.js";
import { errorText, t } from "./texts.js";

const LOOK_MS = 500;
const SHOWN = 100;
const WHY = {
  long_row: "whyLongRow", no_id: "whyNoId", long_id: "whyLongId", control: "whyControl", no_name: "whyNoName",
  repeated: "whyRepeated", missing: "whyMissing", ambiguous: "whyAmbiguous",
};

export class Import {
  constructor({ started }) {
    this.dialog = $("#import");
    this.started = started;
    this.input = $(".drop input", this.dialog);
    this.start = $(".start", this.dialog);
    this.stop = $(".stop", this.dialog);
    this.watch = $(".watch", this.dialog);
    this.outcome = $(".outcome", this.dialog);
    this.file = null;
    this.job = null;
    this.input.addEventListener("change", () => this.choose(this.input.files[0] ?? this.file));
    this.start.addEventListener("click", () => this.run());
    this.stop.addEventListener("click", () => {
      this.sending?.abort();
      if (this.job) api.cancelJob(this.job).catch(() => {});
    });
  }

  open(file = null) {
    if (file) this.choose(file);
    this.drawName();
    if (!this.dialog.open) this.dialog.showModal();
  }

  choose(file) {
    this.file = file;
    this.outcome.replaceChildren();
    this.drawName();
  }

  drawName() {
    $(".drop span", this.dialog).textContent = this.file?.name ?? t("importPick");
  }

  async run() {
    if (!this.file) return this.outcome.replaceChildren(make("p", { className: "wrong" }, t("importNoFile")));
    const options = { delete_missing: $(".sync", this.dialog).checked };
    const folder = $(".folder input", this.dialog).value.trim();
    if (folder) options.images_dir = folder;
    this.busy(true, t("importUpload"));
    try {
      this.sending = new AbortController();
      let job = await api.importTable(this.file, options, this.sending.signal);
      this.sending = null;
      this.job = job.id;
      this.started();
      while (isActive(job)) {
        this.progress(job);
        if (job.result?.dropped && !this.outcome.hasChildNodes()) this.outcome.replaceChildren(...lists(job)); // the photos are still to come
        await new Promise((wake) => setTimeout(wake, LOOK_MS));
        job = await api.job(job.id).catch((error) => (error.type === "away" ? job : Promise.reject(error)));
      }
      this.outcome.replaceChildren(...lists(job));
    } catch (error) {
      const text = error.name === "AbortError" ? t("importCancelled") : errorText(error);
      this.outcome.replaceChildren(make("p", { className: "wrong" }, text));
    } finally {
      this.job = this.sending = null;
      this.busy(false, "");
      this.started();
    }
  }

  busy(on, text) {
    this.start.disabled = on;
    this.stop.hidden = !on;
    this.watch.hidden = !on;
    $("p", this.watch).textContent = text;
    $("progress", this.watch).removeAttribute("value");
    if (on) this.outcome.replaceChildren();
  }

  progress(job) {
    $("p", this.watch).textContent = progressText(job);
    const bar = $("progress", this.watch);
    if (job.total) Object.assign(bar, { max: job.total, value: job.done });
    else bar.removeAttribute("value");
  }
}

// What came of it: the counts, then every list of what somebody should look at.
function lists(job) {
  if (job.state === "failed") return [make("p", { className: "wrong" }, t("importFailed")), make("p", { lang: "en" }, job.error ?? "")];
  if (job.state === "cancelled") return [make("p", {}, t("importCancelled"))];
  const { result } = job;
  const row = ({ row, id, code, photo }) => t("listRow", { row: String(row), id, why: t(WHY[code] ?? code, { photo }) });
  return [
    make("p", { className: "done" }, `${t("importDone")} ${t("importCounts", result)}`),
    list("listDropped", result.dropped.count, result.dropped.first.map(row)),
    list("listConflicts", result.conflicts.count, result.conflicts.first.map(row)),
    list("listMissing", result.missing.count, result.missing.first.map(row)),
    list("listShared", result.shared_count, result.shared.map(({ path, id }) => `${path} (${id})`)),
    list("listErrors", job.error_count, job.errors.map(({ path, error }) => `${path}: ${error}`)),
    list("listUnlisted", result.unlisted_count, result.unlisted),
  ].filter(Boolean);
}

function list(name, count, lines) {
  if (!count) return null;
  const shown = lines.slice(0, SHOWN);
  const rest = count > shown.length ? [make("li", {}, t("listMore", { count: count - shown.length }))] : [];
  return make("details", { className: name }, make("summary", {}, t(name, { count })),
    make("ul", {}, ...shown.map((line) => make("li", {}, line)), ...rest));
}
