/** Everything that can be filled in: text, numbers, menus, boxes, dates. Each tells its value as it changes. */

import { h } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { offered } from "./options.js";
import { unknown } from "./unknown.js";

/**
 * The control of an element. `given` is `{value, change, id, key, label, context, required}`: `change(value, finished)`
 * gets a string, a list, or null; `finished` is false while somebody types.
 */
export function field(spec, given) {
  const made = FIELDS[spec.type];
  if (!made || (made === menu && !offered(spec, given.context))) return unknown(spec);
  return made(spec, given);
}

export function isField(spec) {
  return spec.type in FIELDS;
}

/** What stands in an element before anybody has touched it. */
export function initial(spec) {
  const options = spec.initial_options?.map((option) => option.value);
  const many = options ?? spec.initial_users ?? spec.initial_channels ?? spec.initial_conversations;
  const one = spec.initial_option?.value ?? spec.initial_user ?? spec.initial_channel ?? spec.initial_conversation;
  return many ?? one ?? spec.initial_value ?? spec.initial_date ?? spec.initial_time ?? spec.initial_date_time ?? null;
}

/** The plain value of what Slack keeps for an input in `state.values`. */
export function valueOf(kept) {
  if (!kept) return null;
  const { type, ...entry } = kept;
  const [value] = Object.values(entry);
  if (Array.isArray(value)) return value.map((each) => each?.value ?? each);
  return value?.type === "rich_text" ? value : value?.value ?? value ?? null;
}

const FIELDS = {
  plain_text_input: typed,
  url_text_input: typed,
  email_text_input: typed,
  number_input: typed,
  rich_text_input: richly,
  static_select: menu,
  users_select: menu,
  channels_select: menu,
  conversations_select: menu,
  multi_static_select: boxes,
  multi_users_select: boxes,
  multi_channels_select: boxes,
  multi_conversations_select: boxes,
  checkboxes: boxes,
  radio_buttons: boxes,
  datepicker: dated,
  timepicker: dated,
  datetimepicker: moment,
};

const KEYBOARDS = { url_text_input: "url", email_text_input: "email", number_input: "decimal" };

function typed(spec, given) {
  const tag = spec.multiline ? "textarea" : "input";
  return h(tag, {
    ...common(spec, given),
    class: "field",
    type: spec.multiline ? null : "text",
    rows: spec.multiline ? "3" : null,
    inputmode: KEYBOARDS[spec.type],
    maxlength: spec.max_length,
    autocomplete: "off",
    value: given.value ?? "",
    oninput: (event) => given.change(event.target.value || null, false),
    onchange: (event) => given.change(event.target.value || null, true),
  });
}

function richly(spec, given) {
  const write = (finished) => (event) => given.change(asRichText(event.target.value), finished);
  const value = given.value?.elements?.[0]?.elements?.map((element) => element.text ?? "").join("") ?? "";
  return h("textarea", { ...common(spec, given), class: "field", rows: "4", value, oninput: write(false), onchange: write(true) });
}

function asRichText(content) {
  if (!content) return null;
  const section = { type: "rich_text_section", elements: [{ type: "text", text: content }] };
  return { type: "rich_text", elements: [section] };
}

function menu(spec, given) {
  const option = ({ value, text }) => h("option", { value, selected: value === given.value }, typeof text === "string" ? text : text.text);
  const groups = offered(spec, given.context).map((group) =>
    group.label ? h("optgroup", { label: group.label }, group.options.map(option)) : group.options.map(option),
  );
  const blank = h("option", { value: "", selected: given.value === null }, spec.placeholder?.text ?? "Choose an option");
  return h(
    "select",
    { ...common(spec, given), class: "field", onchange: (event) => given.change(event.target.value || null, true) },
    blank,
    groups,
  );
}

let groupsDrawn = 0;

/** Boxes or dots, one of them or several: a choice of few, and of many in a list that scrolls. */
function boxes(spec, given) {
  const single = spec.type === "radio_buttons";
  const isMenu = spec.type.startsWith("multi_");
  const name = `choices-${groupsDrawn++}`; // one message may be drawn twice, in its channel and in its thread
  const chosen = new Set(single ? [given.value] : given.value ?? []);
  const changed = () => {
    const values = [...box.querySelectorAll("input:checked")].map((input) => input.value);
    given.change(single ? values[0] ?? null : values, true);
  };
  const item = (option) => choice(option, { single, name, given, checked: chosen.has(option.value), changed });
  const groups = (offered(spec, given.context) ?? []).map((group) => [
    group.label && h("div", { class: "choices-label" }, group.label),
    group.options.map(item),
  ]);
  const box = h(
    "div",
    { id: given.id, class: `choices${isMenu ? " choices-menu" : ""}`, role: single ? "radiogroup" : "group", "aria-label": given.label, "aria-describedby": given.describedby, "aria-invalid": given.invalid },
    groups,
  );
  return box;
}

function choice({ value, text, description }, { single, name, given, checked, changed }) {
  return h(
    "label",
    { class: "choice" },
    h("input", { type: single ? "radio" : "checkbox", name, value, checked, onchange: changed, "data-key": `${given.key}/${value}` }),
    h("span", {}, textObject(text, given.context), description && h("small", {}, textObject(description, given.context))),
  );
}

function dated(spec, given) {
  const type = spec.type === "datepicker" ? "date" : "time";
  return h("input", { ...common(spec, given), class: "field field-short", type, value: given.value ?? "", onchange: (event) => given.change(event.target.value || null, true) });
}

function moment(spec, given) {
  const value = given.value ? localIso(new Date(given.value * 1000)) : "";
  const seconds = (event) => (event.target.value ? Math.floor(new Date(event.target.value).getTime() / 1000) : null);
  return h("input", { ...common(spec, given), class: "field field-short", type: "datetime-local", value, onchange: (event) => given.change(seconds(event), true) });
}

function localIso(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

function common(spec, given) {
  return {
    id: given.id,
    placeholder: spec.placeholder?.text,
    autofocus: spec.focus_on_load,
    "aria-label": given.label,
    "aria-describedby": given.describedby,
    "aria-invalid": given.invalid,
    "aria-required": given.required ? "true" : null,
    "data-key": given.key,
  };
}
