// The WebSocket: dials, notices when it is dead, and dials again after growing pauses.

/** @import {ChatMessage, ChatRequest} from "../../protocol/chat.ts" */
/** @import {Session} from "./session.js" */

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;
/** After so much silence the server is asked; it asks by itself after 30 s. */
const SILENCE_MS = 45_000;
const ANSWER_MS = 15_000;

/**
 * How long to wait before an attempt: each pause may be twice the one before, half of it is left to chance.
 *
 * @param {number} attempt 0 is the first.
 * @param {number} [random]
 */
export function pauseOf(attempt, random = Math.random()) {
  const most = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 20));
  return Math.round(most / 2 * (1 + random));
}

/** Keeps a {@link Session} connected. */
export class Connection {
  /** @type {WebSocket | undefined} */
  #socket;
  #attempts = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  #stopped = false;
  /** When the next attempt is made, Unix milliseconds; undefined while one is. @type {number | undefined} */
  retryAt;

  /**
   * @param {string} url
   * @param {Session} session
   * @param {() => void} changed Told when it is online, or is not any more.
   */
  constructor(url, session, changed) {
    this.url = url;
    this.session = session;
    this.changed = changed;
    this.dial();
  }

  /** Whether it has ended, and dials only when it is told to. */
  get isStopped() {
    return this.#stopped;
  }

  /** Dials now, also where a pause is not over. */
  dial() {
    clearTimeout(this.#timer);
    this.#drop();
    this.#stopped = false;
    this.retryAt = undefined;
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.onopen = () => {
      this.session.begin((request) => this.#send(socket, request));
      this.#listen();
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return;
      this.#listen();
      const wasOnline = this.session.isOnline;
      this.session.receive(/** @type {ChatMessage} */ (JSON.parse(data)));
      if (!wasOnline && this.session.isOnline) {
        this.#attempts = 0;
        this.changed();
      }
    };
    socket.onclose = () => socket === this.#socket && this.#lost();
    this.#expect(ANSWER_MS, () => this.#lost());
    this.changed();
  }

  /** Where something has changed, of the network or the page: is it still there? */
  wake() {
    if (this.#stopped) return;
    if (this.#socket === undefined) this.dial();
    else if (this.session.isOnline) this.#ask();
  }

  /** Ends it, and does not dial by itself. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.retryAt = undefined;
    this.#drop();
    this.changed();
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = undefined;
    clearTimeout(this.#silence);
    socket?.close();
    this.session.interrupt();
  }

  #lost() {
    this.#drop();
    if (this.#stopped) return;
    const pause = pauseOf(this.#attempts++);
    this.retryAt = Date.now() + pause;
    this.#timer = setTimeout(() => this.dial(), pause);
    this.changed();
  }

  #listen() {
    this.#expect(SILENCE_MS, () => this.#ask());
  }

  #ask() {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    this.#send(socket, { type: "ping", payload: { t: Date.now() } });
    this.#expect(ANSWER_MS, () => this.#lost());
  }

  /** @type {(ms: number, otherwise: () => void) => void} */
  #expect(ms, otherwise) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(otherwise, ms);
  }

  /** @type {(socket: WebSocket, request: ChatRequest) => void} */
  #send(socket, request) {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
  }
}
