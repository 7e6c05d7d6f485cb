// An item, large: its photos, its fields with their labels, and what can be done with it.
import * as api from "./api.js";
import { brief, picture } from "./cards.js";
import { $, make } from "./dom.js";
import { labelled, nameOf, titleOf } from "./labels.js";
import { errorText, number, t } from "./texts.js";
import * as ticks from "./ticks.js";

export class ItemView {
  constructor({ more }) {
    this.dialog = $("#item");
    this.more = more;
    this.labels = { fields: [], link: null };
    this.newest = 0;
    this.dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") this.step(-1);
      if (event.key === "ArrowRight") this.step(1);
    });
    $(".previous", this.dialog).addEventListener("click", () => this.step(-1));
    $(".next", this.dialog).addEventListener("click", () => this.step(1));
    $(".more", this.dialog).addEventListener("click", () => {
      this.dialog.close();
      this.more(this.item.id);
    });
    $(".tick", this.dialog).addEventListener("click", () => ticks.set(this.item, !ticks.has(this.item.id)));
    ticks.onChange(() => this.drawTick());
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close(); // beside it
    });
  }

  load(labels) {
    this.labels = labels;
    if (this.dialog.open) this.draw(this.whole);
  }

  // `list` is what is on show behind it; the arrow keys walk there.
  async open(list, place) {
    Object.assign(this, { list, place });
    const mine = ++this.newest;
    this.item = brief(list[place]);
    this.draw({ ...list[place], images: list[place].images ?? [] });
    if (!this.dialog.open) this.dialog.showModal();
    try {
      const item = await api.item(this.item.id);
      if (mine === this.newest) this.draw(item);
    } catch (error) {
      if (mine === this.newest) $("dl", this.dialog).replaceChildren(make("p", { className: "wrong" }, errorText(error)));
    }
  }

  step(by) {
    const place = this.place + by;
    if (place >= 0 && place < this.list.length) this.open(this.list, place);
  }

  draw(item) {
    this.whole = item;
    const there = item.images.filter((image) => !image.gone).map((image) => image.id);
    const images = there.length || this.item.image === null ? there : [this.item.image];
    $("h2", this.dialog).textContent = this.item.name;
    this.drawPhotos(images, images.includes(this.item.image) ? this.item.image : images[0]);
    $("dl", this.dialog).replaceChildren(...this.facts(item));
    $(".walk span", this.dialog).textContent = `${this.place + 1} / ${this.list.length}`;
    $(".previous", this.dialog).disabled = this.place === 0;
    $(".next", this.dialog).disabled = this.place === this.list.length - 1;
    $(".more", this.dialog).hidden = this.item.image === null;
    this.drawListing(item.fields[this.labels.link]);
    this.drawTick();
  }

  drawTick() {
    if (!this.item) return;
    const button = $(".tick", this.dialog);
    button.hidden = this.item.image === null;
    button.textContent = t(ticks.has(this.item.id) ? "tickTaken" : "tickAdd");
  }

  drawPhotos(images, first) {
    const large = (id) => {
      const old = $(".large", this.dialog);
      const node = id ? make("img", { alt: this.item.name, src: api.imageUrl(id, false) }) : picture(null, "");
      node.classList.add("large");
      // a browser does not show every format: the small one is a JPEG of any
      if (id) node.addEventListener("error", () => node.isConnected && node.replaceWith(fallback(id)), { once: true });
      (old ?? $(".photos > .blank", this.dialog)).replaceWith(node);
    };
    const fallback = (id) => {
      const node = picture(id, this.item.name);
      node.classList.add("large");
      return node;
    };
    large(first);
    $(".photos ul", this.dialog).replaceChildren(...(images.length < 2 ? [] : images.map((id, place) =>
      make("li", {}, make("button", { type: "button", onclick: () => large(id), "aria-label": t("photoNumber", { number: place + 1 }) }, picture(id, ""))))));
  }

  facts(item) {
    const order = new Set([...this.labels.fields.map(({ field }) => field), ...Object.keys(item.fields)]);
    const rows = [[t("id"), item.id]];
    for (const name of order) {
      const field = labelled(this.labels, name);
      const value = item.fields[name];
      const empty = value === undefined || value === null || value === "";
      if (field.hidden || name === this.labels.link || (empty && (field.hide_empty || !(name in item.fields)))) continue;
      rows.push([titleOf(field), shown(value, field)]);
    }
    return rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
  }

  drawListing(address) {
    const link = $(".listing", this.dialog);
    link.hidden = !isWeb(address);
    if (!link.hidden) link.href = address;
  }
}

function shown(value, field) {
  const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
  const name = nameOf(field, text);
  if (name !== undefined) return name;
  if (field.type === "number" && text !== "" && Number.isFinite(Number(text))) return number(Number(text));
  if (field.type === "url" && isWeb(text)) return make("a", { href: text, target: "_blank", rel: "noopener noreferrer" }, text);
  return text;
}

// a field may hold anything, javascript: addresses too
function isWeb(address) {
  return typeof address === "string" && /^https?:\/\//i.test(address);
}
