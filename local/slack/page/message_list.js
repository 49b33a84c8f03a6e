/** Messages from old to new, with dividers between days. Stays at its end while somebody reads there. */

import { dayName, fromTs, sameDay } from "./dates.js";
import { h, keepingFocus } from "./dom.js";
import { icon } from "./icons.js";
import { drawFoot, drawMessage, signature } from "./message.js";

const TOGETHER_S = 5 * 60;
const PAGE = 150;
const NEAR_PX = 60;

export class MessageList {
  #page;
  #inThread;
  #drawn = new Map();
  #limit = PAGE;
  #pinned = true;
  #newest = "";

  /** `inThread`: the first message is what the others answer. */
  constructor(page, label, { inThread = false } = {}) {
    this.#page = page;
    this.#inThread = inThread;
    this.rows = h("div", { class: "rows" });
    this.element = h("div", { class: "messages", role: "region", "aria-label": label, onscroll: () => this.#scrolled(), onkeydown: (event) => this.#steer(event), onfocusin: (event) => this.#reach(event.target.closest(".message")) }, this.rows);
    this.jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() }, icon("down"), "New messages");
    const observer = new ResizeObserver(() => this.#pinned && this.toEnd());
    observer.observe(this.rows);
    observer.observe(this.element);
  }

  /** Draw these messages below `intro`, an element or null; what has not changed is left alone. */
  show(messages, intro) {
    const shown = messages.slice(-this.#limit);
    const items = this.#items(shown, messages.length > shown.length, intro);
    keepingFocus(this.rows, () => this.#reconcile(items));
    for (const message of shown) drawFoot(this.#drawn.get(message.ts).element, message, this.#page, { inThread: this.#inThread });
    this.#tellOfNew(shown.at(-1));
    this.#ensureReachable();
  }

  toEnd() {
    this.#pinned = true;
    this.jump.hidden = true;
    this.element.scrollTop = this.element.scrollHeight;
  }

  /** Bring a message into sight and mark it for a moment. */
  point(ts) {
    const element = this.#drawn.get(ts)?.element;
    if (!element) return;
    this.#pinned = false;
    element.scrollIntoView({ block: "center" });
    element.classList.add("message-pointed");
    element.addEventListener("animationend", () => element.classList.remove("message-pointed"), { once: true });
  }

  #items(messages, more, intro) {
    const items = [];
    if (more) items.push({ key: "more", signature: "", draw: () => this.#earlier() });
    else if (intro) items.push({ key: "intro", signature: intro.textContent, draw: () => intro });
    for (const [index, message] of messages.entries()) items.push(...this.#item(message, messages[index - 1], messages.length));
    return items;
  }

  #item(message, before, count) {
    const isRoot = this.#inThread && !before;
    const day = fromTs(message.ts);
    const newDay = !this.#inThread && (!before || !sameDay(fromTs(before.ts), day));
    const compact = !newDay && !isRoot && goesOn(before, message) && !(this.#inThread && before.ts === message.thread_ts);
    const items = [];
    if (newDay) items.push({ key: `day:${day.toDateString()}`, signature: dayName(day), draw: () => divider(dayName(day)) });
    items.push({ key: message.ts, signature: `${compact}${signature(message)}`, draw: () => drawMessage(message, this.#page, { compact, inThread: this.#inThread }) });
    if (isRoot && count > 1) items.push({ key: "count", signature: String(count), draw: () => divider(count === 2 ? "1 reply" : `${count - 1} replies`) });
    return items;
  }

  #reconcile(items) {
    const kept = new Map();
    let last = null;
    for (const item of items) {
      const known = this.#drawn.get(item.key);
      const element = known?.signature === item.signature ? known.element : item.draw();
      if (known && known.element !== element) known.element.replaceWith(element);
      const next = last ? last.nextSibling : this.rows.firstChild;
      if (next !== element) this.rows.insertBefore(element, next);
      kept.set(item.key, { signature: item.signature, element });
      last = element;
    }
    for (const [key, { element }] of this.#drawn) if (!kept.has(key)) element.remove();
    this.#drawn = kept;
  }

  #earlier() {
    return h("button", { type: "button", class: "text-button earlier", onclick: () => { this.#limit += PAGE; this.#page.draw(); } }, "Show earlier messages");
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    this.#pinned = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#pinned) this.jump.hidden = true;
  }

  #tellOfNew(newest) {
    if (!newest || newest.ts <= this.#newest) return;
    const first = this.#newest === "";
    this.#newest = newest.ts;
    if (first || this.#pinned || newest.user === this.#page.place.me.id) this.toEnd();
    else this.jump.hidden = false;
  }

  // --- with the keyboard: one message is reached with Tab, the others with the arrows

  #ensureReachable() {
    const reachable = this.rows.querySelector('.message[tabindex="0"]');
    if (!reachable) this.rows.querySelector(".message:last-child")?.setAttribute("tabindex", "0");
  }

  #reach(message) {
    if (!message || message.tabIndex === 0 && message.dataset.reached) return;
    for (const other of this.rows.querySelectorAll('.message[tabindex="0"], .message[data-reached]')) setReach(other, false);
    setReach(message, true);
  }

  #steer(event) {
    if (!event.target.classList.contains("message")) return;
    const messages = [...this.rows.querySelectorAll(".message")];
    const at = messages.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: messages.length - 1 }[event.key];
    if (to === undefined) return this.#enter(event);
    event.preventDefault();
    messages[to]?.focus();
  }

  #enter(event) {
    const reply = event.key === "Enter" && event.target.querySelector(".toolbar a");
    if (!reply) return;
    event.preventDefault();
    reply.click();
  }
}

function setReach(message, reached) {
  message.tabIndex = reached ? 0 : -1;
  if (reached) message.dataset.reached = "yes";
  else delete message.dataset.reached;
  for (const button of message.querySelectorAll(".toolbar .quiet")) button.tabIndex = reached ? 0 : -1;
}

function goesOn(before, message) {
  return before && before.user === message.user && !before.ephemeral_for && !message.ephemeral_for && !before.subtype && Number(message.ts) - Number(before.ts) < TOGETHER_S;
}

function divider(label) {
  return h("div", { class: "day", role: "separator", "aria-label": label }, h("span", {}, label));
}
