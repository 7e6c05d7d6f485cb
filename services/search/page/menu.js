// A menu that opens below its title, one at a time; Escape or whatever is done elsewhere closes it.
import { $, make } from "./dom.js";

export function menu(title, ...content) {
  const summary = make("summary", {}, title, " ", make("span", { className: "chosen" }));
  const panel = make("div", { className: "panel", role: "group", "aria-label": title }, ...content);
  const node = make("details", { className: "menu", name: "menu" }, summary, panel);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !node.open) return;
    summary.focus(); // what was typed counts
    node.open = false;
  });
  node.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !node.contains(relatedTarget)) node.open = false;
  });
  node.addEventListener("toggle", () => {
    node.classList.remove("end");
    node.classList.toggle("end", panel.getBoundingClientRect().right > document.documentElement.clientWidth);
  });
  return node;
}

export function showChosen(node, count) {
  $(".chosen", node).textContent = count ? String(count) : "";
}

export function closeMenus(root, event) {
  for (const node of root.querySelectorAll(".menu[open]")) if (!node.contains(event.target)) node.open = false;
}
