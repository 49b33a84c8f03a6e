/** The workspace as the page knows it: the last state, and every change since applied to it. */

export class Workspace {
  team = {};
  app = { name: "", description: "", app_home: {}, slash_commands: [], shortcuts: [] };
  users = new Map();
  channels = new Map();
  views = new Map();
  sockets = 0;
  hasVerifiedUrl = false;
  #messages = new Map();
  #order = new Map(); // of messages by channel, until one of them changes
  #seq = 0;

  /** Take a state as `GET /state` answers it. */
  load(state) {
    this.#seq = state.seq;
    this.team = state.team;
    this.app = { ...this.app, ...state.app };
    this.sockets = state.sockets;
    this.hasVerifiedUrl = state.request_url?.verified ?? false;
    this.users = new Map(state.users.map((user) => [user.id, user]));
    this.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
    this.views = new Map(state.views.map((view) => [view.id, view]));
    this.#messages = new Map();
    this.#order = new Map();
    for (const message of state.messages) this.#put(message);
  }

  /** Whether the app hears what people do, over its socket or at its request URL. */
  get isConnected() {
    return this.sockets > 0 || this.hasVerifiedUrl;
  }

  /** Apply a change that is newer than the state. False when it was in it already. */
  apply(change) {
    if (change.seq <= this.#seq) return false;
    this.#seq = change.seq;
    this.#appliers[change.type]?.(change);
    return true;
  }

  #appliers = {
    message_posted: (change) => this.#put(change.message),
    message_changed: (change) => this.#put(change.message),
    ephemeral: (change) => this.#put(change.message),
    message_deleted: (change) => this.#delete(change.channel, change.ts),
    reaction: (change) => this.#react(change),
    channel_changed: (change) => this.#channel(change),
    view_opened: (change) => this.#view(change.view),
    view_updated: (change) => this.#view(change.view),
    view_entered: (change) => this.#view(change.view),
    home_published: (change) => this.#view(change.view),
    view_closed: (change) => this.views.delete(change.view_id),
    socket: (change) => { this.sockets = change.open ?? this.sockets; },
    request_url: (change) => { this.hasVerifiedUrl = change.verified; },
  };

  #put(message) {
    if (!this.#messages.has(message.channel)) this.#messages.set(message.channel, new Map());
    this.#messages.get(message.channel).set(message.ts, message);
    this.#order.delete(message.channel);
  }

  #delete(channel, ts) {
    if (this.replies(channel, ts).length) {
      this.#put({ channel, ts, user: "USLACKBOT", subtype: "tombstone", text: "This message was deleted.", blocks: [] });
    } else {
      this.#messages.get(channel)?.delete(ts);
      this.#order.delete(channel);
    }
  }

  #react({ channel, ts, name, users }) {
    const message = this.message(channel, ts);
    if (!message) return;
    const others = (message.reactions ?? []).filter((reaction) => reaction.name !== name);
    const reactions = users.length ? [...others, { name, users, count: users.length }] : others;
    this.#put({ ...message, reactions });
  }

  #channel(change) {
    const known = this.channels.get(change.channel) ?? {};
    this.channels.set(change.channel, { ...known, ...change.record, members: change.members });
  }

  #view(record) {
    const { definition, values, ...kept } = record;
    this.views.set(record.id, { ...definition, ...kept, state: { values } });
  }

  // --- questions

  message(channel, ts) {
    return this.#messages.get(channel)?.get(ts);
  }

  /** The messages of a channel that `me` sees and that stand outside threads, oldest first. */
  roots(channel, me) {
    return visible(this.#ordered(channel).roots, me);
  }

  /** The answers in a thread that `me` sees (everybody's without `me`), oldest first. */
  replies(channel, root, me) {
    return visible(this.#ordered(channel).replies.get(root) ?? [], me);
  }

  /** All that `me` sees in a channel, replies too. */
  seen(channel, me) {
    return visible(this.#ordered(channel).all, me);
  }

  #ordered(channel) {
    if (!this.#order.has(channel)) this.#order.set(channel, ordered(this.#messages.get(channel)?.values() ?? []));
    return this.#order.get(channel);
  }

  /** Everybody who can act here: the team, and guests of other workspaces where a channel is shared with them. */
  people() {
    const shared = new Set([...this.channels.values()].flatMap((channel) => channel.members));
    return [...this.users.values()].filter((user) => !user.is_bot && (!user.team || shared.has(user.id)));
  }

  userNamed(name) {
    return [...this.users.values()].find((user) => user.name === name);
  }

  channelNamed(name) {
    return this.channels.get(name) ?? [...this.channels.values()].find((channel) => channel.name === name);
  }

  /** The channels somebody is in. */
  channelsOf(me) {
    return [...this.channels.values()].filter((channel) => channel.kind !== "im" && channel.members.includes(me));
  }

  /** The direct message between two people, once there is one. */
  direct(me, other) {
    return [...this.channels.values()].find(
      (channel) => channel.kind === "im" && channel.members.includes(me) && channel.members.includes(other) && me !== other,
    );
  }

  /** Whom a direct message is with. */
  peer(channel, me) {
    return this.users.get(channel.members.find((member) => member !== me) ?? me);
  }

  /** The modals `me` has open, the visible one last. */
  modals(me) {
    const mine = [...this.views.values()].filter((view) => view.type === "modal" && view.user === me);
    const stack = [];
    for (let below = null; ; ) {
      const above = mine.find((view) => (view.previous_view_id ?? null) === below);
      if (!above) return stack;
      stack.push(above);
      below = above.id;
    }
  }

  home(me) {
    return [...this.views.values()].find((view) => view.type === "home" && view.user === me);
  }

  isApp(user) {
    return user === this.team.bot_user;
  }
}

export function isReply(message) {
  return Boolean(message.thread_ts) && message.thread_ts !== message.ts;
}

function visible(messages, me) {
  return messages.filter((message) => !message.ephemeral_for || message.ephemeral_for === me);
}

function ordered(messages) {
  const all = [...messages].sort((one, other) => (one.ts < other.ts ? -1 : 1));
  const replies = new Map();
  for (const message of all.filter(isReply)) {
    replies.set(message.thread_ts, [...(replies.get(message.thread_ts) ?? []), message]);
  }
  return { all, roots: all.filter((message) => !isReply(message)), replies };
}
