import type { Socket } from "node:net";
import { createHash } from "node:crypto";
import { type Clock, systemClock } from "../clock/clock.ts";
import { SWITCHED, textAnswer, type Upgrade } from "./web_server.ts";
import { encodeFrame, OPCODE, WebSocketDecoder, WebSocketError } from "./websocket_frames.ts";

/** What every WebSocket's key is hashed with (RFC 6455, 1.3). */
const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const VERSION = "13";
/** How long the other side's close is waited for, after ours. */
const CLOSE_TIMEOUT_MS = 1_000;
/** The code that stands for a close without one. */
const NO_CODE = 1005;
const NORMAL = 1000;
const NOT_UTF8 = 1007;
const TOO_LONG = 1009;
/** What a close says beside its code. */
const REASONS: Readonly<Record<number, string>> = {
  1002: "protocol error",
  [NOT_UTF8]: "not UTF-8",
  [TOO_LONG]: "too long",
};

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** How a WebSocket is accepted. */
export interface WebSocketOptions {
  /** The longest message that is taken, in bytes; a longer one ends the connection. */
  readonly maxMessageBytes: number;
  /** A whole message has come: a text, or the bytes of a binary one. */
  readonly onMessage: (data: string | Uint8Array<ArrayBuffer>) => void;
  /**
   * A message is longer than is taken: nothing more is, and who is told closes the socket. Without it that
   * is done at once.
   */
  readonly onTooLong?: (error: WebSocketError) => void;
  /** It has ended, as far as messages go. `isClean`: the other side has said so. */
  readonly onClose: (isClean: boolean) => void;
  /** Whose time the other side's close is waited for in. @default {systemClock} */
  readonly clock?: Clock;
}

/**
 * Takes a request's connection over for a WebSocket.
 *
 * @param request The request.
 * @param upgrade Its connection, as the handler's context has it.
 * @param options Who is told.
 * @returns The socket, and what the handler answers; only an answer that refuses, where it asks for no
 *   WebSocket.
 */
export function acceptWebSocket(
  { headers, method }: Request,
  upgrade: Upgrade | undefined,
  options: WebSocketOptions,
): { readonly socket?: ServerWebSocket; readonly response: Response } {
  const key = headers.get("sec-websocket-key");
  const wants = headers.get("upgrade")?.toLowerCase() === "websocket" && method === "GET";
  if (!wants || upgrade === undefined || headers.get("sec-websocket-version") !== VERSION) {
    const response = textAnswer("Here is a WebSocket: connect with one, of version 13.\n", 426);
    response.headers.set("upgrade", "websocket");
    response.headers.set("sec-websocket-version", VERSION);
    return { response };
  }
  if (key === null || !/^[A-Za-z0-9+/]{22}==$/.test(key)) {
    return { response: textAnswer("Its Sec-WebSocket-Key is not 16 bytes in base64.\n", 400) };
  }
  const accept = createHash("sha1").update(key + MAGIC).digest("base64");
  const { socket, head } = upgrade;
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  return { socket: new ServerWebSocket(socket, head, options), response: SWITCHED };
}

/**
 * The server's end of a WebSocket. What is written is framed already, so that one buffer can go to a
 * thousand of them; a write is over when the system has taken it.
 *
 * ```
 * open --close--> closing --their close, or a second--> closed
 *   '--their close: ours follows--------------------------^
 * ```
 */
export class ServerWebSocket {
  readonly #socket: Socket;
  readonly #options: WebSocketOptions;
  readonly #decoder: WebSocketDecoder;
  #state: "open" | "closing" | "closed" = "open";
  #isTold = false;
  #timer: Disposable | undefined;
  /** The newest `ping`, while an answer is on its way. */
  #asked: Uint8Array<ArrayBuffer> | undefined;

  /**
   * @param socket The connection, after the answer to its upgrade.
   * @param head What came behind the request already.
   * @param options Who is told.
   */
  constructor(socket: Socket, head: Uint8Array, options: WebSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#decoder = new WebSocketDecoder(options.maxMessageBytes);
    socket.setNoDelay(true);
    socket.setTimeout(0);
    socket.on("data", (bytes) => this.#take(bytes));
    socket.once("end", () => socket.destroy());
    socket.once("close", () => this.#over());
    // In a turn of its own: whoever accepts it has to have it first.
    if (head.length > 0) queueMicrotask(() => this.#take(head));
  }

  /** Whether messages may be written. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /**
   * Writes.
   *
   * @param frames Whole frames; not to be touched until the answer.
   * @returns When the system has taken them.
   * @throws {Deno.errors.BrokenPipe} It is closed, or the connection broke.
   */
  write(frames: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(new Deno.errors.BrokenPipe("The WebSocket is closed"));
      this.#socket.write(frames, (error) => {
        if (error) reject(new Deno.errors.BrokenPipe("The connection broke", { cause: error }));
        else resolve();
      });
    });
  }

  /**
   * Ends it: says so, and waits a second for the other side to say it too.
   *
   * @param code Why (RFC 6455, 7.4.1).
   * @param reason Why, in a word or two: at most 123 bytes.
   */
  close(code: number, reason = ""): void {
    if (!this.isOpen) return;
    this.#state = "closing";
    const { clock = systemClock } = this.#options;
    this.#timer = clock.after(CLOSE_TIMEOUT_MS, () => this.#socket.destroy());
    this.#socket.write(encodeFrame(OPCODE.close, closePayload(code, reason)));
  }

  #take(bytes: Uint8Array): void {
    try {
      for (const { opcode, payload } of this.#decoder.push(bytes)) this.#receive(opcode, payload);
    } catch (error) {
      if (!(error instanceof WebSocketError)) throw error;
      // What comes behind it makes no sense any more.
      this.#socket.removeAllListeners("data").resume();
      const { onTooLong } = this.#options;
      if (error.code === TOO_LONG && this.isOpen && onTooLong !== undefined) onTooLong(error);
      else this.close(error.code, REASONS[error.code]);
    }
  }

  #receive(opcode: number, payload: Uint8Array<ArrayBuffer>): void {
    if (opcode === OPCODE.close) return this.#closedByPeer(payload);
    if (!this.isOpen) return;
    if (opcode === OPCODE.ping) this.#pong(payload);
    else if (opcode === OPCODE.binary) this.#options.onMessage(payload);
    else if (opcode === OPCODE.text) this.#options.onMessage(textOf(payload));
  }

  /** Answers the newest `ping` (RFC 6455, 5.5.3): who asks and asks, and reads nothing, has one answer waiting. */
  #pong(payload: Uint8Array<ArrayBuffer>): void {
    const isWaiting = this.#asked !== undefined;
    this.#asked = payload;
    if (isWaiting) return;
    this.#socket.write(encodeFrame(OPCODE.pong, payload), () => {
      const newest = this.#asked!;
      this.#asked = undefined;
      if (newest !== payload && this.isOpen) this.#pong(newest);
    });
  }

  #closedByPeer(payload: Uint8Array): void {
    const code = payload.length >= 2 ? payload[0]! << 8 | payload[1]! : NO_CODE;
    if (payload.length === 1 || !isCloseCode(code)) {
      throw new WebSocketError(1002, "This is not the WebSocket protocol: its close has no code");
    }
    if (this.isOpen) this.close(code === NO_CODE ? NORMAL : code);
    // Nothing more is written from now on: that is to be known before somebody tries.
    this.#tellClosed(true);
    // Both have said so: the server is who closes the connection (RFC 6455, 7.1.1).
    this.#socket.end(() => this.#socket.destroy());
  }

  #over(): void {
    this.#state = "closed";
    this.#timer?.[Symbol.dispose]();
    this.#tellClosed(false);
  }

  #tellClosed(isClean: boolean): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#options.onClose(isClean);
  }
}

function textOf(payload: Uint8Array): string {
  try {
    return decoder.decode(payload);
  } catch {
    throw new WebSocketError(NOT_UTF8, "Cannot take a text that is not UTF-8");
  }
}

function closePayload(code: number, reason: string): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(reason);
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >> 8;
  payload[1] = code;
  payload.set(text, 2);
  return payload;
}

/** Codes that may be sent, and the one that stands for none. */
function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1014 && ![1004, 1006].includes(code)) ||
    (code >= 3000 && code < 5000);
}
