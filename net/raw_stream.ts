import { Duplex } from "node:stream";

/** A stream for Node's TLS over a connection of Deno's. */
export interface RawStream {
  /** The stream; destroying it closes the connection. */
  readonly stream: Duplex;
  /** Why the connection broke, if it did: Node's TLS does not always tell. */
  readonly failure: Error | undefined;
  /** Whether the connection itself has come to its end, which anybody in between can have it do. */
  readonly hasEnded: boolean;
  /** Resolves when what was written so far has gone out, or cannot any more. */
  written(): Promise<void>;
  /** Reads no more from the connection, or reads on. */
  hold(isHeld: boolean): void;
}

/** What an idle connection's pending read holds, and what a busy one's grows to, in bytes. */
const MIN_BUFFER_BYTES = 1_024;
const MAX_BUFFER_BYTES = 65_536;

/**
 * Makes a stream of a connection, so that TLS can run on it. `node:tls` over a socket of its own loses the end of
 * input where it was paused, so here it never is: what is held back is the connection below it.
 *
 * @param conn The connection; the stream owns it.
 * @param unread What was read of it already: it comes first.
 * @returns The stream, and what holds it back.
 */
export function rawStream(conn: Deno.TcpConn, unread?: Uint8Array): RawStream {
  let held: PromiseWithResolvers<void> | undefined;
  let failure: Error | undefined;
  let hasEnded = false;
  let written = Promise.resolve();
  let bufferBytes = MIN_BUFFER_BYTES;
  async function read(): Promise<Uint8Array | null> {
    while (held !== undefined) await held.promise;
    if (unread !== undefined) {
      const first = unread;
      unread = undefined;
      return first;
    }
    const buffer = new Uint8Array(bufferBytes);
    const count = await conn.read(buffer);
    if (count === buffer.length) bufferBytes = Math.min(bufferBytes * 4, MAX_BUFFER_BYTES);
    else if (count !== null && count <= MIN_BUFFER_BYTES) bufferBytes = MIN_BUFFER_BYTES;
    hasEnded = count === null;
    return count === null ? null : buffer.subarray(0, count);
  }
  async function write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
  }
  const broke = (error: Error) => failure ??= error;
  const stream = new Duplex({
    allowHalfOpen: true,
    read() {
      read().then((bytes) => this.push(bytes), (error) => this.destroy(broke(error)));
    },
    write(bytes: Uint8Array, _encoding, done) {
      written = write(bytes).then(() => done(), (error) => done(broke(error)));
    },
    final(done) {
      conn.closeWrite().then(() => done(), done);
    },
    destroy(error, done) {
      try {
        conn.close();
      } catch {
        // Its owner has closed it already.
      }
      done(error);
    },
  });
  return {
    stream,
    get failure() {
      return failure;
    },
    get hasEnded() {
      return hasEnded;
    },
    written: () => written,
    hold(isHeld) {
      if (isHeld) held ??= Promise.withResolvers<void>();
      else {
        held?.resolve();
        held = undefined;
      }
    },
  };
}
