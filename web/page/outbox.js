// Messages that are not acknowledged yet. They outlive a reload: each is an item of its own in the browser's
// storage, so that several tabs do not write over each other.

/** @import {Sealed, SharedFile} from "../../protocol/chat.ts" */

/**
 * A message on its way: to a room or to a person. `error` says why it was refused. Of a sealed one neither the text
 * nor the files' names are here.
 *
 * @typedef {{id: string, at: number, room?: string, to?: string, text: string, files: readonly SharedFile[], sealed?: Sealed, error?: string}} Pending
 */

/** What waits to be acknowledged, oldest first. */
export class Outbox {
  /** @type {Map<string, Pending>} */
  #waiting = new Map();

  /**
   * @param {Storage} storage
   * @param {string} owner Whose messages: a folded name.
   */
  constructor(storage, owner) {
    this.storage = storage;
    this.prefix = `parley.out.${owner} `;
    const found = [];
    for (let at = 0; at < storage.length; at++) {
      const key = storage.key(at);
      if (key?.startsWith(this.prefix)) found.push(readPending(storage.getItem(key)));
    }
    found.sort((a, b) => (a?.id ?? "") < (b?.id ?? "") ? -1 : 1);
    for (const pending of found) if (pending !== undefined) this.#waiting.set(pending.id, pending);
  }

  all() {
    return this.#waiting.values();
  }

  /** @param {string} id */
  get(id) {
    return this.#waiting.get(id);
  }

  /** @param {Pending} pending A new one, or one that has changed. */
  put(pending) {
    this.#waiting.set(pending.id, pending);
    try {
      this.storage.setItem(this.prefix + pending.id, JSON.stringify(pending));
    } catch {
      // A full storage: it is kept as long as the page is open.
    }
  }

  /** @param {string} id */
  remove(id) {
    this.#waiting.delete(id);
    this.storage.removeItem(this.prefix + id);
  }
}

/**
 * @param {string | null} text
 * @returns {Pending | undefined}
 */
function readPending(text) {
  try {
    const pending = JSON.parse(text ?? "");
    const isWhole = typeof pending.id === "string" && typeof pending.text === "string" &&
      typeof pending.at === "number" && Array.isArray(pending.files);
    return isWhole ? pending : undefined;
  } catch {
    return undefined;
  }
}
