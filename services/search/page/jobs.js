// Says how far running jobs are: a catalogue that is still being filled is not an empty one.
import * as api from "./api.js";
import { $ } from "./dom.js";
import { t } from "./texts.js";

const BUSY_MS = 2000;
const IDLE_MS = 30_000;
const NAMES = {
  extract: "jobExtract",
  import: "jobImport",
  vectors: "jobVectors",
  finetune: "jobFinetune",
  export: "jobExport",
  whiten: "jobWhiten",
};
const BRINGS_PHOTOS = ["extract", "import"];

export function progressText(job) {
  const what = t(NAMES[job.kind] ?? "jobExtract");
  if (job.state === "queued") return `${what}: ${t("jobQueued")}`;
  const text = job.total ? t("jobOf", { what, done: job.done, total: job.total }) : `${what} …`;
  return job.eta_s ? `${text} (${t("jobLeft", { time: duration(job.eta_s) })})` : text;
}

export function duration(seconds) {
  if (seconds < 90) return t("seconds", { count: Math.ceil(seconds) });
  return seconds < 5400 ? t("minutes", { count: Math.ceil(seconds / 60) }) : t("hours", { count: Math.ceil(seconds / 3600) });
}

export const isActive = (job) => job.state === "queued" || job.state === "running";

// `ended` is called when the last job that brings photos has ended, so that what is shown can be fetched anew.
export function watchJobs(ended) {
  const line = $("#job");
  let timer = null;
  let busy = false, any = false;
  const look = async () => {
    clearTimeout(timer);
    const active = await api.jobs().then(({ jobs }) => jobs.filter(isActive), () => null);
    if (active !== null) {
      const photos = active.filter((job) => BRINGS_PHOTOS.includes(job.kind));
      const shown = photos[0] ?? active.find((job) => job.state === "running") ?? active[0];
      line.hidden = !shown;
      line.textContent = shown ? progressText(shown) : "";
      line.dataset.kind = shown?.kind ?? "";
      if (busy && photos.length === 0) ended();
      busy = photos.length > 0;
      any = active.length > 0;
    }
    timer = setTimeout(look, any ? BUSY_MS : IDLE_MS);
  };
  look();
  return look;
}
