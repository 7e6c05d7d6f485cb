// Keeps what somebody said of the answers to an item: models are compared by it.
import * as api from "./api.js";
import { make } from "./dom.js";
import { errorText, t } from "./texts.js";

// A button and what it said. `marks`: id -> right or wrong, of the answers on show; `not`: ids that are wrong already.
export function judging({ id, not, marks }) {
  const said = make("span", { className: "judged", role: "status" });
  const button = make("button", {
    type: "button", id: "remember", title: t("rememberHint"),
    onclick: async () => {
      button.disabled = true;
      said.textContent = await remember({ id, not, marks }).catch(errorText);
      button.disabled = false;
    },
  }, t("remember"));
  return [button, said];
}

// What is kept of the same item already stays, but for what is marked otherwise now.
async function remember({ id, not, marks }) {
  const now = new Map([...not.map((one) => [one, "wrong"]), ...marks]);
  now.delete(id); // an item is no answer to itself
  if (now.size === 0) return t("nothingMarked");
  const { evaluations } = await api.evaluations();
  const before = evaluations.find((one) => one.query.id === id) ?? { right: [], wrong: [] };
  const of = (kind) => [...before[kind].filter((one) => !now.has(one)), ...[...now].filter(([, mark]) => mark === kind).map(([one]) => one)];
  const kept = await api.judge({ query: { id }, right: of("right"), wrong: of("wrong") });
  const counts = t("remembered", { right: kept.right.length, wrong: kept.wrong.length });
  return kept.right.length && kept.wrong.length ? counts : `${counts} ${t("rememberedHalf")}`;
}
