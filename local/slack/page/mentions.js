/** People, channels and groups where they are mentioned. */

import { h } from "./dom.js";

/** A person; a click on one leads nowhere here. */
export function userMention(workspace, me, id, label) {
  const user = workspace.users.get(id);
  const name = user ? user.real_name : label || id;
  return h("span", { class: `mention${id === me ? " mention-me" : ""}` }, `@${name}`);
}

/** A channel, as a link to it where `me` may go there. */
export function channelMention(workspace, me, id, label) {
  const channel = workspace.channels.get(id);
  const name = channel?.name || label || id;
  if (!channel?.members.includes(me)) return h("span", { class: "mention" }, `#${name}`);
  return h("a", { class: "mention", href: `#/~/${encodeURIComponent(channel.name || id)}`, "data-key": `channel:${id}` }, `#${name}`);
}

/** `@here` and its siblings, which ring for everybody: shown as loudly as Slack does. */
export function broadcast(range) {
  return h("span", { class: "mention mention-me" }, `@${range}`);
}

export function groupMention(id, label) {
  return h("span", { class: "mention" }, label?.startsWith("@") ? label : `@${label || id}`);
}
