/** What somebody has not read yet; kept in this browser, for each person apart. */

const KEY = "reel.read";

export class Unread {
  #read;

  constructor() {
    this.#read = stored();
  }

  /** Note that `me` sees all of a channel. */
  see(workspace, channel, me) {
    const newest = workspace.seen(channel, me).at(-1)?.ts;
    if (!newest || newest <= this.#last(workspace, channel, me)) return;
    this.#read[`${workspace.team.id}/${me}/${channel}`] = newest;
    store(this.#read);
  }

  /** How much is new to `me`: `{any, mentions}`. Answers in threads only count where they mention them. */
  count(workspace, channel, me) {
    const last = this.#last(workspace, channel, me);
    const fresh = workspace.seen(channel, me).filter((message) => message.ts > last && message.user !== me);
    const mentions = fresh.filter((message) => mentioned(message, me)).length;
    const roots = fresh.some((message) => !message.thread_ts || message.thread_ts === message.ts);
    return { any: roots || mentions > 0, mentions };
  }

  #last(workspace, channel, me) {
    const key = `${workspace.team.id}/${me}/${channel}`;
    if (!(key in this.#read)) this.#read[key] = workspace.seen(channel, me).at(-1)?.ts ?? "0"; // what was there before is old
    return this.#read[key];
  }
}

function mentioned(message, me) {
  return message.text?.includes(`<@${me}>`) || JSON.stringify(message.blocks ?? []).includes(`"user_id":"${me}"`);
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function store(read) {
  try {
    localStorage.setItem(KEY, JSON.stringify(read));
  } catch {
    /* a private window keeps nothing */
  }
}
