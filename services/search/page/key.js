// Asks for the key where the server wants one; a cookie that no script can read remembers it.
import { $ } from "./dom.js";

let asking = null;

async function open(key) {
  const answer = await fetch("session", { method: "POST", headers: { "X-API-Key": encode(key) } });
  return answer.ok;
}

// a header holds bytes: whatever the key is written in, the server compares its UTF-8
const encode = (key) => String.fromCharCode(...new TextEncoder().encode(key));

// An address that ends in #key=... (as in the QR code) brings the key along, and loses it at once; whether one was there.
export async function takeKeyFromAddress() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (key === null) return false;
  history.replaceState(history.state, "", location.pathname + location.search);
  await open(key).catch(() => false);
  return true;
}

export function askForKey() {
  asking ??= ask().finally(() => (asking = null));
  return asking;
}

function ask() {
  const dialog = $("#key");
  const form = $("form", dialog);
  const wrong = $(".wrong", dialog);
  return new Promise((done) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      const right = await open($("input", form).value).catch(() => false);
      wrong.hidden = right;
      if (right) dialog.close("opened");
    };
    dialog.onclose = () => done(dialog.returnValue === "opened");
    dialog.returnValue = "";
    dialog.showModal();
  });
}
