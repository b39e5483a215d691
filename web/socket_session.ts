import type { Session } from "../chat/session.ts";
import type { Clock } from "../clock/clock.ts";
import { socketDialect, socketTexts } from "./socket_dialect.ts";

/** What may be under way to a page: sent, and not confirmed by its `pong`. */
export const MAX_UNCONFIRMED_BYTES = 65_536;
/** After so many bytes without one, a `ping` asks the page how far it has read. */
const PING_EVERY_BYTES = 16_384;
/** How long the end waits for a page to say that it has read everything. */
const LINGER_MS = 1_000;

/** How a {@link SocketSession} is set up. */
export interface SocketSessionOptions {
  /** The page's address. */
  readonly peer: string;
  /** Whom it counts for. */
  readonly origin: string | undefined;
  /** Whose time the end is waited for in. */
  readonly clock: Clock;
}

/** A server's side of a WebSocket, as far as it is needed. */
export type Socket = Pick<WebSocket, "send">;

/** What a page has read once it answers the `ping` that was sent then. */
interface Mark {
  readonly t: number;
  /** Bytes that were sent by then, in all. */
  readonly sentBytes: number;
}

/**
 * The outgoing half of a WebSocket.
 *
 * A server's WebSocket takes everything and tells nobody when it is gone, so the page has to: behind the
 * data goes a `ping` with a number that nobody can guess, and the page's `pong` with it confirms what came
 * before. `write` takes as much as the window leaves, and waits where that is nothing: by that the outbox
 * knows a slow page as it knows a slow terminal.
 *
 * - I1 At most 64 KiB is unconfirmed, or one message that is longer.
 * - I2 Messages go out whole and in order, each as one WebSocket message.
 */
export class SocketSession implements Session {
  readonly dialect = socketDialect;
  readonly peer: string;
  readonly origin: string | undefined;
  /** Resolves when the socket can be closed: all is read, or there is nobody to read it. */
  readonly finished: Promise<void>;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #finish: () => void;
  #linger: Disposable | undefined;
  #sentBytes = 0;
  #confirmedBytes = 0;
  #marks: readonly Mark[] = [];
  #room: PromiseWithResolvers<void> | undefined;
  #state: "open" | "deaf" | "ended" = "open";

  /**
   * @param socket The socket.
   * @param options Whose it is.
   */
  constructor(socket: Socket, { peer, origin, clock }: SocketSessionOptions) {
    this.#socket = socket;
    this.peer = peer;
    this.origin = origin;
    this.#clock = clock;
    ({ promise: this.finished, resolve: this.#finish } = Promise.withResolvers<void>());
  }

  /** What was sent and not confirmed, in bytes. */
  get unconfirmedBytes(): number {
    return this.#sentBytes - this.#confirmedBytes;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    for (;;) {
      if (this.#state === "ended") throw new Deno.errors.BrokenPipe("The WebSocket is closed");
      if (this.#state === "deaf") return bytes.length;
      const sent = this.#send(bytes);
      if (sent > 0) return sent;
      this.#room = Promise.withResolvers();
      await this.#room.promise;
    }
  }

  /**
   * A `pong` has come.
   *
   * @param t Its number.
   * @returns Whether it answers a `ping` of this session's; others are the chat's.
   */
  confirm(t: number): boolean {
    const at = this.#marks.findIndex((mark) => mark.t === t);
    if (at < 0) return false;
    this.#confirmedBytes = this.#marks[at]!.sentBytes;
    this.#marks = this.#marks.slice(at + 1);
    this.#wake();
    if (this.#state === "ended" && this.unconfirmedBytes === 0) this.abort();
    return true;
  }

  /** The page has ended it, and reads nothing more: what is written from now on is thrown away. */
  deafen(): void {
    if (this.#state === "open") this.#state = "deaf";
    this.#wake();
  }

  /**
   * Everything has been sent: waits for up to a second until the page has read it. A WebSocket of Deno's
   * that is closed while the page still sends is reset, and what the page has not read by then is lost.
   */
  end(): void {
    if (this.#state !== "open" || this.unconfirmedBytes === 0) return this.abort();
    this.#state = "ended";
    this.#askAfter(1);
    this.#linger = this.#clock.after(LINGER_MS, () => this.abort());
  }

  abort(): void {
    this.#state = "ended";
    this.#linger?.[Symbol.dispose]();
    this.#wake();
    this.#finish();
  }

  /** Sends what the window has room for; returns how many bytes that was. */
  #send(bytes: Uint8Array<ArrayBuffer>): number {
    const left = MAX_UNCONFIRMED_BYTES - this.unconfirmedBytes;
    const { texts, ends } = socketTexts(bytes, Math.max(1, left));
    // One that is longer than the whole window goes out alone.
    if (ends[0]! > left && this.unconfirmedBytes > 0) {
      this.#askAfter(1);
      return 0;
    }
    for (const [at, text] of texts.entries()) {
      this.#socket.send(text);
      this.#sentBytes += ends[at]! - (ends[at - 1] ?? 0);
      this.#askAfter(PING_EVERY_BYTES);
    }
    return ends.at(-1)!;
  }

  /** Asks how far the page has read, where so much was sent since that was asked. */
  #askAfter(bytes: number): void {
    const asked = this.#marks.at(-1)?.sentBytes ?? this.#confirmedBytes;
    if (this.#sentBytes - asked >= bytes) this.#ask();
  }

  /** Asks the page to say that it has read everything up to here. */
  #ask(): void {
    // Who could guess it could confirm what it has not read.
    const [high, low] = crypto.getRandomValues(new Uint32Array(2));
    const t = (high! >>> 11) * 2 ** 32 + low!;
    this.#marks = [...this.#marks, { t, sentBytes: this.#sentBytes }];
    this.#socket.send(JSON.stringify({ type: "ping", payload: { t } }));
  }

  #wake(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
