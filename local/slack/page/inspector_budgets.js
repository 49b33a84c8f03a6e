/** What each method may still do within a minute. */

import { fill, h } from "./dom.js";

const WINDOW_MS = 60_000;
export const TIERS = { T1: "Tier 1", T2: "Tier 2", T3: "Tier 3", T4: "Tier 4", POSTING: "posting", SPECIAL: "special" };

export class Budgets {
  #methods = new Map();
  #list = h("ul", { class: "ins-budgets" });
  #drawn = "";

  constructor() {
    this.element = h("section", { class: "ins-section", "aria-label": "Rate limits" }, h("h3", {}, "Rate limits, calls in the last minute"), this.#list);
    this.draw();
  }

  take({ type, method, budget, at }) {
    if (type !== "api_call" || !budget) return;
    const known = this.#methods.get(method) ?? { times: [] };
    this.#methods.set(method, { ...budget, times: counted(known.times, budget.used, at) });
  }

  draw(now = Date.now()) {
    const rows = [...this.#methods].sort(([one], [other]) => one.localeCompare(other)).map(([method, budget]) => ({
      method,
      ...budget,
      used: budget.times.filter((time) => time > now - WINDOW_MS).length,
    }));
    const signature = JSON.stringify(rows.map(({ method, used, limit }) => [method, used, limit]));
    if (signature === this.#drawn) return;
    this.#drawn = signature;
    fill(this.#list, rows.length ? rows.map(line) : h("li", { class: "ins-hint" }, "No call yet, or the workspace was started without limits."));
  }
}

/** The times of the calls that count, so many as the server counted when it answered. */
function counted(times, used, at) {
  const kept = times.slice(-used || times.length);
  while (kept.length < used) kept.push(at);
  return used ? kept : [];
}

function line({ method, tier, limit, used }) {
  const said = `${used} of ${limit}, ${limit - used} left`;
  const full = used / limit;
  return h(
    "li",
    { class: full >= 1 ? "ins-full" : full >= 0.8 ? "ins-nearly" : "" },
    h("span", { class: "ins-method" }, method),
    h("span", { class: "ins-hint" }, `${TIERS[tier] ?? tier} · ${said}`),
    h("progress", { max: String(limit), value: used, "aria-label": `${method}: ${said}` }),
  );
}
