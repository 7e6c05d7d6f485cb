// What an owner turns about the page: its name, its links, its last line.
import { $, make } from "./dom.js";

export function brand(settings) {
  document.title = settings.title;
  $("#title").textContent = settings.title;
  $("#links").replaceChildren(...settings.links.map(({ label, url }) => make("a", { href: url, rel: "noopener noreferrer" }, label)));
  $("#copyright").textContent = settings.copyright;
}
