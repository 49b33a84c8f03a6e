/** What this page cannot draw is shown as such, with all that was sent. */

import { h } from "./dom.js";

export function unknown(part) {
  return h(
    "details",
    { class: "block unknown" },
    h("summary", {}, `Cannot show a block of type ${part?.type ?? "unknown"}`),
    h("pre", {}, JSON.stringify(part, null, 2)),
  );
}
