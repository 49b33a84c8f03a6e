/** The elements of messages and views that act at once: buttons, overflow menus, and fields outside of inputs. */

import { confirmed, playFilm } from "./dialog.js";
import { h } from "./dom.js";
import { field, initial, isField } from "./fields.js";
import { icon } from "./icons.js";
import { film, safe } from "./links.js";
import { openMenu } from "./menu.js";
import { textObject } from "./mrkdwn.js";
import { image } from "./pictures.js";
import { unknown } from "./unknown.js";

/**
 * An element. `context` is `{workspace, me, interactions, entries, key, click}`: `key` begins the names of the surface's
 * elements, `click(block, element, value)` is the body of the act.
 */
export function element(spec, block, context) {
  if (spec.type === "button") return button(spec, block, context);
  if (spec.type === "overflow") return overflow(spec, block, context);
  if (spec.type === "image") return image(spec, "thumb");
  return isField(spec) ? actingField(spec, block, context) : unknown(spec);
}

/** Whether `me` is shown a button; one for named people is hidden from the others. */
function forMe(spec, me) {
  return !spec.visible_to_user_ids || spec.visible_to_user_ids.includes(me);
}

function button(spec, block, context) {
  if (!forMe(spec, context.me)) return null;
  const press = async () => {
    if (spec.url && safe(spec.url)) visit(safe(spec.url), spec.text.text);
    await use(spec, block, context);
  };
  const drawn = h(
    "button",
    { type: "button", class: `button button-${spec.style ?? "plain"}`, "aria-label": spec.accessibility_label, title: spec.url, onclick: press },
    textObject(spec.text, context),
  );
  return context.interactions.dress(drawn, keyOf(spec, block, context));
}

function visit(url, title) {
  if (film(url)) playFilm(url.href, title);
  else window.open(url.href, "_blank", "noopener,noreferrer");
}

function overflow(spec, block, context) {
  const choose = (option) => async () => {
    const url = option.url && safe(option.url);
    if (url) visit(url, option.text.text);
    await use(spec, block, context, option.value);
  };
  const items = spec.options.map((option) => ({ label: option.text.text, description: option.description?.text, run: choose(option) }));
  const drawn = h(
    "button",
    { type: "button", class: "button button-plain button-icon", "aria-label": "More", "aria-haspopup": "menu", onclick: () => openMenu(drawn, "More", items) },
    icon("dots"),
  );
  return context.interactions.dress(drawn, keyOf(spec, block, context));
}

function actingField(spec, block, context) {
  const { entries } = context;
  const key = keyOf(spec, block, context);
  const change = async (value, finished) => {
    entries.set(block.block_id, spec.action_id, value);
    if (finished && !(await use(spec, block, context, value))) again();
  };
  const drawn = field(spec, {
    value: standing(spec, block, context),
    change,
    key: `${key}/field`,
    label: spec.placeholder?.text ?? spec.action_id,
    context,
  });
  // A choice that was not confirmed is taken back.
  const again = () => {
    entries.drop(block.block_id, spec.action_id);
    if (drawn.tagName === "SELECT") drawn.value = initial(spec) ?? "";
  };
  return context.interactions.dress(h("span", { class: "acting" }, drawn), key);
}

function standing(spec, block, { entries, value }) {
  if (value) return value(block, spec);
  return entries.has(block.block_id, spec.action_id) ? entries.get(block.block_id, spec.action_id) : initial(spec);
}

/** Ask when the element wants to be confirmed, then send the click. False when the person said no. */
async function use(spec, block, context, value) {
  if (spec.confirm && !(await confirmed(spec.confirm, context))) return false;
  await context.interactions.send(keyOf(spec, block, context), context.click(block, spec, value));
  return true;
}

export function keyOf(spec, block, context) {
  return `${context.key}/${block.block_id}/${spec.action_id}`;
}
