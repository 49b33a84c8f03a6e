/**
 * Slack's mrkdwn as nodes. `<…>` are tokens, `&amp; &lt; &gt;` are the only entities, and `* _ ~ \`` mark words.
 * Source: docs.slack.dev, "Formatting message text".
 */

import { dateText } from "./dates.js";
import { h, text } from "./dom.js";
import { emoji } from "./emoji.js";
import { link } from "./links.js";
import { broadcast, channelMention, groupMention, userMention } from "./mentions.js";

const STYLES = { "*": "strong", _: "em", "~": "s" };
const QUOTE = /^(?:&gt;|>)(?!(?:&gt;|>)) ?/;
const REST = /^(?:&gt;|>){3} ?/;

/**
 * The nodes of mrkdwn. `context` is `{workspace, me}`; `urls` and `names` say whether bare addresses and bare `#names`
 * become live, which is Slack's default for text objects without `verbatim`.
 */
export function mrkdwn(source, context, { urls = true, names = false } = {}) {
  const scope = { ...context, urls, names };
  return String(source)
    .split(/```\n?([\s\S]+?)\n?```/)
    .flatMap((part, index) => (index % 2 ? [h("pre", {}, literal(part, scope))] : paragraphs(part, scope)));
}

/** A text object of Block Kit: mrkdwn or plain text. */
export function textObject(object, context) {
  if (typeof object === "string") return [text(object)];
  if (!object) return [];
  if (object.type === "mrkdwn") {
    const live = !object.verbatim;
    return mrkdwn(object.text, context, { urls: live, names: live });
  }
  return [text(object.emoji === false ? object.text : plainEmoji(object.text))];
}

/** What mrkdwn says, without marks: for notices and screen readers. */
export function plain(source, context) {
  return h("div", {}, mrkdwn(source ?? "", context)).textContent;
}

function plainEmoji(content) {
  return content.replace(/:([a-z0-9_+-]+):/g, (code, name) => emoji(name) ?? code);
}

function paragraphs(source, scope) {
  const nodes = [];
  let lines = [];
  const flush = () => {
    if (lines.length) nodes.push(h("blockquote", {}, inline(lines.join("\n"), scope)));
    lines = [];
  };
  const all = source.split("\n");
  for (const [index, line] of all.entries()) {
    if (REST.test(line)) {
      lines = [line.replace(REST, ""), ...all.slice(index + 1)];
      break;
    }
    if (QUOTE.test(line)) {
      lines.push(line.replace(QUOTE, ""));
      continue;
    }
    const begins = nodes.length > 0 && lines.length === 0;
    flush();
    nodes.push(...inline(begins ? `\n${line}` : line, scope));
  }
  flush();
  return nodes;
}

/** One stretch of text: tokens, marks, entities. */
function inline(source, scope) {
  const nodes = [];
  let words = "";
  for (let at = 0; at < source.length; ) {
    const found = next(source, at, scope);
    if (found?.node) {
      if (words) nodes.push(text(words));
      words = "";
      nodes.push(found.node);
    } else {
      words += found?.words ?? source[at];
    }
    at += found?.length ?? 1;
  }
  if (words) nodes.push(text(words));
  return nodes;
}

/** What begins at a position: `{length, node}` or `{length, words}`; null for an ordinary character. */
function next(source, at, scope) {
  const rest = source.slice(at);
  switch (source[at]) {
    case "<":
      return whole(/^<([^<>\n]+)>/, rest, (match) => ({ node: token(match[1], scope) }));
    case "&":
      return whole(/^&(amp|lt|gt);/, rest, (match) => ({ words: { amp: "&", lt: "<", gt: ">" }[match[1]] }));
    case "`":
      return whole(/^`([^`\n]+)`/, rest, (match) => ({ node: h("code", {}, literal(match[1], scope)) }));
    case ":":
      return whole(/^:([a-z0-9_+-]+):/, rest, (match) => ({ words: emoji(match[1]) ?? match[0] }));
    case "*":
    case "_":
    case "~":
      return marked(source, at, scope);
    default:
      return opens(source, at) ? live(rest, scope) : null;
  }
}

function whole(pattern, rest, made) {
  const match = pattern.exec(rest);
  return match ? { length: match[0].length, ...made(match) } : null;
}

/** `*bold*`: at word borders, within one line, not around spaces. */
function marked(source, at, scope) {
  const [mark, after] = [source[at], source[at + 1] ?? " "];
  if (!opens(source, at) || after === mark || /\s/.test(after)) return null;
  for (let end = at + 1; end < source.length && source[end] !== "\n"; end++) {
    if (source[end] === "<") end = skipped(source, end);
    else if (source[end] === mark && end > at + 1 && !/\s/.test(source[end - 1]) && closes(source, end)) {
      return { length: end + 1 - at, node: h(STYLES[mark], {}, inline(source.slice(at + 1, end), scope)) };
    }
  }
  return null;
}

function skipped(source, at) {
  const end = source.indexOf(">", at);
  return end < 0 ? at : end;
}

function opens(source, at) {
  return at === 0 || !/[\p{L}\p{N}]/u.test(source[at - 1]);
}

function closes(source, at) {
  return at + 1 >= source.length || !/[\p{L}\p{N}]/u.test(source[at + 1]);
}

/** What Slack makes live by itself: bare addresses, and names where `verbatim` is not set. */
function live(rest, scope) {
  if (scope.urls && /^https?:\/\//.test(rest)) {
    return whole(/^https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)\]}'"*_~`]/, rest, (match) => ({ node: link(decoded(match[0])) }));
  }
  if (!scope.names) return null;
  return whole(/^@(here|channel|everyone)\b/, rest, (match) => ({ node: broadcast(match[1]) })) ?? named(rest, scope);
}

function named(rest, { workspace, me }) {
  const match = /^([@#])([a-z0-9._-]+)/.exec(rest);
  if (!match) return null;
  const found = match[1] === "@" ? workspace.userNamed(match[2]) : workspace.channelNamed(match[2]);
  if (!found) return null;
  const mention = match[1] === "@" ? userMention : channelMention;
  return { length: match[0].length, node: mention(workspace, me, found.id) };
}

function token(inside, { workspace, me }) {
  const [target, ...labels] = inside.split("|");
  const label = decoded(labels.join("|"));
  if (target.startsWith("@")) return userMention(workspace, me, target.slice(1), label);
  if (target.startsWith("#")) return channelMention(workspace, me, target.slice(1), label);
  if (target.startsWith("!")) return special(target.slice(1), label);
  if (/^(https?:|mailto:)/.test(target)) return link(decoded(target), label ? plainEmoji(label) : decoded(target).replace(/^mailto:/, ""));
  return text(`<${decoded(inside)}>`);
}

function special(target, label) {
  if (/^(here|channel|everyone)$/.test(target)) return broadcast(target);
  if (target.startsWith("subteam^")) return groupMention(target.slice("subteam^".length), label);
  if (target.startsWith("date^")) return date(target.split("^"), label);
  return text(label || `<!${decoded(target)}>`);
}

function date([, seconds, format, address], fallback) {
  const shown = dateText(seconds, decoded(format ?? "")) ?? fallback;
  const element = h("time", { title: fallback || null }, shown);
  return address ? link(decoded(address), element) : element;
}

/** Inside code nothing is marked, but tokens and entities are resolved. */
function literal(source, scope) {
  return source
    .split(/(<[^<>\n]+>)/)
    .map((part) => (/^<[^<>\n]+>$/.test(part) ? token(part.slice(1, -1), scope) : text(decoded(part))));
}

function decoded(source) {
  return source.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
