/** Links, and what may become one: http and https only. A film on this machine plays here; Slack's own links stay here. */

import { h, text } from "./dom.js";

const LOOPBACK = new Set(["127.0.0.1", "localhost"]);
const FILM = /\.(mp4|m4v|webm|mov)$/i;

/** The address if it may be followed, else null. */
export function safe(address) {
  try {
    const url = new URL(address);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}

/** A link with a label, which is a node or text; only the label when the address may not be followed. */
export function link(address, label = address, attributes = {}) {
  const url = safe(address);
  const content = typeof label === "string" ? text(label) : label;
  if (!url) return h("span", {}, content);
  const plays = film(url);
  return h(
    "a",
    { href: url.href, target: "_blank", rel: "noreferrer noopener", title: url.href, "data-film": plays, "data-here": archived(url), "data-key": `link:${url.href}`, ...attributes },
    content,
  );
}

/** Whether an address is a film that this page may play. */
export function film(url) {
  return LOOPBACK.has(url.hostname) && FILM.test(url.pathname);
}

/** An address of this workspace as a path of this page's own origin, so that it is reached by either of its names. */
export function here(address) {
  const url = safe(address);
  return url && LOOPBACK.has(url.hostname) && url.port === location.port ? url.pathname + url.search : address;
}

function archived(url) {
  const isHere = LOOPBACK.has(url.hostname) && url.port === location.port && url.pathname.startsWith("/archives/");
  return isHere ? url.pathname + url.search : null;
}

/** The place of a permalink's path in this page. */
export function hashOf(path, workspace) {
  const url = new URL(path, location.origin);
  const [, , channel, message] = url.pathname.split("/");
  const ts = `${message.slice(1, -6)}.${message.slice(-6)}`;
  const name = workspace.channels.get(channel)?.name || channel;
  return `#/~/${encodeURIComponent(name)}/${url.searchParams.get("thread_ts") ?? ts}/${ts}`;
}
