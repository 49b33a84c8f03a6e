/** The inspector: what went between the workspace and the app, live, and faults to switch on. */

import { fill, h } from "./dom.js";
import { Bar } from "./inspector_bar.js";
import { Budgets } from "./inspector_budgets.js";
import { Faults } from "./inspector_faults.js";
import { Log } from "./inspector_log.js";
import { Standing } from "./inspector_standing.js";
import { Story } from "./inspector_story.js";

const WIDE_PX = 820;

/**
 * Draw the inspector into `element` and keep it up to date. `connection.on(listener)` gives every change, the newest
 * ones first again; `connection.act(verb, body)` acts; `connection.state()` is the last state. Returns a way to end it.
 */
export function mount(element, connection) {
  style();
  const story = new Story();
  const standing = new Standing(connection);
  const log = new Log(story);
  const budgets = new Budgets();
  const faults = new Faults(connection, standing);
  const side = h("div", { class: "ins-side", hidden: element.clientWidth < WIDE_PX }, faults.element, budgets.element);
  const bar = new Bar(log, side);
  fill(element, h("div", { class: "inspector" }, bar.element, h("div", { class: "ins-body" }, log.element, side)));
  const stop = connection.on((change) => {
    if (standing.take(change)) faults.later();
    budgets.take(change);
    log.take(change);
    bar.later();
  });
  const ticking = setInterval(() => budgets.draw(), 1000);
  return () => {
    clearInterval(ticking);
    stop?.();
    fill(element);
  };
}

/** Its style sheet is its own, so that who never opens it never loads it. */
function style() {
  const href = new URL("inspector.css", import.meta.url).href;
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) return;
  document.head.append(h("link", { rel: "stylesheet", href }));
}
