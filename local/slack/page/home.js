/** The app's Home tab, as it was published to whoever looks. */

import { avatar } from "./avatar.js";
import { blocks } from "./blocks.js";
import { fill, h, keepingFocus } from "./dom.js";
import { viewContext } from "./view.js";

export class Home {
  #page;
  #drawn = null;

  /** Opening it tells the app so. */
  constructor(page) {
    this.#page = page;
    this.body = h("div", { class: "home-body" });
    this.element = h("div", { class: "home", role: "region", "aria-label": "Home" }, this.body);
    page.act("home");
  }

  draw() {
    const { workspace, place } = this.#page;
    const view = workspace.home(place.me.id);
    if (this.#drawn === (view?.hash ?? "none")) return;
    this.#drawn = view?.hash ?? "none";
    keepingFocus(this.body, () => fill(this.body, view ? blocks(view.blocks, viewContext(view, this.#page)) : this.#empty()));
  }

  #empty() {
    const { workspace, place } = this.#page;
    const app = workspace.users.get(workspace.team.bot_user);
    return h(
      "div",
      { class: "empty" },
      avatar(app, workspace, "large"),
      h("h2", {}, `Nothing here yet, ${place.me.real_name.split(" ")[0]}`),
      h("p", {}, workspace.isConnected ? `${app.real_name} has not published its Home for you. It was just told that you are looking.` : `${app.real_name} is not connected. It publishes its Home once it is.`),
    );
  }
}
