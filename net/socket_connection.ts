import type { TLSSocket } from "node:tls";
import type { Connection } from "./connection.ts";
import type { RawStream } from "./raw_stream.ts";

/** Node is done with a write when all of it is gone: of a large one nobody would see that it goes on. */
const MAX_WRITE_BYTES = 65_536;
/** Who reads so much at once is busy: what comes next is read ahead, up to so much. */
const [BUSY_READ_BYTES, MAX_AHEAD_BYTES] = [65_536, 262_144];
/** How long the end may take to go out when a connection is closed: where nobody reads, it never does. */
const LAST_WORD_MS = 1_000;

/** RFC 8446, section 6.1. */
const CUT_OFF = "The connection was cut off: it ended without TLS's close_notify";

/** What a {@link socketConnection} is made of. */
export interface SocketConnectionParts {
  /** The TLS socket, its handshake done. */
  readonly socket: TLSSocket;
  /** What it runs on. */
  readonly raw: RawStream;
  /** The peer's address, printable. */
  readonly peer: string;
  /** What the server may be called in a proof. */
  readonly servedAs: readonly string[];
}

/**
 * A {@link Connection} over a TLS socket of Node's.
 *
 * @param parts The socket and what it runs on; the connection owns both.
 * @returns The connection.
 */
export function socketConnection(parts: SocketConnectionParts): Connection {
  return new SocketConnection(parts);
}

class SocketConnection implements Connection {
  readonly peer: string;
  readonly servedAs: readonly string[];
  readonly #socket: TLSSocket;
  readonly #raw: RawStream;
  /** What has come and was not read: where it is enough, nothing more is read of the connection below. */
  #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  /** How much is enough; 0: anything. */
  #aheadBytes = 0;
  #failure: Error | undefined;
  #ended = false;
  #isClosed = false;
  #writingEnded = false;
  #wake = () => {};

  constructor({ socket, raw, peer, servedAs }: SocketConnectionParts) {
    this.peer = peer;
    this.servedAs = servedAs;
    this.#socket = socket;
    this.#raw = raw;
    raw.hold(true);
    socket.on("data", (bytes) => {
      this.#chunks.push(bytes);
      this.#waitingBytes += bytes.length;
      if (this.#waitingBytes >= this.#aheadBytes) raw.hold(true);
      this.#wake();
    });
    socket.once("end", () => {
      // Who ends says so, in TLS, before the connection below ends. Where that comes first, somebody has cut it off.
      if (raw.hasEnded) return this.#fail(new Deno.errors.UnexpectedEof(CUT_OFF));
      this.#ended = true;
      this.#wake();
    });
    socket.on("error", (error) => this.#fail(error));
    socket.once("close", () => this.#fail(new Deno.errors.BrokenPipe("The connection broke")));
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    // Who takes much at once has the next of it come meanwhile.
    this.#aheadBytes = into.length < BUSY_READ_BYTES ? 0 : Math.min(into.length, MAX_AHEAD_BYTES);
    while (!this.#isClosed) {
      if (this.#chunks.length > 0) return this.#take(into);
      if (this.#ended) return null;
      if (this.#failure !== undefined) break;
      const { promise: changed, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      this.#raw.hold(false);
      await changed;
    }
    throw this.#failure;
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      if (this.#writingEnded) {
        return reject(new Deno.errors.BrokenPipe("Cannot write: the writing half is closed"));
      }
      // What is empty is never told to be written.
      if (bytes.length === 0) return resolve(0);
      const piece = bytes.length > MAX_WRITE_BYTES ? bytes.subarray(0, MAX_WRITE_BYTES) : bytes;
      this.#socket.write(piece, (error) => {
        const failure = error ?? this.#raw.failure ?? this.#failure;
        if (failure === undefined) resolve(piece.length);
        else reject(failure);
      });
    });
  }

  closeWrite(): Promise<void> {
    this.#writingEnded = true;
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#socket.end(() => this.#failure === undefined ? resolve() : reject(this.#failure));
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const hasBroken = this.#failure !== undefined;
    this.#chunks = [];
    this.#waitingBytes = 0;
    this.#failure = new Deno.errors.Interrupted("The connection was closed");
    this.#wake();
    // The other side is to read an end, and not that the connection was cut, if it is still there. What waits to be
    // written it need not.
    if (hasBroken || this.#writingEnded || this.#socket.writableLength > 0) return this.#destroy();
    this.#writingEnded = true;
    const timer = setTimeout(() => this.#destroy(), LAST_WORD_MS);
    this.#socket.end(() => {
      // Node says so before its last record has gone out.
      this.#raw.written().then(() => {
        clearTimeout(timer);
        this.#destroy();
      });
    });
  }

  #destroy(): void {
    this.#socket.destroy();
    this.#raw.stream.destroy();
    this.#raw.hold(false);
  }

  /** Takes as much as there is, and as there is room for. */
  #take(into: Uint8Array<ArrayBuffer>): number {
    let taken = 0;
    let whole = 0;
    for (const chunk of this.#chunks) {
      const piece = chunk.subarray(0, into.length - taken);
      into.set(piece, taken);
      taken += piece.length;
      if (piece.length < chunk.length) {
        this.#chunks[whole] = chunk.subarray(piece.length);
        break;
      }
      whole++;
    }
    this.#chunks.splice(0, whole);
    this.#waitingBytes -= taken;
    if (this.#waitingBytes < this.#aheadBytes) this.#raw.hold(false);
    return taken;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}
