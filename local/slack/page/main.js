/** The page: one workspace, one place in it, and the panes that show it. */

import { ChannelPane } from "./channel.js";
import { Connection } from "./connection.js";
import { playFilm } from "./dialog.js";
import { h } from "./dom.js";
import { Desk } from "./entries.js";
import { Interactions } from "./interactions.js";
import { hashOf } from "./links.js";
import { spoken } from "./message.js";
import { Modal } from "./modal.js";
import { address, located, remember } from "./place.js";
import { Sidebar } from "./sidebar.js";
import { ThreadPane } from "./thread.js";
import { Unread } from "./unread.js";
import { Workspace, isReply } from "./workspace.js";

const NEWS_KEPT = 8; // several may come in before a screen reader has read the first

class Page {
  connection = new Connection();
  workspace = new Workspace();
  interactions = new Interactions(this.connection);
  desk = new Desk();
  folds = new Set();
  unread = new Unread();
  place = null;
  hasActed = false;
  isInspecting = false;
  #notices = [];
  #dismissed = new Set();
  #due = false;
  #pointed = "";
  #inspector = null;
  #panes;

  start() {
    const by = (id) => document.getElementById(id);
    this.#panes = { sidebar: new Sidebar(this, by("sidebar")), channel: new ChannelPane(this, by("content")), thread: new ThreadPane(this, by("thread")), modal: new Modal(this) };
    this.connection.watch((news) => this.#hear(news));
    addEventListener("hashchange", () => { this.hasActed = true; this.draw(); });
    addEventListener("focus", () => this.draw());
    by("shade").addEventListener("click", () => this.drawer(false));
    by("sidebar").addEventListener("keydown", (event) => event.key === "Escape" && this.drawer(false));
    document.addEventListener("click", (event) => this.#follow(event));
    this.connection.follow();
  }

  // --- what comes in

  #hear({ state, change, away }) {
    if (away !== undefined) this.#away(away);
    if (state) this.workspace.load(state);
    if (change && this.workspace.apply(change)) this.#announce(change);
    if (change?.message && !this.#knows(change.message)) this.connection.refresh();
    if (state || change) this.#later();
  }

  #knows(message) {
    return this.workspace.users.has(message.user) && this.workspace.channels.get(message.channel)?.kind;
  }

  #away(away) {
    const status = document.getElementById("status");
    status.textContent = away ? "The workspace is away. Trying to reach it again …" : "";
    status.hidden = !away;
  }

  /** Draw once for all that came in together. */
  #later() {
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => { this.#due = false; this.draw(); });
  }

  #announce({ type, message, previous_text }) {
    if (!message || !this.place || message.channel !== this.place.channel?.id || message.user === this.place.me.id) return;
    if (message.ephemeral_for && message.ephemeral_for !== this.place.me.id) return;
    if (type === "message_changed" && message.text === previous_text) return;
    const news = document.getElementById("news");
    news.append(h("p", {}, spoken(message, this)));
    if (news.childElementCount > NEWS_KEPT) news.firstElementChild.remove();
  }

  // --- what is seen

  draw() {
    if (!this.workspace.users.size) return;
    this.place = located(this.workspace, location.hash);
    remember(this.place.me);
    const hash = address({ user: this.place.me.name, where: this.place.where, thread: this.place.thread, message: this.place.message });
    if (location.hash !== hash) history.replaceState(null, "", hash);
    if (this.place.channel && document.hasFocus()) this.unread.see(this.workspace, this.place.channel.id, this.place.me.id);
    this.#panes.sidebar.draw();
    this.#panes.channel.draw();
    this.#panes.thread.draw();
    this.#panes.modal.draw();
    document.title = `${this.#name()} · ${this.workspace.team.name}`;
    this.#point(hash);
  }

  #name() {
    const { kind, channel, peer } = this.place;
    return kind === "home" ? `${this.workspace.app.name} Home` : peer?.real_name ?? `#${channel.name}`;
  }

  #point(hash) {
    const { message, thread } = this.place;
    if (!message || this.#pointed === hash) return;
    this.#pointed = hash;
    (message === thread ? this.#panes.channel : this.#panes.thread).point(message);
  }

  /** The messages of a channel or a thread that are shown, the page's own notices among them. */
  messagesOf(channel, thread) {
    const { me, where } = this.place;
    const found = channel ? (thread ? this.#thread(channel, thread) : this.workspace.roots(channel, me.id)) : [];
    const notices = this.#notices.filter((notice) => notice.ephemeral_for === me.id && notice.where === where && (notice.thread ?? null) === (thread ?? null));
    const shown = found.filter((message) => !this.#dismissed.has(`${message.channel}/${message.ts}`));
    return [...shown, ...notices].sort((one, other) => (one.ts < other.ts ? -1 : 1));
  }

  #thread(channel, thread) {
    return [this.workspace.message(channel, thread), ...this.workspace.replies(channel, thread, this.place.me.id)];
  }

  /** A sentence for whoever acts, in the place where they did it. */
  notice({ where, thread }, text) {
    const ts = (Date.now() / 1000).toFixed(6);
    this.#notices.push({ ts, where, thread, text: escaped(text), user: "USLACKBOT", ephemeral_for: this.place.me.id, local: true, blocks: [] });
    this.draw();
  }

  dismiss(message) {
    this.#dismissed.add(`${message.channel}/${message.ts}`);
    this.#notices = this.#notices.filter((notice) => notice !== message);
    this.draw();
  }

  // --- what somebody does

  /** `POST /act/<verb>` as whoever is looking. */
  act(verb, body = {}) {
    this.hasActed = true;
    return this.connection.act(verb, { user: this.place.me.id, ...body });
  }

  /** Where an act takes place. */
  spot({ thread = null } = {}) {
    const { channel, peer, where } = this.place;
    return { channel: channel?.id ?? `@${peer.name}`, where, thread };
  }

  async useShortcut(shortcut, message) {
    const on = message ? { channel: message.channel, message_ts: message.ts } : {};
    const answer = await this.act("shortcut", { callback_id: shortcut.callback_id, ...on });
    if (answer.ok && answer.acked) return;
    const thread = message && isReply(message) && this.place.thread ? message.thread_ts : null;
    this.notice(this.place.channel ? this.spot({ thread }) : { where: this.place.where, thread: null }, answer.error ?? `${shortcut.name} did not answer. Try again.`);
  }

  /** The address of the place with a part of it changed. */
  address(change) {
    const { me, where, thread } = this.place;
    return address({ user: me.name, where, thread, ...change });
  }

  addressOf(where) {
    return address({ user: this.place.me.name, where });
  }

  go(change) {
    location.hash = this.address(change);
  }

  /** Act as somebody else, in the same place when they may be there. */
  become(user) {
    this.hasActed = true;
    location.hash = address({ user: user.name, where: this.place.where.startsWith("@") ? "general" : this.place.where });
  }

  /** Show or hide the list of channels in a narrow window. */
  drawer(open) {
    if (document.body.classList.contains("with-drawer") === open) return;
    document.body.classList.toggle("with-drawer", open);
    const target = open ? "#sidebar .spot[aria-current], #sidebar .spot" : '#content [data-key="drawer"]';
    document.querySelector(target)?.focus();
  }

  /** Show or hide the inspector, a module of its own that is loaded when it is wanted. */
  async inspect(wanted) {
    const pane = document.getElementById("inspector");
    this.isInspecting = wanted;
    pane.hidden = !wanted;
    document.body.classList.toggle("with-inspector", wanted);
    this.draw();
    if (!wanted || this.#inspector) return;
    try {
      await styled("/page/inspector.css"); // first: its log measures itself when it is mounted
      this.#inspector = await import("./inspector.js");
      this.#inspector.mount(pane, this.connection);
    } catch {
      pane.textContent = "The inspector could not be loaded.";
    }
  }

  #follow(event) {
    const anchor = event.target.closest?.("a");
    if (!anchor || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (anchor.classList.contains("skip")) {
      event.preventDefault(); // the hash says where somebody is
      document.querySelector(anchor.hash).focus();
    } else if (anchor.dataset.film !== undefined) {
      event.preventDefault();
      playFilm(anchor.href, titleOf(anchor));
    } else if (anchor.dataset.here) {
      event.preventDefault();
      location.hash = hashOf(anchor.dataset.here, this.workspace);
    }
  }
}

/** Load a style sheet. Rejects when there is none. */
function styled(href) {
  return new Promise((resolve, reject) => {
    document.head.append(h("link", { rel: "stylesheet", href, onload: resolve, onerror: reject }));
  });
}

/** What stands before a link in its line, as in "1. The price  Watch". */
function titleOf(anchor) {
  let before = "";
  for (let node = anchor.previousSibling; node && !before.includes("\n"); node = node.previousSibling) before = node.textContent + before;
  return before.split("\n").at(-1).replace(/\s+score \d+\s*$/, "").trim() || anchor.textContent;
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

new Page().start();
