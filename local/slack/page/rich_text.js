/** rich_text blocks: their text is literal. Source: docs.slack.dev, "Rich text block". */

import { dateText } from "./dates.js";
import { h, text } from "./dom.js";
import { emoji } from "./emoji.js";
import { link } from "./links.js";
import { broadcast, channelMention, groupMention, userMention } from "./mentions.js";
import { unknown } from "./unknown.js";

const BULLETS = ["disc", "circle", "square"];
const NUMBERS = ["decimal", "lower-alpha", "lower-roman"];

/** The block's element. `context` is `{workspace, me}`. */
export function richText(block, context) {
  return h("div", { class: "rich-text" }, block.elements.map((part) => (PARTS[part.type] ?? unknown)(part, context)));
}

const PARTS = {
  rich_text_section: (part, context) => h("div", { class: "rich-section" }, inlines(part, context)),
  rich_text_quote: (part, context) => h("blockquote", {}, inlines(part, context)),
  rich_text_preformatted: (part, context) => h("pre", {}, inlines(part, context)),
  rich_text_list: list,
};

function list(part, context) {
  const indent = part.indent ?? 0;
  const ordered = part.style === "ordered";
  const kinds = ordered ? NUMBERS : BULLETS;
  return h(
    ordered ? "ol" : "ul",
    { start: ordered && part.offset ? part.offset + 1 : null, style: { "--indent": String(indent), "list-style-type": kinds[indent % 3] } },
    part.elements.map((item) => h("li", {}, inlines(item, context))),
  );
}

function inlines(part, context) {
  return part.elements.map((element) => styled(element, (INLINE[element.type] ?? unknown)(element, context)));
}

const INLINE = {
  text: (element) => text(element.text),
  link: (element) => link(element.url, element.text || element.url),
  user: (element, { workspace, me }) => userMention(workspace, me, element.user_id),
  channel: (element, { workspace, me }) => channelMention(workspace, me, element.channel_id),
  usergroup: (element) => groupMention(element.usergroup_id),
  team: (element, { workspace }) => text(element.team_id === workspace.team.id ? workspace.team.name : element.team_id),
  broadcast: (element) => broadcast(element.range),
  emoji: (element) => text(character(element)),
  date: (element) => date(element),
  color: (element) => h("span", { class: "color" }, h("span", { class: "color-dot", style: { "background-color": element.value } }), element.value),
};

function character(element) {
  if (element.unicode) return String.fromCodePoint(...element.unicode.split("-").map((code) => parseInt(code, 16)));
  return emoji(element.name) ?? `:${element.name}:`;
}

function date(element) {
  const shown = h("time", {}, dateText(element.timestamp, element.format) ?? element.fallback ?? "");
  return element.url ? link(element.url, shown) : shown;
}

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code", highlight: "mark", client_highlight: "mark" };

function styled(element, node) {
  const wanted = Object.keys(STYLES).filter((name) => element.style?.[name]);
  return wanted.reduce((inner, name) => h(STYLES[name], {}, inner), node);
}
