// Searches for look-alikes: where they are looked for is what is chosen beside the word, at that moment.
import * as address from "./address.js";
import { $ } from "./dom.js";
import { say } from "./notice.js";
import { t } from "./texts.js";

const MAX_IDS = 256;

const where = () => ({ in: $("#scope").value, of: $("#keyword").value.trim(), at: null });

// `go` is given the parts of the address that change, and the pane to show
export class Similar {
  constructor(go) {
    this.go = go;
  }

  items(ids) {
    if (ids.length === 0) return say(t("nothingTicked"));
    if (ids.length > MAX_IDS) return say(t("tooManyTicks", { count: MAX_IDS }));
    this.go({ ...where(), like: ids, not: null, photo: null }, "results");
  }

  photos(files) {
    this.go({ ...where(), like: null, not: null, photo: address.keepPhotos(files) }, "results");
  }

  again(parts) {
    if (parts.like.length + address.read().tokens.length === 0) return say(t("nothingTicked"));
    this.go({ ...parts, at: null }, "results");
  }
}
