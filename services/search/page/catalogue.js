// The left pane: items by words and what is chosen of fields, in an order.
import * as api from "./api.js";
import { card, refreshTicks } from "./cards.js";
import { isEmpty } from "./condition.js";
import { $ } from "./dom.js";
import { Pane } from "./pane.js";
import { Sorting } from "./sorting.js";
import { t } from "./texts.js";
import * as ticks from "./ticks.js";

export class Catalogue {
  constructor({ perPage, openItem, toPage, openImport, index, unfilter, sortBy }) {
    Object.assign(this, { perPage, openItem, toPage, openImport, index });
    this.pane = new Pane($("#catalogue"), { unfilter });
    this.sorting = new Sorting($("#catalogue .sort"), { change: sortBy });
    this.shown = null;
    ticks.onChange(() => refreshTicks(this.pane.root));
  }

  async show({ keyword, scope, page, typed, filter, sort }, { anew = false } = {}) {
    this.sorting.show(sort);
    const asked = JSON.stringify([keyword, scope, page, typed, filter, sort]);
    if (asked === this.shown && !anew) return;
    this.shown = asked;
    const again = () => this.show({ keyword, scope, page, typed, filter, sort }, { anew: true });
    const came = await this.pane.load(t("waitItems"), async (signal) => {
      const query = { keyword, scope, filter, sort, offset: (page - 1) * this.perPage, limit: this.perPage };
      const answer = await api.items(query, signal);
      this.draw(answer, { keyword: keyword.trim(), scope, page, typed, filtered: !isEmpty(filter) });
    }, again);
    if (!came && this.shown === asked) this.shown = null; // asked again, it is fetched again
  }

  draw({ items, total, candidates }, { keyword, scope, page, typed, filtered }) {
    const cards = items.map((item, place) => card(item, { open: () => this.openItem(items, place) }));
    const all = keyword === "" || keyword === "all";
    const counts = [all ? t("itemCount", { count: total }) : t("keywordCount", { count: total, keyword })];
    if (!all && total && scope !== "all") counts.push(t("sameCount", { count: candidates }));
    this.pane.show(cards, counts.join(" · "));
    this.pane.pages(page, Math.ceil(total / this.perPage), this.toPage);
    if (total === 0 && filtered) this.pane.sayFiltered();
    else if (total === 0 && all) this.pane.say(t("empty"), [t("importOpen"), this.openImport], [t("emptyIndex"), this.index]);
    else if (total === 0) this.pane.say(t("nothingFound", { keyword }));
    else if (items.length === 0) this.pane.say(t("pageBeyond"), [t("first"), () => this.toPage(1)]);
    else if (typed && keyword === "") this.pane.say(t("nothingTyped"));
  }
}
