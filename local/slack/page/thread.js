/** The thread pane. */

import { Composer } from "./composer.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { MessageList } from "./message_list.js";

export class ThreadPane {
  #page;
  #element;
  #spot = "";
  #messages;

  constructor(page, element) {
    this.#page = page;
    this.#element = element;
    element.addEventListener("keydown", (event) => event.key === "Escape" && this.#close());
  }

  draw() {
    const { place } = this.#page;
    const root = place.thread && place.channel && this.#page.workspace.message(place.channel.id, place.thread);
    this.#element.hidden = !root;
    document.body.classList.toggle("with-thread", Boolean(root));
    const spot = root ? `${place.me.id} ${place.channel.id} ${place.thread}` : "";
    if (spot !== this.#spot) this.#arrive(spot);
    if (root) this.#messages.show(this.#page.messagesOf(place.channel.id, place.thread), null);
  }

  /** Bring a reply into sight. */
  point(ts) {
    this.#messages?.point(ts);
  }

  #arrive(spot) {
    const { place } = this.#page;
    this.#spot = spot;
    if (!spot) return fill(this.#element);
    this.#messages = new MessageList(this.#page, "Messages in the thread", { inThread: true });
    const composer = new Composer(this.#page, `Reply as ${place.me.real_name.split(" ")[0]}`, () => this.#page.spot({ thread: place.thread }));
    fill(this.#element, this.#head(), this.#messages.element, this.#messages.jump, place.channel.is_archived ? null : composer.element);
    if (this.#page.hasActed && !place.channel.is_archived) composer.focus();
  }

  #head() {
    const { channel, peer } = this.#page.place;
    return h(
      "header",
      { class: "pane-head" },
      h("div", { class: "pane-title" }, h("h2", {}, "Thread", h("span", { class: "pane-about" }, peer ? peer.real_name : `#${channel.name}`))),
      h("button", { type: "button", class: "quiet", "aria-label": "Close the thread", title: "Close", "data-key": "close-thread", onclick: () => this.#close() }, icon("close")),
    );
  }

  #close() {
    const { thread } = this.#page.place;
    this.#page.go({ thread: null });
    document.querySelector(`#content [data-key="door:${CSS.escape(thread)}"], #content [data-ts="${CSS.escape(thread)}"]`)?.focus();
  }
}
