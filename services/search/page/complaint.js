// An error beside what it is about: in the reader's language, and what the server said of it.
import { make } from "./dom.js";
import { errorText, t } from "./texts.js";

// `own`: texts for types of error that mean something else here
export function complaint(error, own = {}) {
  const text = own[error.type] ? t(own[error.type]) : errorText(error);
  const said = error.detail && error.detail !== text ? [make("p", { className: "said", lang: "en" }, error.detail)] : [];
  return [make("p", { className: "wrong" }, text), ...said];
}
