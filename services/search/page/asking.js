// Asks before something that matters is done.
import { $, make } from "./dom.js";

// Whether the answer was yes; Escape is a no.
export function sure({ title, lines, yes }) {
  const dialog = $("#sure");
  $("h2", dialog).textContent = title;
  $(".lines", dialog).replaceChildren(...lines.filter(Boolean).map((line) => make("p", {}, line)));
  $(".yes", dialog).textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.onclose = () => done(dialog.returnValue === "yes");
  });
}
