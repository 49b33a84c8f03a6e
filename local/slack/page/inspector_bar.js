/** The line above the log: what of it is shown, pause, clear, copy, and the door to the faults. */

import { fill, h } from "./dom.js";
import { copied } from "./inspector_copy.js";
import { KINDS } from "./inspector_story.js";

export class Bar {
  #log;
  #kinds = new Set();
  #pause;
  #words = h("datalist", { id: "ins-words" });
  #due = false;

  constructor(log, side) {
    this.#log = log;
    this.#pause = h("button", { type: "button", class: "button", "aria-pressed": "false", onclick: () => this.#toggle() }, "Pause");
    const clear = h("button", { type: "button", class: "button", onclick: () => log.clear() }, "Clear");
    const copy = h("button", { type: "button", class: "button", onclick: () => copied(copy, log.exported()) }, "Copy JSON");
    const word = h("input", { type: "search", class: "field", list: "ins-words", placeholder: "Filter", "aria-label": "Filter by method or word", autocomplete: "off", oninput: () => log.filter({ word: word.value.trim() }) });
    const faults = toggle("Faults & limits", !side.hidden, (pressed) => { side.hidden = !pressed; });
    this.element = h(
      "div",
      { class: "ins-bar" },
      h("div", { class: "ins-kinds", role: "group", "aria-label": "Show only" }, this.#choices()),
      word,
      this.#words,
      h("div", { class: "ins-tools" }, this.#pause, clear, copy, faults),
    );
  }

  /** Draw what changes with the log, once for all that came in together. */
  later() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => { this.#due = false; this.#draw(); });
  }

  #draw() {
    const { isPaused, missed } = this.#log;
    this.#pause.textContent = isPaused ? `Resume${missed ? ` (${missed} new)` : ""}` : "Pause";
    const titles = this.#log.titles();
    if (titles.length !== this.#words.childElementCount) fill(this.#words, titles.map((title) => h("option", { value: title })));
  }

  #choices() {
    const kinds = Object.entries(KINDS).map(([kind, label]) => toggle(label, false, (pressed) => this.#choose(kind, pressed)));
    return [...kinds, toggle("Trouble", false, (troubleOnly) => this.#log.filter({ troubleOnly }))];
  }

  #choose(kind, pressed) {
    if (pressed) this.#kinds.add(kind);
    else this.#kinds.delete(kind);
    this.#log.filter({ kinds: this.#kinds });
  }

  #toggle() {
    this.#log.pause(!this.#log.isPaused);
    this.#pause.setAttribute("aria-pressed", String(this.#log.isPaused));
    this.#draw();
  }
}

function toggle(label, pressed, onchange) {
  const button = h("button", { type: "button", class: "ins-toggle", "aria-pressed": String(pressed), onclick: () => {
    const now = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(now));
    onchange(now);
  } }, label);
  return button;
}
