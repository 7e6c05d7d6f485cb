// The HTTP interface. Every address is relative: the page also works below a path of another server.
import { isEmpty, write } from "./condition.js";
import { askForKey } from "./key.js";

export class ApiError extends Error {
  constructor({ type, detail, field, status }) {
    super(detail ?? type);
    Object.assign(this, { type, detail, field, status });
  }
}

async function send(path, options = {}, { quiet = false } = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError({ type: "away" });
  }
  if (answer.status === 401 && !quiet && (await askForKey())) return send(path, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError({ type: "away", ...body, status: answer.status });
  return body;
}

const post = (path, body) =>
  send(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const settings = () => send("page-settings");
export const fields = () => send("fields");
export const item = (id, signal) => send(`items/${id.split("/").map(encodeURIComponent).join("/")}`, { signal });
export const jobs = (limit = 20) => send(`jobs?limit=${limit}`, {}, { quiet: true }); // nobody asked for it: no dialog
export const job = (id) => send(`jobs/${id}`);
export const jobQuietly = (id) => send(`jobs/${id}`, {}, { quiet: true });
export const cancelJob = (id) => send(`jobs/${id}`, { method: "DELETE" });
export const extract = (request = {}) => post("jobs/extract", request);
export const finetune = (request) => post("jobs/finetune", request);
export const models = () => send("models");
export const activate = (name, force) => post(`models/${encodeURIComponent(name)}/activate`, { force });
export const deleteModel = (name) => send(`models/${encodeURIComponent(name)}`, { method: "DELETE" });
export const datasets = () => send("datasets");
export const evaluations = () => send("evaluations");
export const judge = (evaluation) => post("evaluations", evaluation);

export function items({ filter = {}, sort, ...query }, signal) {
  const asked = new URLSearchParams(query);
  if (!isEmpty(filter)) asked.set("filter", write(filter));
  if (sort) asked.set("sort", sort);
  return send(`items?${asked}`, { signal });
}

export function search(query, photos, signal) {
  const form = new FormData();
  for (const photo of photos) form.append("image", photo, photo.name ?? "photo");
  form.append("query", JSON.stringify(query));
  return send("search", { method: "POST", body: form, signal });
}

export function importTable(file, options, signal) {
  const form = new FormData();
  for (const [name, value] of Object.entries(options)) form.append(name, value);
  form.append("file", file, file.name);
  return send("items/import", { method: "POST", body: form, signal });
}

export const imageUrl = (id, small = true) => `images/${id}${small ? "?size=thumbnail" : ""}`;
export const eventsUrl = (job) => `jobs/${job}/events`;
export const reportUrl = (model) => `models/${encodeURIComponent(model)}/report?format=html`;
