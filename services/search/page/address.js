// The page's address holds the search, so that Back and sharing work. Nothing here is shared between tabs.
//   q, scope, page, sort: the catalogue's words, page and order
//   filter: what is chosen of fields, for both
//   like, not, photo, in, of, at: the results': ids, wrong ids, photos of this tab, scope, its words, page
//   #models: the models are on show, and the search waits behind them
import * as condition from "./condition.js";

const photos = new Map(); // token -> files; only this tab has them

export function read() {
  const found = new URLSearchParams(location.search);
  const tokens = found.getAll("photo");
  return {
    keyword: found.get("q") ?? "",
    scope: found.get("scope") ?? "all",
    page: natural(found.get("page")),
    typed: found.has("q"),
    sort: found.get("sort"),
    filter: condition.read(found.get("filter")),
    like: found.getAll("like"),
    not: found.getAll("not"),
    photos: tokens.flatMap((token) => photos.get(token) ?? []),
    tokens,
    forgotten: tokens.some((token) => !photos.has(token)),
    within: found.get("in") ?? "all",
    of: found.get("of") ?? "",
    at: natural(found.get("at")),
  };
}

export const view = () => (location.hash === "#models" ? "models" : "search");

export function keepPhotos(files) {
  const token = Math.random().toString(36).slice(2, 10);
  photos.set(token, files);
  return token;
}

// Changes parts of the search, which is on show then; a value of null takes a part away, an array repeats it.
export function change(parts, { replace = false } = {}) {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(parts)) {
    next.delete(name);
    for (const one of Array.isArray(value) ? value : [value]) if (one !== null) next.append(name, one);
  }
  const text = next.toString();
  const url = location.pathname + (text && `?${text}`);
  if (replace || url === location.pathname + location.search + location.hash) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
}

function natural(text) {
  const value = Number.parseInt(text ?? "1", 10);
  return value >= 1 ? value : 1;
}
