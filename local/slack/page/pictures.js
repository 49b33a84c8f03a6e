/** Pictures. The page loads none from other machines; of those it shows what they say, and a link. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { here, link, safe } from "./links.js";

const LOADED = new Set(["127.0.0.1", "localhost"]);

/** An image element or the picture of a block; `kind` is `thumb`, `small` or `wide`. */
export function image(spec, kind) {
  const url = safe(spec.image_url ?? spec.slack_file?.url ?? "");
  if (url && LOADED.has(url.hostname)) {
    return h("img", { class: `picture picture-${kind}`, src: here(url.href), alt: spec.alt_text, loading: "lazy" });
  }
  const said = h("span", {}, spec.alt_text || "A picture");
  if (kind !== "wide") return h("span", { class: `picture picture-${kind} picture-absent`, title: spec.alt_text, role: "img", "aria-label": spec.alt_text }, icon("film"));
  return h("span", { class: "picture picture-wide picture-absent" }, icon("film"), url ? link(url.href, said) : said);
}
