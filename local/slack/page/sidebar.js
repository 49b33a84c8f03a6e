/** The list of channels and people, and who one is here. */

import { avatar } from "./avatar.js";
import { fill, h, keepingFocus } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";

export class Sidebar {
  #page;
  #element;
  #drawn = "";

  constructor(page, element) {
    this.#page = page;
    this.#element = element;
    element.addEventListener("keydown", (event) => this.#steer(event));
  }

  draw() {
    const sections = this.#sections();
    const { me } = this.#page.place;
    const signature = JSON.stringify([sections.map(({ title, items }) => [title, items.map(({ face, ...item }) => item)]), me.id, this.#page.workspace.isConnected]);
    if (signature === this.#drawn) return;
    this.#drawn = signature;
    keepingFocus(this.#element, () => fill(this.#element, this.#head(), h("div", { class: "sections" }, sections.map((section) => this.#section(section))), this.#self()));
  }

  #head() {
    return h(
      "div",
      { class: "sidebar-head" },
      h("span", { class: "team" }, this.#page.workspace.team.name),
      h("button", { type: "button", class: "quiet narrow-only", "aria-label": "Close the list of channels", onclick: () => this.#page.drawer(false) }, icon("close")),
    );
  }

  #sections() {
    const { workspace, place, unread } = this.#page;
    const me = place.me.id;
    const app = workspace.users.get(workspace.team.bot_user);
    const news = (channel) => (channel ? unread.count(workspace, channel.id, me) : { any: false, mentions: 0 });
    const channels = workspace.channelsOf(me).map((channel) => ({ where: channel.name, label: channel.name, icon: channelIcon(channel), faded: channel.is_archived, ...news(channel) }));
    const people = workspace.people().filter((user) => user.id !== me);
    const directs = people.map((user) => ({ where: `@${user.name}`, label: user.real_name, face: () => avatar(user, workspace, "small"), ...news(workspace.direct(me, user.id)) }));
    const tab = workspace.app.app_home.home_tab_enabled ? "home" : "messages";
    const apps = [{ where: `app/${tab}`, label: app.real_name, face: () => avatar(app, workspace, "small"), presence: workspace.isConnected, isApp: true, ...news(workspace.direct(me, app.id)) }];
    return [{ title: "Channels", items: channels }, { title: "Direct messages", items: directs }, { title: "Apps", items: apps }].map(
      (section) => ({ ...section, items: section.items.map((item) => ({ ...item, here: isHere(item, place) })) }),
    );
  }

  #section({ title, items }) {
    const id = `section-${title.replace(" ", "-").toLowerCase()}`;
    return h("section", { "aria-labelledby": id }, h("h2", { id }, title), h("ul", {}, items.map((item) => h("li", {}, this.#item(item)))));
  }

  #item(item) {
    const classes = ["spot", item.any && !item.here && "spot-unread", item.faded && "spot-faded"].filter(Boolean).join(" ");
    return h(
      "a",
      { class: classes, href: this.#page.addressOf(item.where), "aria-current": item.here ? "page" : null, "data-key": `spot:${item.where}`, onclick: () => this.#page.drawer(false) },
      item.face ? item.face() : icon(item.icon),
      h("span", { class: "spot-label" }, item.label),
      item.isApp && presence(item.presence),
      item.any && !item.here && news(item.mentions),
    );
  }

  #self() {
    const { workspace, place } = this.#page;
    const button = h(
      "button",
      { type: "button", class: "self", "aria-haspopup": "menu", "data-key": "self", "aria-label": `You are ${place.me.real_name}. Act as somebody else`, onclick: () => openMenu(button, "Act as", this.#people()) },
      avatar(place.me, workspace),
      h("span", { class: "self-text" }, h("small", {}, "You are"), h("span", {}, place.me.real_name)),
      icon("switch"),
    );
    return h("div", { class: "sidebar-foot" }, button);
  }

  #people() {
    const { workspace, place } = this.#page;
    return [
      { heading: "Act as" },
      ...workspace.people().map((user) => ({
        label: user.real_name,
        description: user.is_owner ? `@${user.name} · owner` : `@${user.name}`,
        face: avatar(user, workspace),
        checked: user.id === place.me.id,
        run: () => this.#page.become(user),
      })),
    ];
  }

  #steer(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const spots = [...this.#element.querySelectorAll(".spot")];
    const at = spots.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    spots[(at + step + spots.length) % spots.length].focus();
  }
}

export function channelIcon(channel) {
  if (channel.is_archived) return "archive";
  return channel.kind === "private" ? "lock" : "hash";
}

function isHere(item, place) {
  return item.isApp ? place.where.startsWith("app/") : item.where === place.where;
}

function presence(connected) {
  const label = connected ? "connected" : "not connected";
  return h("span", { class: `presence${connected ? " presence-on" : ""}`, role: "img", "aria-label": label, title: `The app is ${label}` });
}

function news(mentions) {
  if (mentions) return h("span", { class: "count", "aria-label": `${mentions} mentions` }, String(mentions));
  return h("span", { class: "dot", role: "img", "aria-label": "unread" });
}
