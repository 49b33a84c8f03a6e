/** plan and task_card blocks: what the app is about to do, does, and has done. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { link } from "./links.js";
import { richText } from "./rich_text.js";

const SAID = { pending: "to do", in_progress: "in progress", complete: "done", error: "failed" };
const MARKS = { pending: null, in_progress: null, complete: "check", error: "wrong" };

/** A plan. It stays folded or open as the reader left it, also when the message is edited. */
export function plan(block, context) {
  const tasks = block.tasks ?? [];
  const status = planStatus(tasks);
  const done = tasks.filter((task) => task.status === "complete").length;
  const folded = context.folds.has(context.key);
  return h(
    "details",
    {
      class: `plan plan-${status}`,
      open: !folded,
      ontoggle: (event) => (event.target.open ? context.folds.delete(context.key) : context.folds.add(context.key)),
    },
    h(
      "summary",
      { "data-key": `${context.key}/plan` },
      mark(status),
      h("span", { class: "plan-title" }, block.title),
      h("span", { class: "plan-count" }, `${done}/${tasks.length}`),
      icon("down"),
    ),
    h("ol", { class: "tasks" }, tasks.map((task) => h("li", { class: `task task-${task.status}` }, taskBody(task, context)))),
  );
}

/** A task that stands alone. */
export function taskCard(block, context) {
  return h("div", { class: `plan task task-single task-${block.status}` }, taskBody(block, context));
}

// Slack takes a plan's state from its tasks and ignores its own.
function planStatus(tasks) {
  const statuses = new Set(tasks.map((task) => task.status));
  if (statuses.has("error")) return "error";
  if (statuses.has("in_progress")) return "in_progress";
  if (statuses.size === 1) return tasks[0].status;
  return statuses.has("complete") ? "in_progress" : "pending";
}

function taskBody(task, context) {
  const sources = (task.sources ?? []).map((source) => link(source.url, source.text, { class: "chip" }));
  return [
    mark(task.status),
    h(
      "div",
      { class: "task-text" },
      h("span", { class: "task-title" }, task.title),
      task.details && h("div", { class: "task-details" }, richText(task.details, context)),
      task.output && h("div", { class: "task-details" }, richText(task.output, context)),
      sources.length > 0 && h("div", { class: "chips" }, sources),
    ),
  ];
}

function mark(status) {
  const drawn = MARKS[status];
  return h("span", { class: `mark mark-${status}`, role: "img", "aria-label": SAID[status] ?? status }, drawn && icon(drawn));
}
