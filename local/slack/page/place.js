/**
 * Where somebody is, as the address says it: `#/robin/general`, `#/robin/general/<thread>/<message>`, `#/robin/@sam`,
 * `#/robin/app/home`, `#/robin/app/messages`. `~` stands for whoever looked last.
 */

const LAST = "reel.last-person";

/** The hash of a place. */
export function address({ user, where, thread, message }) {
  const parts = [user, where, thread, message].filter(Boolean).map(encodeURIComponent);
  return `#/${parts.join("/").replaceAll("%40", "@").replace("app%2F", "app/")}`;
}

/**
 * The place that `hash` names: `{me, kind: "channel" | "home", channel, peer, where, thread, message}`. `channel` is
 * absent in a direct message that nobody has written in; then `peer` says with whom.
 */
export function located(workspace, hash) {
  const [who, ...rest] = hash.replace(/^#\/?/, "").split("/").map(safely);
  const me = person(workspace, who);
  const isApp = rest[0] === "app";
  const where = isApp ? `app/${rest[1] === "home" ? "home" : "messages"}` : rest[0];
  const [thread, message] = rest.slice(isApp ? 2 : 1);
  const found = spot(workspace, me, where) ?? spot(workspace, me, firstChannel(workspace, me)) ?? spot(workspace, me, "app/messages");
  return { me, thread: thread || null, message: message || null, ...found };
}

function spot(workspace, me, where) {
  if (where === "app/home") return { kind: "home", where };
  if (where === "app/messages") return direct(workspace, me, workspace.users.get(workspace.team.bot_user), where);
  if (where?.startsWith("@")) return direct(workspace, me, workspace.userNamed(where.slice(1)), where);
  const channel = workspace.channelNamed(where);
  if (!channel?.members.includes(me.id)) return null;
  if (channel.kind === "im") return direct(workspace, me, workspace.peer(channel, me.id), where);
  return { kind: "channel", channel, where: channel.name };
}

function direct(workspace, me, peer, where) {
  if (!peer || peer.id === me.id) return null;
  const isApp = workspace.isApp(peer.id);
  return { kind: "channel", channel: workspace.direct(me.id, peer.id), peer, where: isApp ? "app/messages" : `@${peer.name}`, was: where };
}

function firstChannel(workspace, me) {
  return workspace.channelsOf(me.id)[0]?.name;
}

function person(workspace, name) {
  const people = workspace.people();
  const wanted = name && name !== "~" ? name : remembered();
  return people.find((user) => user.name === wanted) ?? people[0];
}

/** Note who looked last, for addresses that name nobody. */
export function remember(user) {
  try {
    localStorage.setItem(LAST, user.name);
  } catch {
    /* a private window keeps nothing */
  }
}

function remembered() {
  try {
    return localStorage.getItem(LAST);
  } catch {
    return null;
  }
}

function safely(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
