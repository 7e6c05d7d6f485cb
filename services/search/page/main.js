// Wires the page.
import * as address from "./address.js";
import * as api from "./api.js";
import { brand } from "./brand.js";
import { Catalogue } from "./catalogue.js";
import { $, make } from "./dom.js";
import { Import } from "./importing.js";
import { ItemView } from "./item.js";
import { watchJobs } from "./jobs.js";
import { takeKeyFromAddress } from "./key.js";
import { ModelsView } from "./models.js";
import { startPhotos } from "./photos.js";
import { Results } from "./results.js";
import { applyTexts, errorText, switchLanguage, t } from "./texts.js";
import { startTray } from "./tray.js";

const notice = $("#notice");
function say(text) {
  notice.textContent = text;
  notice.hidden = !text;
}

function showTab(name) {
  $("main").dataset.show = name;
  for (const tab of document.querySelectorAll("#tabs button")) tab.setAttribute("aria-pressed", String(tab.dataset.show === name));
}

function render(options) {
  document.body.dataset.view = address.view();
  models.show(address.view() === "models", options);
  renderSearch(options);
}

function renderSearch(options) {
  const now = address.read();
  $("#keyword").value = now.keyword;
  $("#scope").value = now.scope;
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

// What similarity is asked to look at is what is chosen beside the word, at that moment.
const where = () => ({ in: $("#scope").value, of: $("#keyword").value.trim(), at: null });
const MAX_IDS = 256;
const likeItems = (ids) => ids.length > MAX_IDS ? say(t("tooManyTicks", { count: MAX_IDS })) : go({ ...where(), like: ids, not: null, photo: null }, "results");
const likePhotos = (files) => go({ ...where(), like: null, not: null, photo: address.keepPhotos(files) }, "results");

function again(parts) {
  if (parts.like.length + address.read().tokens.length === 0) return say(t("nothingTicked"));
  go({ ...parts, at: null }, "results");
}

function forget(id, text) {
  const { like, not } = address.read();
  address.change({ like: like.filter((one) => one !== id), not: not.filter((one) => one !== id) }, { replace: true });
  say(text);
  render();
}

async function index() {
  await api.extract().then(lookAtJobs, (error) => say(errorText(error)));
}

let catalogue, results, importing, models, view, lookAtJobs;

// What the server says of this page; then the parts that need it.
async function prepare() {
  await takeKeyFromAddress();
  const settings = await api.settings();
  brand(settings);
  view = new ItemView({ more: (id) => likeItems([id]) });
  const openItem = (list, place) => view.open(list, place);
  importing = new Import({ started: () => lookAtJobs() });
  models = new ModelsView({ indexing: () => lookAtJobs() });
  catalogue = new Catalogue({
    perPage: settings.items, openItem, index,
    toPage: (page) => go({ page: page === 1 ? null : page }),
    openImport: () => importing.open(),
  });
  results = new Results({
    perPage: settings.matches, openItem, ask: again, forget,
    toPage: (at) => go({ at: at === 1 ? null : at }, "results"),
  });
  await view.loadLabels().catch((error) => say(errorText(error)));
}

async function start() {
  applyTexts();
  const ready = prepare(); // who types or drops before is heard all the same
  $("#ask").addEventListener("submit", (event) => {
    event.preventDefault();
    ready.then(ask);
  });
  startPhotos({
    search: (files) => ready.then(() => likePhotos(files)),
    table: (file) => ready.then(() => importing.open(file)),
    complain: say,
  });
  $("#open-import").addEventListener("click", () => ready.then(() => importing.open()));
  const drawTray = startTray((ids) => ready.then(() => (ids.length ? likeItems(ids) : say(t("nothingTicked")))));
  $("#language").addEventListener("click", () => {
    switchLanguage();
    applyTexts();
    drawTray();
    ready.then(() => {
      render({ anew: true });
      lookAtJobs();
    });
  });
  for (const tab of document.querySelectorAll("#tabs button")) tab.addEventListener("click", () => showTab(tab.dataset.show));
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
  lookAtJobs = watchJobs(() => renderSearch({ anew: true }));
  const now = address.read();
  showTab(now.like.length + now.tokens.length ? "results" : "catalogue");
  const typed = [$("#keyword").value, $("#scope").value];
  render();
  if (typed.join() !== ",all") [$("#keyword").value, $("#scope").value] = typed; // while the page was coming
}

start().catch((error) => {
  notice.hidden = false;
  notice.replaceChildren(errorText(error), " ", make("button", { type: "button", onclick: () => location.reload() }, t("retry")));
});
