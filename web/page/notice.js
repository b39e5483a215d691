// The line above the messages: whether there is a connection, and what is to be known for a moment.

import { byId, el } from "./dom.js";

/** @import {Connection} from "./connection.js" */
/** @import {Session} from "./session.js" */

const TOLD_MS = 6_000;
/** A connection that comes at once is not worth a word. */
const PATIENCE_MS = 700;

/** Says one thing at a time. */
export class Notice {
  /** Why there is no connection, in the server's words. */
  reason = "";
  #told = "";
  #since = Date.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #toldTimer;

  /**
   * @param {Connection} connection
   * @param {Session} session
   */
  constructor(connection, session) {
    this.connection = connection;
    this.session = session;
    this.node = byId("notice");
    this.words = el("span");
    this.button = el("button", { class: "plain", click: () => connection.dial() });
    this.node.append(this.words, this.button);
  }

  /** @param {string} text */
  tell(text) {
    this.#told = text;
    clearTimeout(this.#toldTimer);
    this.#toldTimer = setTimeout(() => {
      this.#told = "";
      this.update();
    }, TOLD_MS);
    this.update();
  }

  update() {
    clearTimeout(this.#timer);
    const { session, connection, reason } = this;
    if (session.isOnline) this.#since = Infinity;
    else this.#since = Math.min(this.#since, Date.now());
    byId("app").classList.toggle("offline", !session.isOnline);
    byId("status").textContent = session.isOnline ? "Online" : "Offline";
    if (session.isOnline) return this.#show(this.#told, "");
    const early = this.#since + PATIENCE_MS - Date.now();
    if (early > 0 && !connection.isStopped) {
      this.#timer = setTimeout(() => this.update(), early);
      return this.#show(this.#told, "");
    }
    if (connection.isStopped) return this.#show(reason, "Connect");
    // Not counted down: a screen reader would read each number.
    const words = connection.retryAt === undefined
      ? "Connecting…"
      : "No connection: trying again soon.";
    this.#show(`${reason} ${words}`.trim(), connection.retryAt === undefined ? "" : "Try now");
  }

  /** @type {(text: string, action: string) => void} */
  #show(text, action) {
    if (this.words.textContent !== text) this.words.textContent = text;
    this.button.textContent = action;
    this.button.hidden = action === "";
    this.node.classList.toggle("shown", text !== "");
  }
}
