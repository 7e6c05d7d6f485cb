// What can be done with a model: make it live, go back to the one before, delete it. Each is asked for twice.
import * as api from "./api.js";
import { sure } from "./asking.js";
import { complaint } from "./complaint.js";
import { beforeAfter, interval, judgedBy } from "./measured.js";
import { t } from "./texts.js";

const ASKED = ["gate_failed", "model_incomplete"]; // these become a question

export class Switching {
  // say(nodes, { busy }) tells how it goes; `changed` is called when something may be different
  constructor({ say, changed, indexing }) {
    Object.assign(this, { say, changed, indexing });
    this.busy = false;
  }

  async activate(model, live) {
    const name = model.name;
    const lines = [t("activateWhat", { name }), live && t("activateBack", { live: live.name })];
    if (await sure({ title: t("activateTitle", { name }), lines, yes: t("activate") })) await this.makeLive(model);
  }

  async remove(model) {
    const name = model.name;
    if (!(await sure({ title: t("removeTitle", { name }), lines: [t("removeWhat")], yes: t("remove") }))) return;
    await this.run(t("removing", { name }), t("removed", { name }), () => api.deleteModel(name));
  }

  async makeLive(model, force = false) {
    const name = model.name;
    const error = await this.run(t("activating", { name }), t("activated", { name }), () => api.activate(name, force));
    if (error?.type === "gate_failed") await this.allTheSame(model, error);
    if (error?.type === "model_incomplete") await this.completeFirst(model);
  }

  async allTheSame(model, error) {
    const { gate } = model;
    const lines = gate ? [t("gateMap", { numbers: beforeAfter(gate.base, gate.candidate) }), interval(gate), judgedBy(gate)] : [error.detail];
    if (await sure({ title: t("gateTitle"), lines: [...lines, t("gateWhat")], yes: t("force") })) await this.makeLive(model, true);
  }

  async completeFirst(model) {
    const lines = [t("incompleteWhat", { count: model.lacking, name: model.name }), t("incompleteThen")];
    if (!(await sure({ title: t("incompleteTitle"), lines, yes: t("index") }))) return;
    await this.run(t("indexStarting"), t("indexStarted"), () => api.extract({ model: model.name }));
    this.indexing();
  }

  // One thing at a time; answers the error, where there was one.
  async run(during, after, work) {
    if (this.busy) return null;
    this.busy = true;
    this.say([during], { busy: true });
    try {
      await work();
      this.say([after]);
      return null;
    } catch (error) {
      this.say(ASKED.includes(error.type) ? [] : complaint(error));
      return error;
    } finally {
      this.busy = false;
      await this.changed();
    }
  }
}
