// The ticked items of this tab: they survive paging and reloading.
const KEPT = "nitari.ticks";

const ticks = new Map(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"));
const listeners = [];

export const all = () => [...ticks.values()];
export const has = (id) => ticks.has(id);
export const onChange = (listener) => listeners.push(listener);

export function set(item, ticked) {
  if (ticked) ticks.set(item.id, item);
  else ticks.delete(item.id);
  changed();
}

export function clear() {
  ticks.clear();
  changed();
}

function changed() {
  sessionStorage.setItem(KEPT, JSON.stringify([...ticks]));
  for (const listener of listeners) listener();
}
