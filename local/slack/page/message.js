/** One message: who, when, what; reactions, the way into its thread, and its menu. */

import { attachment } from "./attachments.js";
import { avatar } from "./avatar.js";
import { blocks } from "./blocks.js";
import { clock, exact, fromTs, lately } from "./dates.js";
import { fill, h } from "./dom.js";
import { emoji } from "./emoji.js";
import { files } from "./files.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { mrkdwn, plain } from "./mrkdwn.js";
import { isReply } from "./workspace.js";

const MOVING = new Set(["reactions", "reply_count", "reply_users", "reply_users_count", "latest_reply", "thread_ts"]);

/** What the drawing of a message's body depends on. */
export function signature(message) {
  return JSON.stringify(message, (name, value) => (MOVING.has(name) ? undefined : value));
}

/** A message's element. `compact`: it goes on where the one above by the same person ended. */
export function drawMessage(message, page, { compact, inThread }) {
  const author = page.workspace.users.get(message.user);
  const date = fromTs(message.ts);
  const classes = ["message", compact && "message-compact", message.ephemeral_for && "message-private", message.subtype === "tombstone" && "message-gone"];
  return h(
    "article",
    { class: classes.filter(Boolean).join(" "), tabindex: "-1", "data-ts": message.ts, "data-key": `message:${message.ts}`, "aria-label": `${author?.real_name ?? "Somebody"}, ${clock(date)}` },
    h("div", { class: "message-side" }, compact ? stamp(date, "message-hover-time") : avatar(author, page.workspace)),
    h(
      "div",
      { class: "message-main" },
      message.ephemeral_for && h("div", { class: "message-eye" }, icon("eye"), "Only visible to you"),
      !compact && heading(author, date, page),
      h("div", { class: "message-body", dir: "auto" }, body(message, page)),
      h("div", { class: "message-foot" }),
      message.ephemeral_for && dismiss(message, page),
    ),
    toolbar(message, page, inThread),
  );
}

function heading(author, date, page) {
  const isApp = author && page.workspace.isApp(author.id);
  return h("div", { class: "message-head" }, h("span", { class: "name" }, author?.real_name ?? "Somebody"), isApp && h("span", { class: "badge" }, "APP"), stamp(date, "time"));
}

function stamp(date, name) {
  return h("time", { class: name, datetime: date.toISOString(), title: exact(date) }, clock(date));
}

function body(message, page) {
  if (message.subtype === "tombstone") return h("em", {}, message.text);
  const context = surface(message, page);
  const edited = message.edited && h("span", { class: "edited", title: exact(fromTs(message.edited.ts)) }, " (edited)");
  const content = message.blocks?.length ? blocks(message.blocks, context) : message.text && h("div", { class: "text" }, mrkdwn(message.text, context), edited);
  return [
    content,
    message.blocks?.length > 0 && edited,
    message.files?.length > 0 && files(message.files),
    (message.attachments ?? []).map((part) => attachment(part, context)),
  ];
}

/** What the blocks of a message need to know about where they stand. */
function surface(message, page) {
  return {
    workspace: page.workspace,
    me: page.place.me.id,
    interactions: page.interactions,
    folds: page.folds,
    entries: page.desk.of(`${message.channel}/${message.ts}`),
    key: `${message.channel}/${message.ts}`,
    click: (block, spec, value) => ({
      user: page.place.me.id,
      channel: message.channel,
      message_ts: message.ts,
      block_id: block.block_id,
      action_id: spec.action_id,
      value,
    }),
  };
}

function dismiss(message, page) {
  return h("button", { type: "button", class: "text-button", "data-key": `dismiss:${message.ts}`, onclick: () => page.dismiss(message) }, "Dismiss message");
}

/** The part that changes around a message: reactions, and the door to its thread. */
export function drawFoot(element, message, page, { inThread }) {
  const replies = inThread ? [] : page.workspace.replies(message.channel, message.ts, page.place.me.id);
  const reactions = message.reactions ?? [];
  const drawn = JSON.stringify([reactions, replies.map((reply) => [reply.ts, reply.user])]);
  if (element.dataset.foot === drawn) return;
  element.dataset.foot = drawn;
  fill(
    element.querySelector(".message-foot"),
    reactions.length > 0 && h("ul", { class: "reactions", "aria-label": "Reactions" }, reactions.map((each) => reaction(each, page))),
    replies.length > 0 && door(message, replies, page),
  );
}

function reaction({ name, users, count }, page) {
  const who = users.map((id) => page.workspace.users.get(id)?.real_name ?? id).join(", ");
  const mine = users.includes(page.place.me.id);
  return h("li", { class: `reaction${mine ? " reaction-mine" : ""}`, title: `${who}: :${name}:` }, emoji(name) ?? `:${name}:`, h("span", { class: "reaction-count" }, String(count)));
}

function door(message, replies, page) {
  const faces = [...new Set(replies.map((reply) => reply.user))].slice(0, 4);
  const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  return h(
    "a",
    { class: "door", href: page.address({ thread: message.ts }), "data-key": `door:${message.ts}` },
    h("span", { class: "faces" }, faces.map((id) => avatar(page.workspace.users.get(id), page.workspace, "small"))),
    h("span", { class: "door-count" }, count),
    h("span", { class: "door-last" }, `Last reply ${lately(fromTs(replies.at(-1).ts))}`),
    icon("right"),
  );
}

function toolbar(message, page, inThread) {
  if (message.local || message.subtype === "tombstone" || message.ephemeral_for) return null;
  const name = page.workspace.users.get(message.user)?.real_name ?? "somebody";
  const root = isReply(message) ? message.thread_ts : message.ts;
  const more = h(
    "button",
    { type: "button", class: "quiet", tabindex: "-1", "aria-haspopup": "menu", "aria-label": `More actions for the message by ${name}`, title: "More actions", "data-key": `more:${message.ts}`, onclick: () => openMenu(more, "More actions", actions(message, page)) },
    icon("dots"),
  );
  return h(
    "div",
    { class: "toolbar", role: "group", "aria-label": "Message actions" },
    !inThread && h("a", { class: "quiet", tabindex: "-1", href: page.address({ thread: root }), "aria-label": "Reply in thread", title: "Reply in thread", "data-key": `reply:${message.ts}` }, icon("reply")),
    more,
  );
}

function actions(message, page) {
  const { app, users, team } = page.workspace;
  const shortcuts = app.shortcuts.filter((shortcut) => shortcut.type === "message");
  return [
    ...shortcuts.map((shortcut) => ({
      label: shortcut.name,
      description: app.name,
      face: avatar(users.get(team.bot_user), page.workspace, "small"),
      run: () => page.useShortcut(shortcut, message),
    })),
    { label: "Copy link", icon: "link", run: () => copyLink(message) },
  ];
}

async function copyLink(message) {
  const path = `/archives/${message.channel}/p${message.ts.replace(".", "")}`;
  const query = isReply(message) ? `?thread_ts=${message.thread_ts}&cid=${message.channel}` : "";
  await navigator.clipboard.writeText(location.origin + path + query);
}

/** What a screen reader is told when a message comes in or its card changes. */
export function spoken(message, page) {
  const author = page.workspace.users.get(message.user)?.real_name ?? "Somebody";
  const said = message.text ? plain(message.text, { workspace: page.workspace, me: page.place.me.id }) : "a message";
  const carried = message.files?.length ? ` With ${message.files.length === 1 ? "a file" : `${message.files.length} files`}.` : "";
  return `${author}: ${said}${carried}`;
}
