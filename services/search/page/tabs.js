// On a narrow screen one pane is on show, and two tabs choose which.
import { $ } from "./dom.js";

const tabs = () => document.querySelectorAll("#tabs button");

export function showTab(name) {
  $("main").dataset.show = name;
  for (const tab of tabs()) tab.setAttribute("aria-pressed", String(tab.dataset.show === name));
}

export function startTabs() {
  for (const tab of tabs()) tab.addEventListener("click", () => showTab(tab.dataset.show));
}
