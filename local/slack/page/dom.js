/** Elements from data. Text only ever becomes text nodes. */

/**
 * An element with attributes, listeners (`onclick`) and children. Children that are null or false are left out;
 * `style` takes custom properties, `value` and `checked` are set as properties.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...nodes(children));
  return element;
}

/** Put children in the place of those an element has. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

export function text(content) {
  return document.createTextNode(content);
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") element.addEventListener(name.slice(2), value);
  else if (name === "style") setStyle(element, value);
  else if (name === "value" || name === "checked") element[name] = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

function setStyle(element, properties) {
  // Through the object model: the page's policy refuses style attributes.
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, value);
}

/**
 * Do `change`, which may replace what has the focus; the element with the same `data-key` gets it back, with its
 * caret.
 */
export function keepingFocus(root, change) {
  const held = root.contains(document.activeElement) ? document.activeElement : null;
  const key = held?.closest("[data-key]")?.dataset.key;
  const caret = held && "selectionStart" in held ? selection(held) : null;
  change();
  if (!key || held.isConnected) return;
  const again = root.querySelector(`[data-key="${CSS.escape(key)}"]`);
  again?.focus({ preventScroll: true });
  if (caret && again && "selectionStart" in again) restore(again, caret);
}

function selection(field) {
  try {
    return [field.selectionStart, field.selectionEnd];
  } catch {
    return null; // number and date fields have none
  }
}

function restore(field, [start, end]) {
  try {
    field.setSelectionRange(start, end);
  } catch {
    /* the same */
  }
}
