// The fine-tunes: those under way, followed as they go, and the last that ended.
import * as api from "./api.js";
import { sure } from "./asking.js";
import { $ } from "./dom.js";
import { follow } from "./following.js";
import { isActive } from "./jobs.js";
import { t } from "./texts.js";
import { TrainingCard } from "./training_card.js";

const ENDED = 2; // of those that ended, shown

export class Trainings {
  // fail(error) says that something could not be done; `ended` is called when one that was followed ends
  constructor(root, { fail, ended }) {
    Object.assign(this, { root, fail, ended });
    this.cards = new Map(); // id -> card
    this.labels = [];
    this.stop = null;
    this.followed = null;
  }

  // `jobs` as the list has them, the newest first; `models` know what was measured
  draw(jobs, models) {
    const all = jobs.filter((job) => job.kind === "finetune");
    const active = all.filter(isActive).sort((one, other) => (other.state === "running") - (one.state === "running") || one.created - other.created);
    const shown = [...active, ...all.filter((job) => !isActive(job)).slice(0, ENDED)];
    for (const id of this.cards.keys()) if (!shown.some((job) => job.id === id)) this.forget(id);
    for (const job of shown) this.show(job, models);
    this.arrange(shown);
    $(".none", this.root).hidden = shown.length > 0;
    this.follow(active.find((job) => job.state === "running"));
  }

  show(job, models) {
    const card = this.cards.get(job.id) ?? new TrainingCard({ cancel: (one) => this.cancel(one), labels: this.labels });
    const isNew = !this.cards.has(job.id);
    this.cards.set(job.id, card);
    const model = models.find((one) => one.name === job.request.name) ?? null;
    if (this.followed !== job.id) card.update(merged(card.job, job), model);
    if (isNew && !isActive(job)) this.whole(job, card, model);
  }

  // The list leaves out what is long.
  whole(job, card, model) {
    api.jobQuietly(job.id).then((one) => card.update(one, model), () => {});
  }

  arrange(shown) {
    const list = $("ul.cards", this.root);
    const nodes = shown.map((job) => this.cards.get(job.id).node);
    if (nodes.some((node, place) => list.children[place] !== node)) list.replaceChildren(...nodes);
  }

  follow(job) {
    if (this.followed === (job?.id ?? null)) return;
    this.leave();
    if (!job) return;
    this.followed = job.id;
    const card = this.cards.get(job.id);
    this.stop = follow(job.id, {
      changed: (one) => {
        card.update(one);
        if (isActive(one)) return;
        this.leave();
        this.ended();
      },
      lost: (error) => card.lost(error),
    });
  }

  leave() {
    this.stop?.();
    this.stop = this.followed = null;
  }

  forget(id) {
    this.cards.get(id).node.remove();
    this.cards.delete(id);
  }

  // In another language, say.
  anew(labels) {
    this.leave();
    this.labels = labels;
    for (const id of [...this.cards.keys()]) this.forget(id);
  }

  async cancel(job) {
    const name = job.request.name;
    if (!(await sure({ title: t("trainingCancelTitle", { name }), lines: [t("trainingCancelWhat")], yes: t("trainingCancelYes") }))) return;
    await api.cancelJob(job.id).catch(this.fail);
    this.ended();
  }
}

// What only the whole job has stays, until the job is another.
function merged(known, job) {
  if (!known || known.state !== job.state) return job;
  const training = job.training && { ...job.training, history: known.training?.history ?? [] };
  return { ...job, training, errors: known.errors, result: job.result && { ...known.result, ...job.result } };
}
