/** The list of commands that opens over the composer when somebody types a slash. */

import { fill, h } from "./dom.js";

/** The workspace's own commands, which work here as in Slack. */
export const OWN = [
  { command: "/invite", usage_hint: "@app", description: "Let the app into this channel", own: true },
  { command: "/remove", usage_hint: "@app", description: "Take the app out of this channel", own: true },
];

let lists = 0;

export class Completion {
  #input;
  #commands;
  #pick;
  #found = [];
  #at = 0;

  /** `commands()` are all there are, `pick(command)` puts one into the composer. */
  constructor(input, commands, pick) {
    this.#input = input;
    this.#commands = commands;
    this.#pick = pick;
    this.element = h("ul", { class: "completion", role: "listbox", id: `commands-${lists++}`, "aria-label": "Commands", hidden: true });
    input.setAttribute("aria-controls", this.element.id);
    input.setAttribute("aria-autocomplete", "list");
  }

  /** Show what fits to what stands in the composer now. */
  update() {
    const typed = /^\/\S*$/.exec(this.#input.value)?.[0];
    this.#found = typed ? this.#commands().filter(({ command }) => command.startsWith(typed)) : [];
    this.#at = 0;
    this.#draw();
  }

  /** Handle a key. True when it was meant for the list. */
  key(event) {
    if (!this.#found.length) return false;
    if (event.key === "Escape") this.#close();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Tab" || (event.key === "Enter" && this.#found[this.#at].command !== this.#input.value)) this.#choose(this.#at);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #move(step) {
    this.#at = (this.#at + step + this.#found.length) % this.#found.length;
    this.#draw();
  }

  #choose(index) {
    const { command } = this.#found[index];
    this.#close();
    this.#pick(command);
  }

  #close() {
    this.#found = [];
    this.#draw();
  }

  #draw() {
    this.element.hidden = this.#found.length === 0;
    this.#input.setAttribute("aria-expanded", String(!this.element.hidden));
    fill(this.element, this.#found.map((found, index) => this.#option(found, index)));
    if (this.element.hidden) this.#input.removeAttribute("aria-activedescendant");
    else this.#input.setAttribute("aria-activedescendant", `${this.element.id}-${this.#at}`);
  }

  #option({ command, usage_hint, description, own }, index) {
    return h(
      "li",
      {
        id: `${this.element.id}-${index}`,
        role: "option",
        "aria-selected": String(index === this.#at),
        onpointerdown: (event) => {
          event.preventDefault(); // the composer keeps the focus
          this.#choose(index);
        },
      },
      h("span", { class: "completion-command" }, h("strong", {}, command), " ", h("span", { class: "completion-hint" }, usage_hint)),
      h("span", { class: "completion-about" }, description, !own && h("span", { class: "badge" }, "APP")),
    );
  }
}
