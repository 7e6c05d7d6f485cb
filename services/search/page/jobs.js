// Says how far running jobs are: a catalogue that is still being filled is not an empty one.
import * as api from "./api.js";
import { $ } from "./dom.js";
import { t } from "./texts.js";

const BUSY_MS = 2000;
const IDLE_MS = 30_000;
const NAMES = { extract: "jobExtract", import: "jobImport" };

export function progressText(job) {
  const what = t(NAMES[job.kind] ?? "jobExtract");
  if (job.state === "queued") return `${what}: ${t("jobQueued")}`;
  const text = job.total ? t("jobOf", { what, done: job.done, total: job.total }) : `${what} …`;
  return job.eta_s ? `${text} (${t("jobLeft", { time: duration(job.eta_s) })})` : text;
}

function duration(seconds) {
  return seconds < 90 ? t("seconds", { count: Math.ceil(seconds) }) : t("minutes", { count: Math.ceil(seconds / 60) });
}

export const isActive = (job) => job.state === "queued" || job.state === "running";

// `ended` is called when the last running job has ended, so that what is shown can be fetched anew.
export function watchJobs(ended) {
  const line = $("#job");
  let timer = null;
  let busy = false;
  const look = async () => {
    clearTimeout(timer);
    const active = await api.jobs().then(({ jobs }) => jobs.filter(isActive), () => null);
    if (active !== null) {
      line.hidden = active.length === 0;
      line.textContent = active.length ? progressText(active[0]) : "";
      if (busy && active.length === 0) ended();
      busy = active.length > 0;
    }
    timer = setTimeout(look, busy ? BUSY_MS : IDLE_MS);
  };
  look();
  return look;
}
