// What is ticked, as small pictures, each removable.
import { picture } from "./cards.js";
import { $, make } from "./dom.js";
import { t } from "./texts.js";
import * as ticks from "./ticks.js";

export function startTray(search) {
  const tray = $("#tray");
  $("#similar").addEventListener("click", () => search(ticks.all().map((item) => item.id)));
  $("#untick").addEventListener("click", ticks.clear);

  const draw = () => {
    const items = ticks.all();
    tray.classList.toggle("empty", items.length === 0);
    $("h2", tray).textContent = t("ticked", { count: items.length });
    $("ul", tray).replaceChildren(...items.map((item) =>
      make("li", { title: item.name }, picture(item.image, item.name),
        make("button", { type: "button", onclick: () => ticks.set(item, false), "aria-label": t("tickRemove", { name: item.name }) }, "✕"))));
  };
  ticks.onChange(draw);
  draw();
  return draw;
}
