/** Faults to switch on, and what is armed at this moment. */

import { fill, h } from "./dom.js";
import { described } from "./inspector_outcome.js";

const REASONS = ["warning", "refresh_requested", "link_disabled", "too_many_websockets", "abort"];
const ERRORS = ["channel_not_found", "not_in_channel", "is_archived", "fatal_error", "internal_error", "invalid_blocks", "message_not_found", "msg_too_long", "restricted_action", "token_revoked", "account_inactive"];
const WAYS = {
  ratelimited: { label: "429, rate limited", fields: ["retry_after"], fault: ({ retry_after }) => ({ status: 429, retry_after }) },
  error: { label: "Slack's refusal", fields: ["error"], fault: ({ error }) => ({ error }) },
  before: { label: "connection dropped, no effect", fields: [], fault: () => ({ drop: true, when: "before" }) },
  after: { label: "connection dropped, took effect", fields: [], fault: () => ({ drop: true, when: "after" }) },
  failed: { label: "500, no effect", fields: [], fault: () => ({ status: 500 }) },
  failed_after: { label: "503, though it took effect", fields: [], fault: () => ({ status: 503, when: "after" }) },
  delay: { label: "a delay only", fields: [], fault: () => ({}) },
};

export class Faults {
  #connection;
  #standing;
  #changedHere = new Map(); // channels as they were before this pane changed them
  #armed = h("ul", { class: "ins-armed", "aria-label": "Armed" });
  #said = h("p", { class: "ins-said", role: "status" });
  #sockets = h("span", { class: "ins-hint" });
  #lost = number("Acks to lose", 1, { min: 1 });
  #reason = choice("Why the socket ends", REASONS.map((reason) => [reason, reason === "abort" ? "abort, without a word" : reason]));
  #method = choice("Method", []);
  #channel = choice("Channel", [], () => this.#drawChannel());
  #member = h("button", { type: "button", class: "button", onclick: () => this.#toggleMember() });
  #archived = h("button", { type: "button", class: "button", onclick: () => this.#toggleArchived() });
  #call;
  #due = false;

  constructor(connection, standing) {
    this.#connection = connection;
    this.#standing = standing;
    this.#call = new CallFault(this.#method, (fault) => this.#act("fault", fault, "Armed."));
    this.element = h(
      "section",
      { class: "ins-section", "aria-label": "Faults" },
      h("div", { class: "ins-head" }, h("h3", {}, "Armed now"), h("button", { type: "button", class: "text-button", onclick: () => this.#clear() }, "Clear all")),
      this.#armed,
      this.#said,
      this.#call.element,
      h("h3", {}, "The socket ", this.#sockets),
      line(this.#reason, button("Disconnect", () => this.#disconnect())),
      line(this.#lost, button("Lose the next acks", () => this.#lose())),
      h("h3", {}, "The app in a channel"),
      line(this.#channel),
      line(this.#member, this.#archived),
    );
    this.#draw();
  }

  /** Draw once for all that came in together. */
  later() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => { this.#due = false; this.#draw(); });
  }

  #draw() {
    const { methods, sockets, channels } = this.#standing;
    options(this.#method, methods.map((method) => [method, method]), "chat.update");
    options(this.#channel, [...channels.values()].filter((channel) => channel.name).map(({ id, name }) => [id, `#${name}`]));
    this.#sockets.textContent = sockets === 1 ? "1 open" : `${sockets} open`;
    this.#drawArmed();
    this.#drawChannel();
  }

  #drawArmed() {
    const { calls, acks_to_lose } = this.#standing.armed;
    const faults = calls.map((fault) => armed(fault.method, `${described(fault)} · ${times(fault.times)}`, () => this.#act("clear_faults", { method: fault.method }, `${fault.method} answers again.`)));
    const acks = acks_to_lose > 0 && armed("acks", `the next ${acks_to_lose === 1 ? "one is" : `${acks_to_lose} are`} lost`, () => this.#act("lose_ack", { times: 0 }, "Acks arrive again."));
    const channels = [...this.#differing()].map(([id, said]) => armed(`#${this.#standing.channels.get(id).name}`, said, () => this.#restore(id)));
    const all = [...faults, acks, ...channels].filter(Boolean);
    fill(this.#armed, all.length ? all : h("li", { class: "ins-hint" }, "Nothing. The workspace behaves."));
  }

  #drawChannel() {
    const channel = this.#standing.channels.get(this.#channel.value);
    this.#member.disabled = this.#archived.disabled = !channel;
    this.#member.textContent = channel && !this.#standing.isIn(channel) ? "Let the app in" : "Remove the app";
    this.#archived.textContent = channel?.is_archived ? "Bring back" : "Archive";
  }

  /** The channels that stand otherwise than before this pane changed them, and how. */
  *#differing() {
    for (const [id, before] of this.#changedHere) {
      const now = this.#standing.channels.get(id);
      const said = [
        this.#standing.isIn(now) !== before.isIn && (before.isIn ? "the app is out" : "the app is in"),
        now.is_archived !== before.isArchived && (before.isArchived ? "not archived" : "archived"),
      ].filter(Boolean);
      if (said.length) yield [id, said.join(", ")];
    }
  }

  // --- what somebody does

  async #act(verb, body, done) {
    const answer = await this.#connection.act(verb, body);
    this.#said.textContent = answer.ok ? done : answer.error;
    return answer;
  }

  async #clear() {
    for (const [id] of [...this.#differing()]) await this.#restore(id);
    await this.#act("clear_faults", {}, "Nothing is armed any more.");
  }

  #lose() {
    const count = this.#lost.valueAsNumber || 1;
    return this.#act("lose_ack", { times: count }, count === 1 ? "The next ack gets lost." : `The next ${count} acks get lost.`);
  }

  async #disconnect() {
    const answer = await this.#act("disconnect", { reason: this.#reason.value }, "");
    if (answer.ok) this.#said.textContent = answer.sockets ? "Sent. The app reconnects by itself." : "No socket is open.";
  }

  #toggleMember() {
    const channel = this.#remembered();
    const isIn = this.#standing.isIn(channel);
    return this.#act("member", { channel: channel.id, join: !isIn }, `The app is ${isIn ? "out of" : "in"} #${channel.name}.`);
  }

  #toggleArchived() {
    const channel = this.#remembered();
    const { name, is_archived: isArchived } = channel;
    return this.#act("archive", { channel: channel.id, archived: !isArchived }, `#${name} is ${isArchived ? "back" : "archived"}.`);
  }

  /** The chosen channel, with how it stood noted once. */
  #remembered() {
    const channel = this.#standing.channels.get(this.#channel.value);
    if (!this.#changedHere.has(channel.id)) this.#changedHere.set(channel.id, { isIn: this.#standing.isIn(channel), isArchived: channel.is_archived });
    return channel;
  }

  async #restore(id) {
    const { isIn, isArchived } = this.#changedHere.get(id);
    await this.#act("archive", { channel: id, archived: isArchived }, "");
    await this.#act("member", { channel: id, join: isIn }, `#${this.#standing.channels.get(id).name} is as it was.`);
    this.#changedHere.delete(id);
    this.#draw();
  }
}

/** The form that makes the next calls of a method fail. */
class CallFault {
  #method;
  #way = choice("How it fails", Object.entries(WAYS).map(([way, { label }]) => [way, label]), () => this.#drawFields());
  #fields = {
    retry_after: number("Retry-After, seconds", 5, { min: 0 }),
    error: h("input", { class: "field", list: "ins-errors", "aria-label": "Error", value: "fatal_error", autocomplete: "off" }),
  };
  #delay = number("Delay, seconds", 0, { min: 0, max: 60, step: "any" });
  #times = number("Calls", 1, { min: 1 });

  constructor(method, arm) {
    this.#method = method;
    this.element = h(
      "form",
      { onsubmit: (event) => { event.preventDefault(); arm(this.#fault()); } },
      h("h3", {}, "Let the next calls fail"),
      line(method),
      line(this.#way),
      line(labelled("Retry-After, s", this.#fields.retry_after), labelled("Error", this.#fields.error), labelled("Delay, s", this.#delay), labelled("Calls", this.#times)),
      h("datalist", { id: "ins-errors" }, ERRORS.map((error) => h("option", { value: error }))),
      h("button", { type: "submit", class: "button button-primary" }, "Arm"),
    );
    this.#way.value = "ratelimited";
    this.#drawFields();
  }

  #drawFields() {
    const { fields } = WAYS[this.#way.value];
    for (const [name, field] of Object.entries(this.#fields)) field.closest("label").hidden = !fields.includes(name);
    if (this.#way.value === "delay" && !this.#delay.valueAsNumber) this.#delay.value = "2";
  }

  #fault() {
    const given = { retry_after: this.#fields.retry_after.valueAsNumber || 0, error: this.#fields.error.value.trim() || "fatal_error" };
    return {
      method: this.#method.value,
      ...WAYS[this.#way.value].fault(given),
      delay: this.#delay.valueAsNumber || 0,
      times: this.#times.valueAsNumber || 1,
    };
  }
}

function armed(name, said, undo) {
  return h("li", {}, h("strong", {}, name), h("span", {}, said), h("button", { type: "button", class: "text-button", "aria-label": `Undo: ${name} ${said}`, onclick: undo }, "Undo"));
}

function times(count = 1) {
  return count === 1 ? "once" : `${count} times`;
}

function line(...children) {
  return h("div", { class: "ins-line" }, children);
}

function button(label, onclick) {
  return h("button", { type: "button", class: "button", onclick }, label);
}

function labelled(label, field) {
  return h("label", { class: "ins-labelled" }, h("span", {}, label), field);
}

function number(label, value, bounds) {
  return h("input", { type: "number", class: "field", "aria-label": label, value: String(value), ...bounds });
}

function choice(label, pairs, onchange) {
  const select = h("select", { class: "field", "aria-label": label, onchange });
  options(select, pairs);
  return select;
}

/** Offer these, keeping what is chosen. */
function options(select, pairs, preferred) {
  if (select.length === pairs.length) return;
  const chosen = select.value || preferred;
  fill(select, pairs.map(([value, label]) => h("option", { value }, label)));
  if (pairs.some(([value]) => value === chosen)) select.value = chosen;
}
