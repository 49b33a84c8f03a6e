/** The inputs of a modal: label, field, hint, and what is wrong with it. */

import { keyOf } from "./elements.js";
import { field } from "./fields.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { textObject } from "./mrkdwn.js";

const GROUPS = new Set(["checkboxes", "radio_buttons", "multi_static_select", "multi_users_select", "multi_channels_select", "multi_conversations_select"]);

/** One input block. `context` is a view's, `error` the sentence under it, or nothing. */
export function input(block, context, error) {
  const spec = block.element;
  const id = `field-${context.key}-${block.block_id}`;
  const label = [textObject(block.label, context), block.optional && h("span", { class: "optional" }, " (optional)")];
  const described = [error && `${id}-error`, block.hint && `${id}-hint`].filter(Boolean).join(" ") || null;
  const drawn = field(spec, {
    value: context.value(block, spec),
    change: (value, finished) => changed(block, spec, context, value, finished),
    id,
    key: keyOf(spec, block, context),
    label: GROUPS.has(spec.type) ? block.label.text : null,
    describedby: described,
    invalid: error ? "true" : null,
    required: !block.optional,
    context,
  });
  if (block.dispatch_action) drawn.addEventListener("keydown", (event) => dispatchOnEnter(event, block, spec, context));
  return h(
    "div",
    { class: `block input${error ? " input-wrong" : ""}`, "data-block": block.block_id },
    GROUPS.has(spec.type) ? h("div", { class: "label" }, label) : h("label", { class: "label", for: id }, label),
    drawn,
    error && h("div", { class: "input-error", id: `${id}-error`, role: "alert" }, icon("alert"), error),
    block.hint && h("div", { class: "hint", id: `${id}-hint` }, textObject(block.hint, context)),
  );
}

const TYPED = new Set(["plain_text_input", "url_text_input", "email_text_input", "number_input", "rich_text_input"]);

function changed(block, spec, context, value, finished) {
  context.entries.set(block.block_id, spec.action_id, value);
  context.touched?.();
  if (!block.dispatch_action) return;
  const each = spec.dispatch_action_config?.trigger_actions_on?.includes("on_character_entered");
  if (TYPED.has(spec.type) ? each && !finished : finished) dispatch(block, spec, context);
}

// Slack's default for text: Enter sends what was typed to the app, and does not submit the modal.
function dispatchOnEnter(event, block, spec, context) {
  if (event.key !== "Enter" || !TYPED.has(spec.type) || spec.multiline) return;
  event.preventDefault();
  dispatch(block, spec, context);
}

function dispatch(block, spec, context) {
  const value = context.entries.get(block.block_id, spec.action_id);
  context.interactions.send(keyOf(spec, block, context), context.click(block, spec, value));
}

/** What Slack's client sees by itself before it asks the app: a sentence for each block with a wrong entry. */
export function problems(view, context) {
  const found = {};
  for (const block of view.blocks.filter((each) => each.type === "input")) {
    const value = context.value(block, block.element);
    const problem = typeof value === "string" && value ? CHECKS[block.element.type]?.(value, block.element) : null;
    if (problem) found[block.block_id] = problem;
  }
  return found;
}

const CHECKS = {
  url_text_input: (value) => (isAddress(value) ? null : "Please enter a valid URL."),
  email_text_input: (value) => (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? null : "Please enter a valid email address."),
  plain_text_input: (value, spec) => (value.length < (spec.min_length ?? 0) ? `Please enter at least ${spec.min_length} characters.` : null),
  number_input: number,
};

function isAddress(value) {
  return URL.canParse(value) && /^[a-z][a-z0-9+.-]*:\/\/.+/i.test(value);
}

function number(value, spec) {
  const found = Number(value);
  if (Number.isNaN(found)) return "Please enter a number.";
  if (!spec.is_decimal_allowed && !Number.isInteger(found)) return "Please enter a whole number.";
  if (spec.min_value !== undefined && found < Number(spec.min_value)) return `Please enter a number of at least ${spec.min_value}.`;
  if (spec.max_value !== undefined && found > Number(spec.max_value)) return `Please enter a number of at most ${spec.max_value}.`;
  return null;
}
