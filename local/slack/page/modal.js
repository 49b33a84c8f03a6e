/** Modals: the one in front of those a person has open; the browser's dialog keeps the focus in it. */

import { avatar } from "./avatar.js";
import { blocks } from "./blocks.js";
import { fill, h, keepingFocus } from "./dom.js";
import { input, problems } from "./form.js";
import { icon } from "./icons.js";
import { textObject } from "./mrkdwn.js";
import { entered, viewContext } from "./view.js";

export class Modal {
  #page;
  #dialog;
  #opener = null;
  #view = null;
  #drawn = "";
  #errors = {};
  #trouble = "";
  #busy = false;
  #left = new Set(); // ids of views a person has left: they are gone for them before the workspace says so

  constructor(page) {
    this.#page = page;
    this.#dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title", oncancel: (event) => this.#escape(event) });
    document.body.append(this.#dialog);
  }

  draw() {
    const stack = this.#stack();
    const view = stack.at(-1) ?? null;
    if (!view) return this.#close();
    if (view.id !== this.#view?.id) this.#arrive();
    this.#view = view;
    const signature = JSON.stringify([view.id, view.hash, stack.length, this.#errors, this.#trouble, this.#busy]);
    if (signature === this.#drawn) return;
    const isNew = !this.#drawn.startsWith(`["${view.id}"`);
    this.#drawn = signature;
    this.#show(view, stack, isNew);
  }

  #stack() {
    return this.#page.workspace.modals(this.#page.place.me.id).filter((view) => !this.#left.has(view.id));
  }

  #arrive() {
    this.#errors = {};
    this.#trouble = "";
    this.#busy = false;
  }

  #close() {
    this.#view = null;
    this.#drawn = "";
    if (!this.#dialog.open) return;
    this.#dialog.close();
    fill(this.#dialog);
    const back = this.#opener && document.querySelector(`[data-key="${CSS.escape(this.#opener)}"]`);
    if (back && document.activeElement === document.body) back.focus();
  }

  #show(view, stack, isNew) {
    const scroll = isNew ? 0 : (this.#dialog.querySelector(".modal-body")?.scrollTop ?? 0);
    keepingFocus(this.#dialog, () => fill(this.#dialog, this.#form(view, stack)));
    this.#dialog.querySelector(".modal-body").scrollTop = scroll;
    if (!this.#dialog.open) {
      this.#opener = document.activeElement?.closest("[data-key]")?.dataset.key ?? null;
      this.#dialog.showModal();
    }
    if (isNew) this.#first()?.focus();
  }

  #first() {
    const places = ["[autofocus]", ".modal-body .input :is(input, textarea, select)", ".modal-body :is(input, textarea, select, button, a)", ".modal-foot .button:last-child"];
    return places.map((place) => this.#dialog.querySelector(place)).find(Boolean);
  }

  #form(view, stack) {
    const context = { ...viewContext(view, this.#page), touched: () => this.#touched(view) };
    context.input = (block) => input(block, context, this.#errors[block.block_id]);
    return h(
      "form",
      { class: "modal-form", novalidate: true, "aria-busy": String(this.#busy), onsubmit: (event) => this.#submit(event, view, context) },
      this.#head(view, stack, context),
      h("div", { class: "modal-body" }, this.#trouble && h("div", { class: "alert alert-error", role: "alert" }, icon("alert"), this.#trouble), blocks(view.blocks, context)),
      this.#foot(view, context),
    );
  }

  #head(view, stack, context) {
    const { workspace } = this.#page;
    const several = stack.length > 1;
    return h(
      "header",
      { class: "modal-head" },
      several
        ? h("button", { type: "button", class: "quiet", "aria-label": "Back", "data-key": "modal-back", onclick: () => this.#leave(view, false) }, icon("back"))
        : avatar(workspace.users.get(workspace.team.bot_user), workspace),
      h("h2", { id: "modal-title" }, textObject(view.title, context)),
      h("button", { type: "button", class: "quiet", "aria-label": "Close", "data-key": "modal-close", onclick: () => this.#leave(view, several) }, icon("close")),
    );
  }

  #foot(view, context) {
    const label = (given, usual) => (given ? textObject(given, context) : usual);
    return h(
      "footer",
      { class: "modal-foot" },
      h("button", { type: "button", class: "button button-plain", "data-key": "modal-cancel", onclick: () => this.#leave(view, false) }, label(view.close, view.submit ? "Cancel" : "Close")),
      view.submit &&
        h("button", { type: "submit", class: `button button-primary${this.#busy ? " busy" : ""}`, "aria-disabled": this.#busy || this.#waits(view) ? "true" : null, "data-key": "modal-submit" }, label(view.submit, "Submit")),
    );
  }

  /** Whether the app wants an entry before it can be submitted. */
  #waits(view) {
    return view.submit_disabled && Object.keys(entered(view, this.#page.desk.of(view.id))).length === 0;
  }

  #touched(view) {
    if (view.submit_disabled) this.#dialog.querySelector('[data-key="modal-submit"]')?.removeAttribute("aria-disabled");
  }

  async #submit(event, view, context) {
    event.preventDefault();
    if (this.#busy || this.#waits(view)) return;
    const wrong = problems(view, context);
    if (Object.keys(wrong).length) return this.#settle(view, { errors: wrong });
    this.#busy = true;
    this.draw();
    const values = entered(view, this.#page.desk.of(view.id));
    this.#settle(view, await this.#page.act("submit", { view_id: view.id, values }));
  }

  #settle(view, answer) {
    this.#busy = false;
    if (this.#view?.id !== view.id) return;
    this.#errors = answer.errors ?? {};
    this.#trouble = answer.error ?? "";
    this.draw();
    const wrong = this.#dialog.querySelector(".input-wrong :is(input, textarea, select)");
    if (wrong) wrong.focus();
    else if (this.#trouble) this.#dialog.querySelector('[data-key="modal-submit"]')?.focus();
  }

  #escape(event) {
    event.preventDefault(); // what closes is the view in front, not the dialog
    if (this.#view) this.#leave(this.#view, false);
  }

  async #leave(view, clear) {
    const left = (clear ? this.#stack() : [view]).map((each) => each.id);
    for (const id of left) this.#left.add(id);
    this.draw();
    const answer = await this.#page.act("close", { view_id: view.id, clear });
    if (answer.ok) return;
    for (const id of left) this.#left.delete(id);
    this.draw();
    this.#settle(view, answer);
  }
}
