// The models: which there are, what each is worth, and the learning of new ones.
import * as api from "./api.js";
import { complaint } from "./complaint.js";
import { $, make } from "./dom.js";
import { isActive } from "./jobs.js";
import { LearnForm } from "./learn_form.js";
import { modelTable } from "./model_table.js";
import { Switching } from "./switching.js";
import { t } from "./texts.js";
import { Trainings } from "./trainings.js";

const BUSY_MS = 3000;
const IDLE_MS = 15_000;
const JOBS = 100; // the newest, among which fine-tunes are looked for
const ENOUGH = 20; // judged queries that decide in the place of held-out photos

export class ModelsView {
  constructor({ indexing }) {
    this.root = $("#models");
    this.on = false;
    this.newest = 0;
    this.drawn = null;
    this.fields = { fields: [], link: null };
    this.switching = new Switching({ say: (...said) => this.say(...said), changed: () => this.look(), indexing });
    this.trainings = new Trainings($(".trainings", this.root), {
      fail: (error) => this.say(complaint(error)), ended: () => this.look(),
    });
    this.form = new LearnForm($(".learn", this.root), { started: () => this.look() });
    document.addEventListener("visibilitychange", () => this.on && (document.hidden ? this.rest() : this.look()));
  }

  // Called whenever the address may have changed.
  show(wanted, { anew = false } = {}) {
    if (wanted === this.on && !anew) return;
    this.on = wanted;
    this.rest();
    if (wanted) this.begin();
  }

  async begin() {
    this.drawn = null;
    this.say([t("waitModels")], { busy: true });
    this.fields = await api.fields().catch(() => this.fields); // without labels the names do
    this.trainings.anew(this.fields.fields);
    await this.look();
    this.form.load(this.fields);
  }

  rest() {
    clearTimeout(this.timer);
    this.newest++; // what is under way is not wanted any more
    this.trainings.leave();
  }

  // What is there now; an old answer never replaces a newer one.
  async look() {
    clearTimeout(this.timer);
    if (!this.on || document.hidden) return; // until somebody looks again
    const mine = ++this.newest;
    let wait = IDLE_MS;
    try {
      const { models } = await api.models();
      const [{ jobs }, { evaluations }] = await Promise.all([api.jobs(JOBS), api.evaluations()]);
      if (mine !== this.newest) return;
      this.draw(models, evaluations);
      this.trainings.draw(jobs, models);
      if (this.waiting || this.failed) this.say([]);
      if (jobs.some(isActive)) wait = BUSY_MS;
    } catch (error) {
      if (mine !== this.newest) return;
      this.say([...complaint(error), make("button", { type: "button", onclick: () => this.begin() }, t("retry"))]);
      this.failed = true;
    }
    this.timer = setTimeout(() => this.look(), wait);
  }

  draw(models, evaluations) {
    const drawn = JSON.stringify([models, evaluations]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const live = models.find((model) => model.live);
    const held = document.activeElement?.dataset ?? {};
    const act = { activate: (model) => this.switching.activate(model, live), remove: (model) => this.switching.remove(model) };
    $(".table", this.root).replaceChildren(models.length ? modelTable(models, { labels: this.fields.fields, ...act }) : t("noModels"));
    if (held.act) [...this.root.querySelectorAll("[data-act]")].find((one) => one.dataset.act === held.act && one.dataset.model === held.model)?.focus();
    $(".only", this.root).hidden = models.some((model) => model.gate);
    this.drawBack(models.find((model) => model.previous), live);
    this.drawJudged(evaluations);
  }

  drawBack(previous, live) {
    const button = $(".back", this.root);
    button.hidden = !previous;
    if (!previous) return;
    button.textContent = t("rollBack", { name: previous.name });
    button.onclick = () => this.switching.activate(previous, live);
  }

  // Only a query with right and wrong answers tells two models apart.
  drawJudged(evaluations) {
    const count = evaluations.filter((one) => one.right.length && one.wrong.length).length;
    const text = count >= ENOUGH ? "judgedEnough" : "judgedFew";
    $(".judged", this.root).textContent = t(text, { count, enough: ENOUGH });
  }

  say(nodes, { busy = false } = {}) {
    const message = $(".message", this.root);
    message.hidden = nodes.length === 0;
    message.classList.toggle("wait", busy);
    message.replaceChildren(...(busy ? [make("span", { className: "spinner" })] : []), ...nodes);
    this.waiting = busy && !this.switching.busy; // for the models themselves
    this.failed = false;
  }
}
