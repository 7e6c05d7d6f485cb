// What is chosen of fields, as the server takes it: {"maker": ["A", "B"], "price": {"gte": 1, "lte": 9}}. A change makes a new one.
export function read(text) {
  try {
    const found = JSON.parse(text);
    return isObject(found) ? found : {};
  } catch {
    return {}; // half an address
  }
}

export const write = (condition) => (isEmpty(condition) ? null : JSON.stringify(condition));
export const isEmpty = (condition) => Object.keys(condition).length === 0;

// 15 and "15" are one value, true and "true" are two
export const keyOf = (value) => (typeof value === "boolean" ? value : String(value));

export function values(condition, name) {
  const found = get(condition, name);
  if (found === undefined || isObject(found)) return [];
  return Array.isArray(found) ? found : [found];
}

export function range(condition, name) {
  const found = get(condition, name);
  return isObject(found) ? found : {};
}

export function choose(condition, name, value, chosen) {
  const others = values(condition, name).filter((one) => keyOf(one) !== keyOf(value));
  return put(condition, name, chosen ? [...others, value] : others);
}

// `bounds`: { gte, lte }, an undefined one does not bind
export function bind(condition, name, bounds) {
  return put(condition, name, Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== undefined)));
}

// Every single condition, and what is left without it.
export function parts(condition) {
  return Object.keys(condition).flatMap((name) => {
    const among = values(condition, name);
    if (among.length === 0) return [{ name, range: range(condition, name), rest: put(condition, name, []) }];
    return among.map((value) => ({ name, value, rest: choose(condition, name, value, false) }));
  });
}

// a field may be called constructor
const get = (condition, name) => (Object.hasOwn(condition, name) ? condition[name] : undefined);

function put(condition, name, value) {
  const next = { ...condition, [name]: value };
  if (Object.keys(value).length === 0) delete next[name];
  return next;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
