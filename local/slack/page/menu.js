/** A menu at a button: arrows, Enter, Esc, a click outside; the focus goes back to the button. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

let open = null;

/**
 * Open a menu of items `{label, description?, icon?, checked?, run}` or `{heading}` at `button`. A second time closes it.
 */
export function openMenu(button, label, items) {
  const again = open?.button === button;
  close();
  if (again) return;
  const entries = items.map((item) => (item.heading ? heading(item) : entry(item)));
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label, onkeydown: steer }, entries);
  // Within a dialog: all that is outside of it is inert.
  (button.closest("dialog") ?? document.body).append(menu);
  open = { menu, button, key: button.dataset.key };
  button.setAttribute("aria-expanded", "true");
  place(menu, button);
  (menu.querySelector('[aria-checked="true"]') ?? menu.querySelector("[role^=menuitem]"))?.focus();
  setTimeout(() => document.addEventListener("pointerdown", outside));
}

function heading(item) {
  return h("div", { class: "menu-heading", role: "presentation" }, item.heading);
}

function entry(item) {
  const isChoice = item.checked !== undefined;
  return h(
    "button",
    {
      class: "menu-item",
      type: "button",
      role: isChoice ? "menuitemradio" : "menuitem",
      "aria-checked": isChoice ? String(item.checked) : null,
      tabindex: "-1",
      onclick: () => {
        close();
        item.run();
      },
    },
    item.face ?? (item.icon ? icon(item.icon) : null),
    h("span", { class: "menu-label" }, item.label, item.description && h("small", {}, item.description)),
    isChoice && item.checked ? icon("check") : null,
  );
}

function steer(event) {
  const entries = [...open.menu.querySelectorAll("[role^=menuitem]")];
  const at = entries.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + entries.length, Home: 0, End: entries.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    entries[to % entries.length].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
}

function outside(event) {
  if (open && !open.menu.contains(event.target) && !open.button.contains(event.target)) close();
}

function close() {
  if (!open) return;
  const { menu, button, key } = open;
  open = null;
  document.removeEventListener("pointerdown", outside);
  menu.remove();
  const back = button.isConnected || !key ? button : document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  back?.setAttribute("aria-expanded", "false");
  back?.focus();
}

function place(menu, button) {
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const left = Math.min(at.left, innerWidth - size.width - 8);
  const below = at.bottom + 4 + size.height <= innerHeight - 8;
  const top = below ? at.bottom + 4 : Math.max(8, at.top - size.height - 4);
  menu.style.setProperty("left", `${Math.max(8, left)}px`);
  menu.style.setProperty("top", `${top}px`);
}
