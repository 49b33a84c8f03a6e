/** The markdown block, in the small: headings, lists, quotes, code, emphasis, links. */

import { h, text } from "./dom.js";
import { link } from "./links.js";

/** The block's element. A picture becomes a link, as in Slack. */
export function markdown(source) {
  const parts = source.split(/^```[^\n]*\n([\s\S]*?)^```\s*$/m);
  return h("div", { class: "markdown text" }, parts.map((part, index) => (index % 2 ? h("pre", {}, part.replace(/\n$/, "")) : blocksOf(part))));
}

function blocksOf(source) {
  return source.split(/\n{2,}/).filter((paragraph) => paragraph.trim()).map(blockOf);
}

function blockOf(paragraph) {
  const lines = paragraph.replace(/^\n+|\n+$/g, "").split("\n");
  const heading = /^(#{1,6})\s+(.*)$/.exec(lines[0]);
  if (heading) return [h("div", { class: "markdown-heading", role: "heading", "aria-level": String(heading[1].length + 2) }, inline(heading[2])), lines.length > 1 && blockOf(lines.slice(1).join("\n"))];
  if (lines.every((line) => /^\s*[-*+]\s/.test(line))) return h("ul", {}, lines.map((line) => h("li", {}, inline(line.replace(/^\s*[-*+]\s+/, "")))));
  if (lines.every((line) => /^\s*\d+[.)]\s/.test(line))) return h("ol", {}, lines.map((line) => h("li", {}, inline(line.replace(/^\s*\d+[.)]\s+/, "")))));
  if (lines.every((line) => /^>/.test(line))) return h("blockquote", {}, inline(lines.map((line) => line.replace(/^> ?/, "")).join("\n")));
  if (lines.length === 1 && /^(-{3,}|\*{3,})$/.test(lines[0])) return h("hr");
  return h("p", {}, inline(lines.join("\n")));
}

const INLINE = /\\([\\`*_{}[\]()#+\-.!~>|])|`([^`]+)`|!?\[([^\]]*)\]\((\S+?)\)|\*\*(.+?)\*\*|~~(.+?)~~|(?<!\w)[*_](\S(?:.*?\S)?)[*_](?!\w)|(https?:\/\/[^\s<>]*[^\s<>.,;:!?)])/;

function inline(source) {
  const match = INLINE.exec(source);
  if (!match) return source ? [text(source)] : [];
  const rest = inline(source.slice(match.index + match[0].length));
  return [source.slice(0, match.index), marked(match), ...rest];
}

function marked([, escaped, code, label, target, bold, struck, italic, address]) {
  if (escaped) return text(escaped);
  if (code) return h("code", {}, code);
  if (target) return link(target, label || target);
  if (bold) return h("strong", {}, inline(bold));
  if (struck) return h("s", {}, inline(struck));
  return italic ? h("em", {}, inline(italic)) : link(address);
}
