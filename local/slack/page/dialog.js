/** Small dialogs over the page: a question, a film. The browser's own dialog keeps and returns the focus. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { textObject } from "./mrkdwn.js";

/** Ask what a confirm object asks. Resolves to whether the person said yes. */
export function confirmed(spec, context) {
  return new Promise((resolve) => {
    const style = spec.style === "danger" ? "danger" : "primary";
    const answer = (yes) => () => dialog.close(yes ? "yes" : "");
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "confirm-title", onclose: () => { dialog.remove(); resolve(dialog.returnValue === "yes"); } },
      h("h2", { id: "confirm-title" }, textObject(spec.title, context)),
      h("div", { class: "dialog-body text" }, textObject(spec.text, context)),
      h(
        "div",
        { class: "dialog-buttons" },
        h("button", { type: "button", class: "button", onclick: answer(false) }, textObject(spec.deny, context)),
        h("button", { type: "button", class: `button button-${style}`, onclick: answer(true), autofocus: true }, textObject(spec.confirm, context)),
      ),
    );
    show(dialog);
  });
}

/** Play a film of this machine. */
export function playFilm(address, title) {
  const video = h("video", { src: address, controls: true, autoplay: true, playsinline: true, "aria-label": title });
  const dialog = h(
    "dialog",
    { class: "dialog dialog-film", "aria-label": title, onclose: () => { video.pause(); dialog.remove(); } },
    h("button", { type: "button", class: "quiet dialog-close", "aria-label": "Close", onclick: () => dialog.close() }, icon("close")),
    video,
    h("p", { class: "film-foot" }, h("span", {}, title), h("a", { href: address, target: "_blank", rel: "noreferrer noopener" }, "Open in a new tab")),
  );
  show(dialog);
}

function show(dialog) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}
