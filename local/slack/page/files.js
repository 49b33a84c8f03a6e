/** Files of a message: films and pictures are shown, anything else is named. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { here, safe } from "./links.js";

export function files(list) {
  return h("ul", { class: "files", "aria-label": "Files" }, list.map((file) => h("li", { class: "file" }, one(file))));
}

function one(file) {
  if (file.mode === "tombstone") return h("em", { class: "file-gone" }, "This file was deleted.");
  const kind = (file.mimetype ?? "").split("/")[0];
  const address = here(file.url_private ?? "");
  const shown = file.url_private && { video: film, image: picture, audio: sound }[kind]?.(file, address);
  return [shown, caption(file, address)];
}

function film(file, address) {
  return h("video", { class: "film", src: address, controls: true, preload: "metadata", playsinline: true, "aria-label": file.title || file.name, "data-key": `film:${file.id}` });
}

function picture(file, address) {
  return h("img", { class: "picture picture-wide", src: address, alt: file.alt_txt || file.title || file.name, loading: "lazy" });
}

function sound(file, address) {
  return h("audio", { src: address, controls: true, preload: "metadata", "aria-label": file.title || file.name });
}

function caption(file, address) {
  const name = file.title || file.name || file.id;
  const target = file.url_private && safe(new URL(address, location.href).href);
  const label = target ? h("a", { href: target.href, target: "_blank", rel: "noreferrer noopener", "data-key": `file:${file.id}` }, name) : name;
  const details = [file.pretty_type, file.size && size(file.size)].filter(Boolean).join(" · ");
  return h("div", { class: "file-caption" }, icon(file.mimetype?.startsWith("video/") ? "film" : "file"), h("span", { class: "file-name" }, label), details && h("small", {}, details));
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
