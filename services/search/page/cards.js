// An item as a small picture with its name, a box to tick and, as an answer, its score and two marks.
import { imageUrl } from "./api.js";
import { make } from "./dom.js";
import { t } from "./texts.js";
import * as ticks from "./ticks.js";

// { id, name, image } of an item or a match
export function brief(item) {
  const image = item.image_id ?? item.images?.find((one) => !one.gone)?.id ?? null;
  return { id: item.id, name: String(item.fields.name || item.id), image };
}

export function picture(image, alt, { small = true } = {}) {
  if (image === null) return make("span", { className: "blank" }, t("noPhoto"));
  const img = make("img", { loading: "lazy", decoding: "async", alt, src: imageUrl(image, small) });
  img.addEventListener("error", () => img.replaceWith(make("span", { className: "blank" }, t("brokenPhoto"))));
  return img;
}

export function card(item, { open, score, mark }) {
  const { id, name, image } = brief(item);
  const box = make("input", {
    type: "checkbox", className: "tick", checked: ticks.has(id), disabled: image === null,
    onchange: () => ticks.set({ id, name, image }, box.checked),
  });
  const node = make("li", { className: "card" },
    make("button", { type: "button", className: "picture", onclick: open, "aria-label": t("open", { name }) }, picture(image, name)),
    make("p", { className: "name", title: name }, name),
    make("label", {}, box, t("tick")));
  node.dataset.id = id;
  if (typeof score === "number") {
    node.append(make("p", { className: "score" }, t("similarity", { score: score.toFixed(2) })));
  }
  if (mark) node.append(marks(id, mark));
  return node;
}

function marks(id, mark) {
  const buttons = ["right", "wrong"].map((kind) =>
    make("button", {
      type: "button", className: kind, "aria-pressed": String(mark.get(id) === kind),
      onclick: () => {
        if (mark.get(id) === kind) mark.delete(id);
        else mark.set(id, kind);
        for (const one of buttons) one.setAttribute("aria-pressed", String(mark.get(id) === one.className));
      },
    }, t(kind)));
  return make("p", { className: "marks" }, ...buttons);
}

export function refreshTicks(root) {
  for (const node of root.querySelectorAll(".card")) {
    node.querySelector("input.tick").checked = ticks.has(node.dataset.id);
  }
}
