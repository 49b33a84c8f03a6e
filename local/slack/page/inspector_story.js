/** The changes of the workspace as entries: an envelope with its ack, a call with its answer, what became of them. */

import { dropsBefore, outcome } from "./inspector_outcome.js";

export const KEPT = 500;

/** The kinds of entries, and what each is called. */
export const KINDS = { envelope: "Envelopes", call: "API calls", effect: "Messages & views", socket: "Sockets" };

const EFFECTS = {
  message_posted: "message posted",
  message_changed: "message edited",
  message_deleted: "message deleted",
  ephemeral: "message to one person",
  reaction: "reaction",
  channel_changed: "channel changed",
  view_opened: "modal opened",
  view_updated: "modal updated",
  view_entered: "modal filled in",
  view_closed: "modal closed",
  home_published: "Home published",
};

export class Story {
  entries = [];
  #envelopes = new Map(); // the last entry of each envelope's id

  /** The entry that a change begins or goes on with; null when it is about none. */
  take(change) {
    if (change.type === "envelope") return this.#envelope(change);
    if (change.type === "ack") return this.#ack(change);
    if (change.type === "api_call") return this.#add(call(change));
    if (change.type === "socket") return this.#socket(change);
    if (change.type === "request_url") return this.#add(requestUrl(change));
    if (change.type === "faults") return null;
    return this.#add(effect(change));
  }

  has(entry) {
    return this.entries.includes(entry);
  }

  clear() {
    this.entries = [];
    this.#envelopes.clear();
  }

  #add(entry) {
    this.entries.push(entry);
    if (this.entries.length > KEPT) this.#forget(this.entries.shift());
    return entry;
  }

  #forget(entry) {
    if (this.#envelopes.get(entry.id) === entry) this.#envelopes.delete(entry.id);
  }

  #envelope(change) {
    const known = this.#envelopes.get(change.envelope_id);
    if (known && known.attempt === change.retry_attempt) return deliveredAgain(known, change);
    const entry = envelope(change);
    this.#envelopes.set(entry.id, entry);
    return this.#add(entry);
  }

  #ack(change) {
    const entry = this.#envelopes.get(change.envelope_id);
    if (!entry) return null;
    entry.changes.push(change);
    if (change.acked) entry.fate = "acked";
    else if (entry.fate === "waiting") entry.fate = "none";
    Object.assign(entry, { latency: change.latency_ms, answer: change.payload, ackSocket: change.socket, status: change.status, failure: change.failure });
    return entry;
  }

  #socket(change) {
    const entry = this.#envelopes.get(change.envelope_id);
    if (!entry) return this.#add(socket(change));
    entry.changes.push(change);
    if (change.event === "lost_ack") entry.fate = "lost";
    else if (entry.fate === "acked") entry.repeated += 1;
    else Object.assign(entry, { fate: "late", latency: change.at - entry.at });
    return entry;
  }
}

function envelope(change) {
  const { type, name, about } = carried(change);
  return {
    kind: "envelope",
    id: change.envelope_id,
    at: change.at,
    changes: [change],
    title: name,
    about: [type, about].filter(Boolean).join(" · "),
    body: change.payload,
    socket: change.socket,
    url: change.url,
    attempt: change.retry_attempt,
    queued: change.queued,
    deliveries: 1,
    repeated: 0,
    fate: "waiting",
  };
}

function deliveredAgain(entry, change) {
  entry.changes.push(change);
  if (entry.socket === null) entry.waited = change.at - entry.at; // it stood in the queue
  else entry.deliveries += 1;
  entry.socket = change.socket;
  return entry;
}

/** What an envelope carries: its type, its name, and of what it is about a word. */
function carried({ kind, payload }) {
  if (kind === "slash_commands") return { type: "command", name: payload.command, about: payload.text };
  if (kind === "events_api") return { type: "event", name: payload.event?.type, about: payload.event?.text };
  const action = payload.actions?.[0];
  const name = action?.action_id ?? payload.view?.callback_id ?? payload.callback_id;
  return { type: payload.type, name: name || payload.type, about: action?.value };
}

function call(change) {
  const { method, at, args, answer, status, duration_ms, budget, fault, retry_after } = change;
  const entry = { kind: "call", at, changes: [change], title: method, body: args, answer, status, budget, fault, retry_after };
  entry.about = String(args?.channel ?? args?.channel_id ?? args?.view_id ?? args?.user_id ?? "");
  entry.duration = duration_ms;
  if (dropsBefore(fault)) entry.answer = null; // nobody ever saw one
  entry.outcome = outcome(entry);
  return entry;
}

function effect(change) {
  const { message, view } = change;
  const files = message?.files?.map((file) => file.name).join(", ");
  const about = message?.text || files || view?.definition?.title?.text || view?.definition?.callback_id || change.name || change.channel;
  const { seq, at, type, ...body } = change;
  return { kind: "effect", at, changes: [change], title: EFFECTS[type] ?? type, about: about ?? "", body };
}

/** How the app answered the challenge that goes to a request URL first. */
function requestUrl(change) {
  const { seq, at, type, ...body } = change;
  const said = change.verified ? "request URL verified" : "request URL not verified";
  return { kind: "socket", at, changes: [change], title: said, about: [change.url, change.failure].filter(Boolean).join(" · "), body, isTrouble: !change.verified };
}

function socket(change) {
  const about = [`socket ${change.socket}`, change.reason, change.open !== undefined && `${change.open} open`];
  const { seq, at, type, ...body } = change;
  return {
    kind: "socket",
    at,
    changes: [change],
    title: change.event.replaceAll("_", " "),
    about: about.filter(Boolean).join(" · "),
    body,
    isTrouble: change.event === "unawaited_ack",
  };
}
