/** The list of entries: the newest at the bottom, which it follows until somebody scrolls up. */

import { fill, h } from "./dom.js";
import { Row, exported, isTrouble } from "./inspector_row.js";
import { KEPT } from "./inspector_story.js";

const NEAR_PX = 24;

export class Log {
  isPaused = false;
  missed = 0;
  #story;
  #rows = new Map();
  #changed = new Set();
  #follows = true;
  #due = false;
  #filter = { kinds: new Set(), word: "", troubleOnly: false };
  #list;
  #empty;
  #down;

  constructor(story) {
    this.#story = story;
    this.#list = h("ol", { class: "ins-list", "aria-label": "Log", onscroll: () => this.#scrolled(), onkeydown: (event) => this.#key(event), onfocusin: (event) => this.#stand(event.target) });
    this.#empty = h("p", { class: "ins-empty" });
    this.#down = h("button", { type: "button", class: "button ins-down", hidden: true, onclick: () => this.#toEnd() }, "Newest ↓");
    this.#list.addEventListener("toggle", () => this.#scrolled(), true); // what is opened to be read stays in view
    new ResizeObserver(() => this.#follows && this.#toEnd()).observe(this.#list); // its style sheet comes later, and panes grow
    this.element = h("div", { class: "ins-log" }, this.#empty, this.#list, this.#down);
    this.#later();
  }

  take(change) {
    const entry = this.#story.take(change);
    if (!entry) return;
    if (this.isPaused && entry.changes.length === 1) this.missed += 1;
    this.#changed.add(entry);
    if (this.#changed.size > 2 * KEPT) this.#changed = new Set(this.#story.entries); // long paused, or long in the background
    this.#later();
  }

  pause(paused) {
    this.isPaused = paused;
    this.missed = 0;
    this.#later();
  }

  clear() {
    this.#story.clear();
    this.#changed.clear();
    this.#rows.clear();
    this.missed = 0;
    fill(this.#list);
    this.#later();
  }

  /** Show only some: `kinds`, a `word` of the title, `troubleOnly`. */
  filter(filter) {
    this.#filter = { ...this.#filter, ...filter };
    for (const row of this.#rows.values()) row.element.hidden = !this.#shows(row.entry);
    this.#settle();
  }

  /** The entries that are shown, as JSON. */
  exported() {
    return [...this.#rows.keys()].filter((entry) => this.#shows(entry)).map(exported);
  }

  /** The names that can be looked for. */
  titles() {
    return [...new Set(this.#story.entries.map((entry) => entry.title))].sort();
  }

  #shows(entry) {
    const { kinds, word, troubleOnly } = this.#filter;
    if (kinds.size && !kinds.has(entry.kind)) return false;
    if (troubleOnly && !isTrouble(entry)) return false;
    return `${entry.title} ${entry.about}`.toLowerCase().includes(word.toLowerCase());
  }

  /** Draw once for all that came in together; a page in the background draws when it is looked at. */
  #later() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => { this.#due = false; this.#draw(); });
  }

  #draw() {
    if (!this.isPaused) {
      for (const entry of this.#changed) this.#put(entry);
      this.#changed.clear();
      while (this.#rows.size > KEPT) this.#drop(this.#rows.keys().next().value);
    }
    this.#settle();
  }

  #put(entry) {
    if (!this.#rows.has(entry) && !this.#story.has(entry)) return; // so many came in that it is gone again
    const row = this.#rows.get(entry) ?? this.#append(entry);
    row.draw();
    row.element.hidden = !this.#shows(entry);
  }

  #append(entry) {
    const row = new Row(entry);
    this.#rows.set(entry, row);
    this.#list.append(row.element);
    return row;
  }

  #drop(entry) {
    this.#rows.get(entry).element.remove();
    this.#rows.delete(entry);
  }

  #settle() {
    const shown = this.#shown();
    this.#empty.hidden = shown.length > 0;
    this.#empty.textContent = this.#rows.size ? "Nothing here passes the filter." : "Nothing yet. What the app sends and receives appears here.";
    const isRead = this.#list.contains(document.activeElement) || !this.#follows;
    if (shown.length && !(isRead && shown.some((summary) => summary.tabIndex === 0))) this.#stand(shown.at(-1));
    if (this.#follows) this.#toEnd();
    else this.#scrolled();
  }

  #shown() {
    return [...this.#rows.values()].filter((row) => !row.element.hidden).map((row) => row.summary);
  }

  // --- where it stands

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    this.#follows = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.#down.hidden = this.#follows;
  }

  #toEnd() {
    this.#follows = true;
    this.#down.hidden = true;
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** One entry is reached with Tab, the others from it with the arrow keys. */
  #stand(target) {
    if (!target.matches(".ins-row > details > summary")) return;
    for (const summary of this.#list.querySelectorAll('summary[tabindex="0"]')) summary.tabIndex = -1;
    target.tabIndex = 0;
  }

  #key(event) {
    if (!event.target.matches(".ins-row > details > summary")) return;
    const shown = this.#shown();
    const here = shown.indexOf(event.target);
    const there = { ArrowUp: here - 1, ArrowDown: here + 1, Home: 0, End: shown.length - 1 }[event.key];
    if (there === undefined) return;
    event.preventDefault();
    shown[Math.max(0, Math.min(there, shown.length - 1))]?.focus();
  }
}
