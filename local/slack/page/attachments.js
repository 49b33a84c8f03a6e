/** Attachments: previews of links, forwarded messages, and the older way to send a message's parts. */

import { blocks } from "./blocks.js";
import { h } from "./dom.js";
import { files } from "./files.js";
import { link, safe } from "./links.js";
import { mrkdwn } from "./mrkdwn.js";
import { image } from "./pictures.js";

export function attachment(part, context) {
  const shown = [heading(part, context), body(part, context), pictures(part, context), foot(part, context)].flat().filter(Boolean);
  if (!shown.length) shown.push(h("div", { class: "text" }, part.fallback ?? ""));
  const color = /^#?[0-9a-f]{6}$/i.test(part.color ?? "") ? `#${part.color.replace("#", "")}` : "var(--line-strong)";
  return [
    part.pretext && h("div", { class: "text" }, mrkdwn(part.pretext, context)),
    h("div", { class: "attachment", style: { "--bar": color } }, shown),
  ];
}

function heading(part, context) {
  const author = part.author_name ?? part.service_name;
  return [
    author && h("div", { class: "attachment-author" }, author),
    part.title && h("div", { class: "attachment-title" }, part.title_link && safe(part.title_link) ? link(part.title_link, part.title) : part.title),
    part.text && h("div", { class: "text" }, mrkdwn(part.text, context)),
  ];
}

function body(part, context) {
  const fields = (part.fields ?? []).map((field) =>
    h("div", { class: "section-field text" }, h("strong", {}, field.title), h("div", {}, mrkdwn(String(field.value ?? ""), context))),
  );
  const forwarded = (part.message_blocks ?? []).flatMap((each) => blocks(each.message?.blocks, context));
  return [fields.length > 0 && h("div", { class: "section-fields" }, fields), ...blocks(part.blocks, context), ...forwarded];
}

function pictures(part, context) {
  const address = part.image_url ?? part.thumb_url;
  return [address && image({ image_url: address, alt_text: part.fallback ?? part.title ?? "" }, "wide"), part.files && files(part.files, context)];
}

function foot(part) {
  return [part.footer && h("div", { class: "attachment-foot" }, part.footer)];
}
