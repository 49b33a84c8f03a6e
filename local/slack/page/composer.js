/** Where people write: messages, answers, commands; and the door to the app's shortcuts. */

import { avatar } from "./avatar.js";
import { Completion, OWN } from "./completion.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";

const COMMAND = /^(\/\S+)(?:\s+([\s\S]*))?$/;
const TALLEST_PX = 240;

export class Composer {
  #page;
  #spot;
  #input;
  #completion;

  /** `spot()`: `{channel, thread}` where it writes now. */
  constructor(page, label, spot) {
    this.#page = page;
    this.#spot = spot;
    this.#input = h("textarea", { rows: "1", placeholder: label, "aria-label": label, role: "combobox", "aria-expanded": "false", "data-key": `composer:${label}`, oninput: () => this.#typed(), onkeydown: (event) => this.#key(event) });
    this.#completion = new Completion(this.#input, () => [...page.workspace.app.slash_commands, ...OWN], (command) => this.#put(`${command} `));
    this.hint = h("div", { class: "composer-hint", hidden: true });
    this.element = h("div", { class: "composer-place" }, this.#completion.element, h("form", { class: "composer", onsubmit: (event) => this.#submit(event) }, this.#input, this.hint, this.#bar()));
  }

  focus() {
    this.#input.focus();
  }

  #bar() {
    const bolt = h("button", { type: "button", class: "quiet", "aria-label": "Shortcuts", title: "Shortcuts", "aria-haspopup": "menu", onclick: () => openMenu(bolt, "Shortcuts", this.#shortcuts()) }, icon("bolt"));
    const chooser = h("input", { type: "file", hidden: true, "aria-label": "File to send", onchange: () => this.#attach(chooser) });
    const attach = h("button", { type: "button", class: "quiet", "aria-label": "Attach a file", title: "Attach a file", onclick: () => chooser.click() }, icon("plus"));
    return h(
      "div",
      { class: "composer-bar" },
      chooser,
      attach,
      bolt,
      h("span", { class: "composer-keys" }, h("kbd", {}, "Enter"), " sends, ", h("kbd", {}, "Shift Enter"), " breaks the line"),
      h("button", { type: "submit", class: "send", "aria-label": "Send", title: "Send" }, icon("send")),
    );
  }

  #shortcuts() {
    const { app, users, team } = this.#page.workspace;
    const face = () => avatar(users.get(team.bot_user), this.#page.workspace, "small");
    const globals = app.shortcuts.filter((shortcut) => shortcut.type === "global");
    return [
      { heading: `Shortcuts of ${app.name || "the app"}` },
      ...globals.map((shortcut) => ({ label: shortcut.name, description: shortcut.description, face: face(), run: () => this.#page.useShortcut(shortcut) })),
      ...app.slash_commands.map(({ command, description }) => ({ label: command, description, face: face(), run: () => this.#put(`${command} `) })),
    ];
  }

  #put(content) {
    this.#input.value = content;
    this.#typed();
    this.focus();
  }

  #typed() {
    this.#completion.update();
    const command = COMMAND.exec(this.#input.value);
    const hint = command && !command[2] && /\s$/.test(this.#input.value) ? this.#known(command[1])?.usage_hint : "";
    this.hint.hidden = !hint;
    this.hint.textContent = hint ? `${command[1]} ${hint}` : "";
    this.#input.style.setProperty("height", "auto");
    this.#input.style.setProperty("height", `${Math.min(this.#input.scrollHeight, TALLEST_PX)}px`);
  }

  #key(event) {
    if (this.#completion.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
  }

  async #submit(event) {
    event.preventDefault();
    const content = this.#input.value.trim();
    if (!content) return;
    this.#put("");
    const error = await this.#send(content);
    if (!error) return;
    this.#page.notice(this.#spot(), error);
    if (!this.#input.value) this.#put(content); // nothing that was typed is lost
  }

  /** Send a file with what stands in the composer. */
  async #attach(chooser) {
    const [file] = chooser.files;
    chooser.value = "";
    if (!file) return;
    const text = this.#input.value.trim();
    this.#put("");
    const { channel, thread } = this.#spot();
    const answer = await this.#page.connection.upload({ user: this.#page.place.me.id, channel, thread_ts: thread, name: file.name, text }, file);
    if (!answer.ok) this.#page.notice(this.#spot(), answer.error);
  }

  /** Send it. What went wrong as a sentence, or nothing. */
  async #send(content) {
    const command = COMMAND.exec(content);
    if (command) return this.#command(command[1], command[2] ?? "");
    const { channel, thread } = this.#spot();
    const answer = await this.#page.act("message", { channel, text: content, thread_ts: thread ?? undefined });
    return answer.ok ? null : answer.error;
  }

  async #command(command, text) {
    const known = this.#known(command);
    if (!known) return `${command} is not a valid command. In Slack, too, everything after a slash at the start of a message is one.`;
    if (known.own) return this.#membership(command, text);
    const { channel, thread } = this.#spot();
    const answer = await this.#page.act("command", { channel, command, text, thread_ts: thread ?? undefined, escape: known.should_escape });
    return answer.ok ? null : answer.error;
  }

  async #membership(command, text) {
    const { workspace } = this.#page;
    const app = workspace.users.get(workspace.team.bot_user);
    const name = text.trim().replace(/^@/, "").toLowerCase();
    if (name !== app.name && name !== app.real_name.toLowerCase()) return `Here only the app can be invited or removed: ${command} @${app.real_name}`;
    const answer = await this.#page.connection.act("member", { channel: this.#spot().channel, join: command === "/invite" });
    return answer.ok ? `${app.real_name} ${command === "/invite" ? "is in this channel now." : "has left this channel."}` : answer.error;
  }

  #known(command) {
    return [...this.#page.workspace.app.slash_commands, ...OWN].find((each) => each.command === command);
  }
}
