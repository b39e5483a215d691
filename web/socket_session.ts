import type { Session } from "../chat/session.ts";
import { fittingBytes, socketDialect } from "./socket_dialect.ts";
import type { ServerWebSocket } from "./websocket.ts";
import { encodeFrame, OPCODE } from "./websocket_frames.ts";

/** What may be under way to a page: sent, and not confirmed by its `pong`. */
export const MAX_UNCONFIRMED_BYTES = 65_536;
/** Bytes of one write: while they are confirmed the next ones are under way. */
const MAX_WRITE_BYTES = 32_768;
/** After so many bytes without one, a `ping` asks the page how far it has read. */
const PING_EVERY_BYTES = 16_384;

const encoder = new TextEncoder();

/** How a {@link SocketSession} is set up. */
export interface SocketSessionOptions {
  /** The page's address. */
  readonly peer: string;
  /** Whom it counts for. */
  readonly origin: string | undefined;
  /** What a proof may call the server: `web:` and the page's origin, as the browser says and was checked. */
  readonly servedAs?: readonly string[];
}

/** A server's side of a WebSocket, as far as it is needed. */
export type Socket = Pick<ServerWebSocket, "write">;

/** What a page has read once it answers the `ping` that was sent then. */
interface Mark {
  readonly t: number;
  /** Bytes that were sent by then, in all. */
  readonly sentBytes: number;
}

/**
 * The outgoing half of a WebSocket.
 *
 * That the system has taken something does not say that the page has: the browser reads for it, into
 * memory without a bound. So behind the data goes a `ping` with a number that nobody can guess, and the
 * page's `pong` with it confirms what came before. `write` takes as much as the window leaves, and waits
 * where that is nothing: by that the outbox knows a slow page as it knows a slow terminal.
 *
 * - I1 At most 64 KiB is unconfirmed, or one message that is longer.
 * - I2 Messages go out whole and in order, each as one WebSocket message.
 */
export class SocketSession implements Session {
  readonly dialect = socketDialect;
  readonly peer: string;
  readonly origin: string | undefined;
  readonly servedAs: readonly string[];
  readonly #socket: Socket;
  #sentBytes = 0;
  #confirmedBytes = 0;
  #marks: readonly Mark[] = [];
  #room: PromiseWithResolvers<void> | undefined;
  #state: "open" | "deaf" | "ended" = "open";

  /**
   * @param socket The socket; who accepted it closes it.
   * @param options Whose it is.
   */
  constructor(socket: Socket, { peer, origin, servedAs = [] }: SocketSessionOptions) {
    this.#socket = socket;
    this.peer = peer;
    this.origin = origin;
    this.servedAs = servedAs;
  }

  /** What was sent and not confirmed, in bytes. */
  get unconfirmedBytes(): number {
    return this.#sentBytes - this.#confirmedBytes;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    for (;;) {
      if (this.#state === "ended") throw new Deno.errors.BrokenPipe("The WebSocket is closed");
      if (this.#state === "deaf") return bytes.length;
      const count = this.#fitting(bytes);
      if (count > 0) return await this.#send(bytes.subarray(0, count));
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
    return true;
  }

  /** The page has ended it, and reads nothing more: what is written from now on is thrown away. */
  deafen(): void {
    if (this.#state === "open") this.#state = "deaf";
    this.#wake();
  }

  // Who accepted the socket closes it, with the code that says why.
  end(): void {
    this.abort();
  }

  abort(): void {
    this.#state = "ended";
    this.#wake();
  }

  /** How many bytes the window has room for. */
  #fitting(bytes: Uint8Array<ArrayBuffer>): number {
    const left = MAX_UNCONFIRMED_BYTES - this.unconfirmedBytes;
    const count = fittingBytes(bytes, Math.min(left, MAX_WRITE_BYTES));
    if (count <= left) return count;
    // One that is longer than the whole window goes out alone.
    if (this.unconfirmedBytes === 0) return count;
    this.#askAfter(1);
    return 0;
  }

  /** Sends whole messages; resolves when the system has taken them. */
  async #send(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    this.#sentBytes += bytes.length;
    const written = this.#socket.write(bytes);
    this.#askAfter(PING_EVERY_BYTES);
    try {
      await written;
    } catch (error) {
      // To a page that has ended it nothing is lost that it would have read.
      if (this.#state !== "deaf") throw error;
    }
    return bytes.length;
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
    const ping = encoder.encode(JSON.stringify({ type: "ping", payload: { t } }));
    this.#socket.write(encodeFrame(OPCODE.text, ping)).catch(() => {
      // The data before it was not taken either, and tells.
    });
  }

  #wake(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
