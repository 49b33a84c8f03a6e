/** What stands in the inputs of one message or view: by block id and action id, so that it survives a new drawing. */

export class Entries {
  #values = new Map();

  has(block, action) {
    return this.#values.has(`${block}\n${action}`);
  }

  get(block, action) {
    return this.#values.get(`${block}\n${action}`);
  }

  set(block, action, value) {
    this.#values.set(`${block}\n${action}`, value);
  }

  drop(block, action) {
    this.#values.delete(`${block}\n${action}`);
  }
}

/** Entries by the name of what they stand in. */
export class Desk {
  #all = new Map();

  of(name) {
    if (!this.#all.has(name)) this.#all.set(name, new Entries());
    return this.#all.get(name);
  }
}
