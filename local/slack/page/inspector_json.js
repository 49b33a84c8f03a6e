/** JSON to read: indented, its parts told apart by colour. */

import { h, text } from "./dom.js";

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** A value as an element. */
export function json(value, label) {
  return h("pre", { class: "ins-json", tabindex: "0", "aria-label": label }, [...parts(JSON.stringify(value, null, 2))]);
}

function* parts(written) {
  let end = 0;
  for (const token of written.matchAll(TOKEN)) {
    if (token.index > end) yield text(written.slice(end, token.index));
    yield h("span", { class: `ins-${kindOf(token)}` }, token[1] ?? token[0]);
    if (token[2]) yield text(token[2]);
    end = token.index + token[0].length;
  }
  yield text(written.slice(end));
}

function kindOf([, string, colon]) {
  if (!string) return "plain";
  return colon ? "name" : "string";
}
