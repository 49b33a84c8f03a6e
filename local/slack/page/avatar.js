/** Faces: initials on a colour of their own, and a reel for the app. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** Somebody's avatar; `size` is `small`, `medium` or `large`. Screen readers hear the name beside it. */
export function avatar(user, workspace, size = "medium") {
  const isApp = user && workspace.isApp(user.id);
  const style = isApp ? {} : { "--hue": String(hue(user?.id ?? "")) };
  return h(
    "span",
    { class: `avatar avatar-${size}${isApp ? " avatar-app" : ""}`, style, "aria-hidden": "true" },
    isApp ? icon("play") : initials(user),
  );
}

function initials(user) {
  const words = (user?.real_name ?? "?").split(/\s+/);
  return words.length > 1 ? words[0][0] + words.at(-1)[0] : words[0].slice(0, 1);
}

function hue(id) {
  let sum = 7;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return sum;
}
