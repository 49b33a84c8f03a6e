/** What stands at this moment: the faults that are armed, the open sockets, the channels. */

export class Standing {
  methods = [];
  armed = { calls: [], acks_to_lose: 0 };
  sockets = 0;
  channels = new Map();
  app = "";
  #connection;
  #state = null;
  #seq = 0;
  #last = 0;

  constructor(connection) {
    this.#connection = connection;
    this.#load();
  }

  /** Apply a change. Whether something stands differently now. */
  take(change) {
    const isRestarted = change.seq < this.#last; // the workspace counts from one again
    this.#last = change.seq;
    const isNew = isRestarted || this.#connection.state() !== this.#state;
    if (isNew) this.#load();
    if (change.seq <= this.#seq) return isNew;
    this.#seq = change.seq;
    return this.#apply(change) || isNew;
  }

  /** Whether the app is in a channel. */
  isIn(channel) {
    return channel.members.includes(this.app);
  }

  #apply(change) {
    if (change.type === "faults") this.armed = change.armed;
    else if (change.type === "socket") this.sockets = change.open ?? this.sockets;
    else if (change.type === "channel_changed") this.#channel(change);
    else return false;
    return true;
  }

  #load() {
    const state = this.#connection.state();
    if (!state) return;
    const { methods, ...armed } = state.faults;
    Object.assign(this, { methods: methods.toSorted(), armed, sockets: state.sockets, app: state.team.bot_user });
    this.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
    this.#state = state;
    this.#seq = state.seq;
  }

  #channel({ channel, members, record }) {
    this.channels.set(channel, { ...this.channels.get(channel), ...record, id: channel, members });
  }
}
