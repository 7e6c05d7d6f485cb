// Texts in the reader's language: the browser's, until another is chosen.
import en from "./texts/en.js";
import ja from "./texts/ja.js";

const ALL = { en, ja };
const KEPT = "nitari.language";

export let language = localStorage.getItem(KEPT) ?? (navigator.language.startsWith("ja") ? "ja" : "en");

export function t(name, values = {}) {
  const texts = ALL[language];
  const text = (values.count === 1 && texts[`${name}One`]) || texts[name] || name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? number(values[key]) : whole));
}

export function errorText(error) {
  return ALL[language].errors[error.type] ?? error.detail ?? String(error);
}

export function number(value) {
  return typeof value === "number" ? value.toLocaleString(language) : String(value);
}

export function label(text) {
  return typeof text === "string" ? text : text[language];
}

export function switchLanguage() {
  language = language === "ja" ? "en" : "ja";
  localStorage.setItem(KEPT, language);
}

// Fills what index.html names: data-text, data-label (for readers of screens) and data-placeholder.
export function applyTexts(root = document) {
  document.documentElement.lang = language;
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const node of root.querySelectorAll("[data-placeholder]")) node.placeholder = t(node.dataset.placeholder);
}
