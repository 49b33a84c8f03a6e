/** One entry of the log: a line, and under it, once it is opened, all that is known. */

import { fill, h } from "./dom.js";
import { TIERS } from "./inspector_budgets.js";
import { copied } from "./inspector_copy.js";
import { json } from "./inspector_json.js";

const LABELS = { envelope: "envelope", call: "call", effect: "effect", socket: "socket" };
const FATES = { waiting: "waits for its ack", none: "no ack", lost: "ack lost" };

export class Row {
  #details;
  #summary;

  constructor(entry) {
    this.entry = entry;
    this.#summary = h("summary", { tabindex: "-1" });
    this.#details = h("details", { ontoggle: () => this.#open() }, this.#summary);
    this.element = h("li", { class: `ins-row ins-is-${entry.kind}` }, this.#details);
    this.draw();
  }

  get summary() {
    return this.#summary;
  }

  /** Draw it anew: its entry has changed. */
  draw() {
    const { entry } = this;
    this.element.classList.toggle("ins-trouble", isTrouble(entry));
    fill(
      this.#summary,
      h("time", { class: "ins-time", datetime: new Date(entry.at).toISOString() }, clock(entry.at)),
      h("span", { class: "ins-kind" }, LABELS[entry.kind]),
      h("span", { class: "ins-title" }, entry.title),
      h("span", { class: "ins-about" }, entry.about),
      h("span", { class: "ins-marks" }, marks(entry)),
    );
    if (this.#details.open) this.#open();
  }

  #open() {
    this.#details.querySelector(".ins-more")?.remove();
    if (this.#details.open) this.#details.append(more(this.entry));
  }
}

/** Whether something went wrong with it, so that it is found among many. */
export function isTrouble(entry) {
  if (entry.kind === "envelope") return ["none", "lost", "late"].includes(entry.fate);
  return entry.outcome?.isTrouble ?? entry.isTrouble ?? false;
}

/** An entry as JSON: the changes that it was made of. */
export function exported(entry) {
  return entry.changes.length === 1 ? entry.changes[0] : entry.changes;
}

function marks(entry) {
  return (entry.kind === "envelope" ? envelopeMarks(entry) : callMarks(entry)).map(
    ([said, manner]) => said && h("span", { class: `ins-mark ins-mark-${manner}` }, said),
  );
}

function envelopeMarks(entry) {
  return [
    [entry.attempt > 0 && `retry ${entry.attempt}`, "warn"],
    [entry.deliveries > 1 && `delivered ${entry.deliveries}×`, "warn"],
    [entry.waited !== undefined && `queued ${duration(entry.waited)}`, "plain"],
    [way(entry), "plain"],
    [entry.repeated > 0 && "acked again", "warn"],
    [fate(entry), isTrouble(entry) ? "bad" : entry.fate === "acked" ? "good" : "plain"],
  ];
}

/** How it went to the app; an answer over HTTP has a status. */
function way({ url, socket, status, queued }) {
  if (url) return ["HTTP", status ?? (queued ? "queued" : null)].filter(Boolean).join(" ");
  return socket === null ? "queued" : `socket ${socket}`;
}

function fate(entry) {
  if (entry.fate === "acked") return `ack ${duration(entry.latency)}`;
  if (entry.fate === "late") return `late ack ${duration(entry.latency)}`;
  return FATES[entry.fate];
}

function callMarks({ outcome, fault, duration: took, budget, status }) {
  if (!outcome) return [];
  return [
    [fault && "fault", "warn"],
    [took !== undefined && duration(took), "plain"],
    [budget && `${budget.used}/${budget.limit}`, budget && budget.left <= 0 ? "bad" : "plain"],
    [outcome.said, outcome.isTrouble ? "bad" : status < 300 ? "good" : "plain"],
  ];
}

function more(entry) {
  return h("div", { class: "ins-more" }, h("p", { class: "ins-facts" }, facts(entry).filter(Boolean).join(" · "), copyButton(entry)), parts(entry));
}

function facts(entry) {
  const { kind, budget, fault, fate: end } = entry;
  if (kind === "call") {
    return [
      `HTTP ${entry.status}`,
      entry.duration !== undefined && `answered in ${duration(entry.duration)}`,
      budget && `${budget.used} of ${budget.limit} calls in this minute, ${budget.left} left (${TIERS[budget.tier] ?? budget.tier})`,
      fault && "by a fault on order",
    ];
  }
  if (kind === "envelope") {
    return [
      entry.id,
      entry.url ? `to ${entry.url}` : entry.socket === null ? "no socket is open" : `on socket ${entry.socket}`,
      entry.failure && entry.failure.replaceAll("_", " "),
      entry.attempt !== null && `attempt ${entry.attempt + 1}`,
      end === "acked" && entry.ackSocket !== entry.socket && `acked on socket ${entry.ackSocket}`,
    ];
  }
  return [entry.title];
}

function parts(entry) {
  const shown = {
    call: () => [["Body", unfolded(entry.body)], ["Answer", entry.answer], ["Fault", entry.fault]],
    envelope: () => [["Payload", entry.body], ["Ack's payload", entry.answer]],
  }[entry.kind] ?? (() => [["Event", entry.body]]);
  return shown().filter(([, value]) => value !== null && value !== undefined).map(([label, value]) => part(label, value));
}

/** Arguments to read: a form carries structures as JSON text. */
function unfolded(args) {
  if (typeof args !== "object" || !args) return args;
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, structure(value) ?? value]));
}

function structure(value) {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return null;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}

function part(label, value) {
  return h("details", { open: true, class: "ins-part" }, h("summary", {}, label), json(value, label));
}

function copyButton(entry) {
  return h("button", { type: "button", class: "text-button", onclick: (event) => copied(event.target, exported(entry)) }, "Copy JSON");
}

function duration(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 10 ? Number(milliseconds).toFixed(1) : Math.round(milliseconds)} ms`;
}

function clock(at) {
  const date = new Date(at);
  const digits = (value, count = 2) => String(value).padStart(count, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => digits(part)).join(":");
  return `${time}.${digits(date.getMilliseconds(), 3)}`;
}
