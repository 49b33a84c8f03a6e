/** Block Kit: each type of block to its drawing. Source: docs.slack.dev, "Blocks". */

import { alert, card, carousel, video } from "./cards.js";
import { h } from "./dom.js";
import { element } from "./elements.js";
import { markdown } from "./markdown.js";
import { textObject } from "./mrkdwn.js";
import { image } from "./pictures.js";
import { plan, taskCard } from "./plan.js";
import { richText } from "./rich_text.js";
import { unknown } from "./unknown.js";

/**
 * The elements of blocks, in order. `context` is that of `element`, with `folds` (what the reader folded) and, in a view,
 * `input(block)`.
 */
export function blocks(list, context) {
  return (list ?? []).map((block) => drawn(block, context));
}

/** One block. What cannot be drawn, or is not as it should be, is shown as such. */
export function drawn(block, context) {
  try {
    return (BLOCKS[block.type] ?? unknown)(block, context);
  } catch {
    return unknown(block);
  }
}

const BLOCKS = {
  section,
  context: contextBlock,
  actions,
  header: (block, context) => h("div", { class: "block header", role: "heading", "aria-level": "3" }, textObject(block.text, context)),
  divider: () => h("hr", { class: "block divider" }),
  image: imageBlock,
  rich_text: (block, context) => h("div", { class: "block text" }, richText(block, context)),
  markdown: (block) => h("div", { class: "block" }, markdown(block.text)),
  plan: (block, context) => h("div", { class: "block" }, plan(block, context)),
  task_card: (block, context) => h("div", { class: "block" }, taskCard(block, context)),
  card: (block, context) => h("div", { class: "block" }, card(block, context)),
  carousel: (block, context) => h("div", { class: "block" }, carousel(block, context)),
  alert: (block, context) => h("div", { class: "block" }, alert(block, context)),
  video: (block, context) => h("div", { class: "block" }, video(block, context)),
  input: (block, context) => (context.input ? context.input(block) : unknown(block)),
};

function section(block, context) {
  const fields = (block.fields ?? []).map((field) => h("div", { class: "section-field text" }, textObject(field, context)));
  return h(
    "div",
    { class: "block section" },
    h(
      "div",
      { class: "section-main" },
      block.text && h("div", { class: "text" }, textObject(block.text, context)),
      fields.length > 0 && h("div", { class: "section-fields" }, fields),
    ),
    block.accessory && h("div", { class: "section-side" }, element(block.accessory, block, context)),
  );
}

function contextBlock(block, context) {
  const part = (each) => (each.type === "image" ? image(each, "small") : h("span", { class: "text" }, textObject(each, context)));
  return h("div", { class: "block context" }, block.elements.map(part));
}

function actions(block, context) {
  return h("div", { class: "block actions" }, block.elements.map((each) => element(each, block, context)));
}

function imageBlock(block, context) {
  return h("figure", { class: "block" }, block.title && h("figcaption", {}, textObject(block.title, context)), image(block, "wide"));
}
