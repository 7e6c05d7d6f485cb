// Wires the page.
import * as address from "./address.js";
import * as api from "./api.js";
import { brand } from "./brand.js";
import { Catalogue } from "./catalogue.js";
import { write } from "./condition.js";
import { $ } from "./dom.js";
import { Filters } from "./filters.js";
import { Import } from "./importing.js";
import { ItemView } from "./item.js";
import { watchJobs } from "./jobs.js";
import { takeKeyFromAddress } from "./key.js";
import { ModelsView } from "./models.js";
import { say, sayNotStarted } from "./notice.js";
import { startPhotos } from "./photos.js";
import { Results } from "./results.js";
import { Similar } from "./similar.js";
import { showTab, startTabs } from "./tabs.js";
import { applyTexts, errorText, switchLanguage } from "./texts.js";
import { startTray } from "./tray.js";

function render(options) {
  document.body.dataset.view = address.view();
  models.show(address.view() === "models", options);
  renderSearch(options);
}

function renderSearch(options) {
  const now = address.read();
  $("#keyword").value = now.keyword;
  $("#scope").value = now.scope;
  filters.show(now.filter);
  catalogue.show(now, options);
  results.show(now, options);
  const answered = now.like.length + now.tokens.length > 0;
  $("#tabs").hidden = !answered;
  $("main").classList.toggle("answered", answered);
  if (!answered) showTab("catalogue");
}

function go(parts, tab) {
  say("");
  address.change(parts);
  if (tab) showTab(tab);
  render();
}

function ask() {
  go({ q: $("#keyword").value.trim(), scope: $("#scope").value, page: null }, "catalogue");
  catalogue.show(address.read(), { anew: true }); // the catalogue may have changed
}

const similar = new Similar(go);

function forget(id, text) {
  const { like, not } = address.read();
  address.change({ like: like.filter((one) => one !== id), not: not.filter((one) => one !== id) }, { replace: true });
  say(text);
  render();
}

async function index() {
  await api.extract().then(lookAtJobs, (error) => say(errorText(error)));
}

// What the fields are called and hold; it may take a while, so nothing waits for it.
const loadFields = () => api.fields().then((fields) => {
  for (const part of [view, filters, catalogue.sorting]) part.load(fields);
}, (error) => say(errorText(error)));

const first = { page: null, at: null }; // of both lists
const unfilter = () => go({ filter: null, sort: null, ...first });

let catalogue, results, filters, importing, models, view, lookAtJobs;

// What the server says of this page; then the parts that need it.
async function prepare() {
  await takeKeyFromAddress();
  const settings = await api.settings();
  brand(settings);
  view = new ItemView({ more: (id) => similar.items([id]) });
  const openItem = (list, place) => view.open(list, place);
  importing = new Import({ started: () => lookAtJobs() });
  models = new ModelsView({ indexing: () => lookAtJobs() });
  catalogue = new Catalogue({
    perPage: settings.items, openItem, index, unfilter,
    sortBy: (sort) => go({ sort, page: null }),
    toPage: (page) => go({ page: page === 1 ? null : page }),
    openImport: () => importing.open(),
  });
  results = new Results({
    perPage: settings.matches, openItem, ask: (parts) => similar.again(parts), forget, unfilter,
    toPage: (at) => go({ at: at === 1 ? null : at }, "results"),
  });
  filters = new Filters({ change: (condition) => go({ filter: write(condition), ...first }) });
  loadFields();
}

async function start() {
  applyTexts();
  const ready = prepare(); // who types or drops before is heard all the same
  $("#ask").addEventListener("submit", (event) => {
    event.preventDefault();
    ready.then(ask);
  });
  startPhotos({
    search: (files) => ready.then(() => similar.photos(files)),
    table: (file) => ready.then(() => importing.open(file)),
    complain: say,
  });
  $("#open-import").addEventListener("click", () => ready.then(() => importing.open()));
  const drawTray = startTray((ids) => ready.then(() => similar.items(ids)));
  $("#language").addEventListener("click", () => {
    switchLanguage();
    applyTexts();
    drawTray();
    ready.then(() => {
      render({ anew: true });
      lookAtJobs();
    });
  });
  startTabs();
  await ready;
  addEventListener("hashchange", () => takeKeyFromAddress().then((anew) => render({ anew })));
  $("#to-search").addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own
    event.preventDefault();
    go({});
  });
  addEventListener("popstate", () => {
    say("");
    render();
  });
  lookAtJobs = watchJobs(() => {
    loadFields();
    renderSearch({ anew: true });
  });
  const now = address.read();
  showTab(now.like.length + now.tokens.length ? "results" : "catalogue");
  const typed = [$("#keyword").value, $("#scope").value];
  render();
  if (typed.join() !== ",all") [$("#keyword").value, $("#scope").value] = typed; // while the page was coming
}

start().catch(sayNotStarted);
