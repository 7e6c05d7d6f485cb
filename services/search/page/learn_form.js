// What a new model is learnt from, how deep, and what becomes of it.
import * as api from "./api.js";
import { complaint } from "./complaint.js";
import { $, make } from "./dom.js";
import { fieldName } from "./model_table.js";
import { t } from "./texts.js";

const SAMPLE = 20; // items that are looked at for the fields there are
const OWN = { invalid_value: "learnInvalid", away: "away" };

export class LearnForm {
  constructor(root, { started }) {
    Object.assign(this, { root, started });
    this.form = $("form", root);
    this.select = $("select", root);
    this.outcome = $(".outcome", root);
    this.select.addEventListener("change", () => this.drawMinimum());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
  }

  // Fetches what can be chosen; what was chosen stays, where it is still there.
  async load(fields) {
    try {
      const [{ datasets, complete }, { items }] = await Promise.all([
        api.datasets(), api.items({ keyword: "", scope: "all", offset: 0, limit: SAMPLE }),
      ]);
      this.draw(datasets, fieldsOf(items, fields), fields.fields);
      $(".none", this.root).hidden = datasets.length > 0;
      $(".partly", this.root).hidden = complete;
    } catch (error) {
      this.outcome.replaceChildren(...complaint(error));
    }
  }

  draw(datasets, names, labels) {
    const before = this.select.value;
    const option = (dataset, text) => make("option", { value: JSON.stringify(dataset) }, text);
    const sets = datasets.map(({ name, classes, images }) => option(name, t("datasetChoice", { name, classes, images })));
    const fields = names.map((field) => option({ from_field: field }, t("fieldChoice", { field: fieldName(field, labels) })));
    const groups = [["datasets", sets], ["fromCatalogue", fields]].filter(([, options]) => options.length);
    this.select.replaceChildren(...groups.map(([name, options]) => make("optgroup", { label: t(name) }, ...options)));
    if ([...this.select.options].some((one) => one.value === before)) this.select.value = before;
    $("button[type=submit]", this.form).disabled = this.select.options.length === 0;
    this.drawMinimum();
  }

  drawMinimum() {
    const field = $(".minimum", this.form);
    field.hidden = !this.select.value.startsWith("{");
    $("input", field).disabled = field.hidden; // what is hidden need not be valid
  }

  asked() {
    const given = new FormData(this.form);
    const chosen = JSON.parse(this.select.value);
    const dataset = typeof chosen === "string" ? chosen : { ...chosen, min_images: Number(given.get("minimum")) };
    const name = given.get("name").trim();
    return { dataset, depth: given.get("depth"), activate: given.get("activate"), ...(name && { name }) };
  }

  async start() {
    const button = $("button[type=submit]", this.form);
    button.disabled = true;
    this.outcome.replaceChildren();
    try {
      const job = await api.finetune(this.asked());
      this.outcome.replaceChildren(make("p", { className: "done" }, t("learnStarted", { name: job.request.name })));
      $("[name=name]", this.form).value = ""; // no two have the same
      this.started(job);
    } catch (error) {
      this.outcome.replaceChildren(...complaint(error, OWN));
    } finally {
      button.disabled = false;
    }
  }
}

// The fields that some items have, but for those that say a thing of its own of each.
function fieldsOf(items, { fields, link }) {
  const hidden = new Set(["name", link, ...fields.filter((one) => one.hidden).map((one) => one.field)]);
  const there = new Set(items.flatMap((item) => Object.keys(item.fields)));
  const order = [...fields.map((one) => one.field).filter((name) => there.has(name)), ...there];
  return [...new Set(order)].filter((name) => !hidden.has(name));
}
