/** Clicks on their way to the app: which element waits for an ack, and which never got one. */

import { icon } from "./icons.js";
import { h } from "./dom.js";

const SLOW = "The app did not answer. Try again.";

export class Interactions {
  #connection;
  #states = new Map();

  constructor(connection) {
    this.#connection = connection;
  }

  /** Send a click; `key` names the element that waits. Resolves to the workspace's answer. */
  async send(key, body) {
    if (this.#states.get(key) === "busy") return null;
    this.#mark(key, "busy");
    const answer = await this.#connection.act("click", body);
    this.#mark(key, answer.ok && answer.acked ? null : "unanswered", answer.error);
    return answer;
  }

  /** Show on a newly drawn element how its click fares. */
  dress(element, key) {
    element.dataset.key = key;
    paint(element, this.#states.get(key));
    return element;
  }

  #mark(key, state, why) {
    if (state) this.#states.set(key, state);
    else this.#states.delete(key);
    for (const element of document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) paint(element, state, why);
  }
}

// Not disabled: that would take the focus away.
function paint(element, state, why = SLOW) {
  const busy = state === "busy";
  element.classList.toggle("busy", busy);
  if (busy) element.setAttribute("aria-disabled", "true");
  else element.removeAttribute("aria-disabled");
  element.querySelector(":scope > .unanswered")?.remove();
  if (state === "unanswered") element.append(h("span", { class: "unanswered", title: why, role: "img", "aria-label": why }, icon("alert")));
}
