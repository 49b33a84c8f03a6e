/** The page's one line to the workspace: its state, every change in order, and what a person does. */

const WAIT_S = 25;
const KEPT = 500;
const PAUSES_MS = [250, 500, 1000, 2000];

export class Connection {
  #state = null;
  #seq = 0;
  #kept = [];
  #listeners = new Set();
  #watchers = new Set();
  #stale = true;

  /** The last `/state`, or null before the first one. */
  state() {
    return this.#state;
  }

  /** Tell `listener` every change as `/changes` has it, beginning with the newest ones. Returns a way to stop. */
  on(listener) {
    for (const change of this.#kept) listener(change);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tell `watcher` of `{state}` when it was read anew, `{change}`, and `{away}` when the line breaks or is back. */
  watch(watcher) {
    this.#watchers.add(watcher);
  }

  /** Read the state anew before the next change. */
  refresh() {
    this.#stale = true;
  }

  /** `POST /act/<verb>`; the JSON answer, also of a refusal: `{ok: false, error}`. Never throws. */
  async act(verb, body = {}) {
    try {
      const response = await fetch(`/act/${verb}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return await response.json();
    } catch {
      return { ok: false, error: "The workspace cannot be reached. Try again in a moment." };
    }
  }

  /** Put a file into a channel or a thread: `POST /act/file`, where `query` says who, where and its name. Never throws. */
  async upload(query, file) {
    try {
      const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
      const response = await fetch(`/act/file?${new URLSearchParams(given)}`, { method: "POST", body: file });
      return await response.json();
    } catch {
      return { ok: false, error: "The file could not be sent. Try again in a moment." };
    }
  }

  /** Follow the workspace for as long as the page is open. */
  async follow() {
    for (let failures = 0; ; ) {
      try {
        if (this.#stale) await this.#load();
        if (failures) this.#tell({ away: false });
        failures = 0;
        await this.#listen();
      } catch {
        if (!failures) this.#tell({ away: true });
        this.#stale = true;
        await pause(PAUSES_MS[Math.min(failures++, PAUSES_MS.length - 1)]);
      }
    }
  }

  async #load() {
    const state = await read("/state");
    this.#stale = false;
    if (state.seq < this.#seq) this.#seq = 0; // it was started again and counts from one
    if (!this.#state) this.#seq = Math.max(0, state.seq - KEPT);
    this.#state = state;
    this.#tell({ state });
  }

  async #listen() {
    const page = await read(`/changes?after=${this.#seq}&wait=${WAIT_S}`);
    if (page.seq < this.#seq) this.#stale = true;
    for (const change of page.changes) {
      this.#seq = change.seq;
      this.#kept.push(change);
      if (this.#kept.length > KEPT) this.#kept.shift();
      this.#tell({ change });
      for (const listener of this.#listeners) listener(change);
    }
  }

  #tell(news) {
    for (const watcher of this.#watchers) watcher(news);
  }
}

async function read(address) {
  const response = await fetch(address, { cache: "no-store" });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return response.json();
}

function pause(milliseconds) {
  return new Promise((resume) => setTimeout(resume, milliseconds));
}
