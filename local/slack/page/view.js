/** What the blocks of a modal or a Home tab need to know about where they stand. */

import { initial, valueOf } from "./fields.js";

/** The context of `element` and `blocks`, with `value(block, spec)`: what stands in an input now. */
export function viewContext(view, page) {
  const entries = page.desk.of(view.id);
  return {
    workspace: page.workspace,
    me: page.place.me.id,
    interactions: page.interactions,
    folds: page.folds,
    entries,
    key: view.id,
    value: (block, spec) => standing(view, entries, block, spec),
    click: (block, spec, value) => ({
      user: page.place.me.id,
      view_id: view.id,
      block_id: block.block_id,
      action_id: spec.action_id,
      value,
      values: entered(view, entries),
    }),
  };
}

function standing(view, entries, block, spec) {
  if (entries.has(block.block_id, spec.action_id)) return entries.get(block.block_id, spec.action_id);
  const kept = view.state?.values?.[block.block_id]?.[spec.action_id];
  return kept ? valueOf(kept) : initial(spec);
}

/** What somebody changed in a view's fields, by block id and action id. */
export function entered(view, entries) {
  const values = {};
  for (const [block, spec] of fieldsOf(view)) {
    if (!entries.has(block.block_id, spec.action_id)) continue;
    const value = entries.get(block.block_id, spec.action_id);
    values[block.block_id] = { ...values[block.block_id], [spec.action_id]: value?.type === "rich_text" ? { rich_text_value: value } : value };
  }
  return values;
}

function fieldsOf(view) {
  const parts = { input: (block) => [block.element], section: (block) => [block.accessory], actions: (block) => block.elements };
  const acting = new Set(["button", "overflow", "image"]);
  return view.blocks.flatMap((block) => (parts[block.type]?.(block) ?? []).filter((spec) => spec?.action_id && !acting.has(spec.type)).map((spec) => [block, spec]));
}
