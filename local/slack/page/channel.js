/** The main pane: a channel, a direct message, or the app with its tabs. */

import { avatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { fill, h, keepingFocus } from "./dom.js";
import { Home } from "./home.js";
import { icon } from "./icons.js";
import { MessageList } from "./message_list.js";
import { channelIcon } from "./sidebar.js";

export class ChannelPane {
  #page;
  #element;
  #head = h("header", { class: "pane-head" });
  #spot = "";
  #drawn = "";
  #messages;
  #home;

  constructor(page, element) {
    this.#page = page;
    this.#element = element;
  }

  draw() {
    const { place } = this.#page;
    const spot = `${place.me.id} ${place.where} ${this.#silence() ?? ""}`;
    if (spot !== this.#spot) this.#arrive(spot);
    this.#drawHead();
    if (place.kind === "home") this.#home.draw();
    else this.#messages.show(this.#page.messagesOf(place.channel?.id), this.#intro());
  }

  /** Bring a message into sight. */
  point(ts) {
    this.#messages?.point(ts);
  }

  #arrive(spot) {
    const { place } = this.#page;
    this.#spot = spot;
    this.#messages = this.#home = null;
    this.#element.setAttribute("aria-label", this.#title());
    if (place.kind === "home") {
      this.#home = new Home(this.#page);
      fill(this.#element, this.#head, this.#home.element);
      return;
    }
    this.#messages = new MessageList(this.#page, `Messages in ${this.#title()}`);
    fill(this.#element, this.#head, this.#messages.element, this.#messages.jump, this.#foot());
  }

  #foot() {
    const silence = this.#silence();
    if (silence) return h("p", { class: "silence" }, silence);
    const { me } = this.#page.place;
    return new Composer(this.#page, `Message ${this.#title()} as ${me.real_name.split(" ")[0]}`, () => this.#page.spot()).element;
  }

  #silence() {
    const { channel, peer } = this.#page.place;
    const { app_home: home, name } = this.#page.workspace.app;
    if (channel?.is_archived) return "This channel is archived: it can be read, and nobody can write in it.";
    if (peer && this.#page.workspace.isApp(peer.id) && home.messages_tab_read_only_enabled) return `Sending messages to ${name || "this app"} has been turned off. It still writes to you here.`;
    return null;
  }

  #title() {
    const { kind, channel, peer } = this.#page.place;
    if (kind === "home") return `${this.#page.workspace.app.name || "The app"}, Home`;
    return peer ? peer.real_name : `#${channel.name}`;
  }

  #drawHead() {
    const { workspace, place, isInspecting } = this.#page;
    const signature = JSON.stringify([place.me.id, place.where, place.channel?.members, place.channel?.is_archived, workspace.app.app_home, isInspecting, workspace.isConnected]);
    if (signature === this.#drawn) return;
    this.#drawn = signature;
    keepingFocus(this.#head, () => fill(this.#head, this.#drawer(), h("div", { class: "pane-title" }, this.#heading(), this.#tabs()), this.#inspect()));
  }

  #drawer() {
    return h("button", { type: "button", class: "quiet narrow-only", "aria-label": "Show the list of channels", "data-key": "drawer", onclick: () => this.#page.drawer(true) }, icon("menu"));
  }

  #heading() {
    const { workspace, place } = this.#page;
    const app = workspace.users.get(workspace.team.bot_user);
    if (place.kind === "home" || place.peer) {
      const who = place.peer ?? app;
      return h("h1", {}, avatar(who, workspace, "small"), h("span", {}, who.real_name), workspace.isApp(who.id) && h("span", { class: "badge" }, "APP"));
    }
    return h("h1", {}, icon(channelIcon(place.channel)), h("span", {}, place.channel.name), this.#members(place.channel, app));
  }

  #members(channel, app) {
    const here = channel.members.includes(app.id);
    const count = channel.members.filter((id) => id !== app.id).length;
    return h("span", { class: "pane-about" }, icon("people"), h("span", {}, String(count)), h("span", { class: here ? "with-app" : "without-app" }, here ? `with ${app.real_name}` : `${app.real_name} is not here`));
  }

  #tabs() {
    const { workspace, place } = this.#page;
    if (!place.where.startsWith("app/") || !workspace.app.app_home.home_tab_enabled) return null;
    const tab = (where, label) => h("a", { href: this.#page.addressOf(where), "aria-current": place.where === where ? "page" : null, "data-key": `tab:${where}` }, label);
    return h("nav", { class: "tabs", "aria-label": "Tabs of the app" }, tab("app/home", "Home"), tab("app/messages", "Messages"));
  }

  #inspect() {
    return h(
      "button",
      { type: "button", class: "quiet inspect", "aria-pressed": String(this.#page.isInspecting), "data-key": "inspect", title: "What the app sends and receives", onclick: () => this.#page.inspect(!this.#page.isInspecting) },
      icon("pulse"),
      h("span", {}, "Inspector"),
    );
  }

  #intro() {
    const { workspace, place } = this.#page;
    const command = workspace.app.slash_commands[0];
    const title = place.peer ? `This is between you and ${place.peer.real_name}.` : `This is the beginning of #${place.channel.name}.`;
    const isApp = place.peer && workspace.isApp(place.peer.id);
    const invitation = !place.peer && command && h("p", {}, "Type ", h("code", {}, command.command), ` to ${lowered(command.description)}, or pick a shortcut in a message's `, h("strong", {}, "⋯"), " menu.");
    return h("div", { class: "intro" }, place.peer ? avatar(place.peer, workspace, "large") : h("span", { class: "intro-icon" }, icon(channelIcon(place.channel))), h("h2", {}, title), isApp ? h("p", {}, workspace.app.description) : invitation);
  }
}

function lowered(sentence) {
  return sentence ? sentence[0].toLowerCase() + sentence.slice(1).replace(/\.$/, "") : "use the app";
}
