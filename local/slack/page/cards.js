/** card, carousel, alert and video blocks. */

import { element } from "./elements.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { link } from "./links.js";
import { textObject } from "./mrkdwn.js";
import { image } from "./pictures.js";

export function card(block, context, outer = block) {
  const line = (name) => block[name] && h("div", { class: `card-${name} text` }, textObject(block[name], context));
  const actions = (block.actions ?? []).map((action) => element(action, outer, context));
  return h(
    "div",
    { class: "card" },
    block.hero_image && image(block.hero_image, "wide"),
    h(
      "div",
      { class: "card-inner" },
      h("div", { class: "card-head" }, block.icon && image(block.icon, "small"), h("div", {}, line("title"), line("subtitle"))),
      line("body"),
      line("subtext"),
      actions.length > 0 && h("div", { class: "actions" }, actions),
    ),
  );
}

export function carousel(block, context) {
  const cards = block.elements.map((each) => h("li", {}, card(each, context, block)));
  return h("ul", { class: "carousel", tabindex: "0", "aria-label": "Cards" }, cards);
}

export function alert(block, context) {
  const level = block.level ?? "default";
  return h("div", { class: `alert alert-${level}`, role: "note" }, icon("alert"), h("div", { class: "text" }, textObject(block.text, context)));
}

/** A video of another site: its title and a link, since nothing is embedded here. */
export function video(block, context) {
  const address = block.title_url ?? block.video_url;
  return h(
    "div",
    { class: "card card-video" },
    h(
      "div",
      { class: "card-inner" },
      block.provider_name && h("div", { class: "card-subtitle" }, block.provider_name),
      h("div", { class: "card-title" }, icon("film"), link(address, block.title?.text ?? block.alt_text)),
      block.description && h("div", { class: "text" }, textObject(block.description, context)),
    ),
  );
}
