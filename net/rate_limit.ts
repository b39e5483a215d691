import { type Clock, delay, systemClock } from "../clock/clock.ts";
import { TokenBucket } from "../clock/token_bucket.ts";
import type { Connection } from "./connection.ts";

/** Pieces a second that a limited connection is read and written in, so that it flows evenly. */
const PIECES_PER_SECOND = 20;
/** The smallest piece, in bytes: below it the system's calls would cost more than they save. */
const MIN_PIECE_BYTES = 4_096;

/**
 * A limit on how fast bytes go, shared by all connections that it is put on; each direction has its own.
 *
 * Nothing is dropped or refused: reads and writes wait, and so does the peer, by the flow control of TCP.
 */
export class RateLimit {
  readonly #clock: Clock;
  readonly #pieceBytes: number;
  readonly #reading: TokenBucket;
  readonly #writing: TokenBucket;

  /**
   * A limit.
   *
   * @param bytesPerSecond How fast, each way; at least 1.
   * @param clock Whose time passes.
   */
  constructor(bytesPerSecond: number, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#pieceBytes = Math.max(MIN_PIECE_BYTES, Math.ceil(bytesPerSecond / PIECES_PER_SECOND));
    const bucket = () => new TokenBucket(this.#pieceBytes, bytesPerSecond, clock.now());
    this.#reading = bucket();
    this.#writing = bucket();
  }

  /**
   * Puts the limit on a connection.
   *
   * @param connection The connection.
   * @returns The same, slowed down; closing it ends a wait.
   */
  limit(connection: Connection): Connection {
    const closed = new AbortController();
    const piece = (bytes: Uint8Array<ArrayBuffer>) =>
      bytes.length > this.#pieceBytes ? bytes.subarray(0, this.#pieceBytes) : bytes;
    const pay = async (bucket: TokenBucket, bytes: number) => {
      const waitMs = bucket.take(bytes, this.#clock.now());
      if (waitMs > 0) await delay(this.#clock, waitMs, closed.signal);
    };
    return {
      peer: connection.peer,
      read: async (into) => {
        const count = await connection.read(piece(into));
        if (count !== null) await pay(this.#reading, count);
        return count;
      },
      write: async (bytes) => {
        const count = await connection.write(piece(bytes));
        await pay(this.#writing, count);
        return count;
      },
      closeWrite: () => connection.closeWrite(),
      close() {
        connection.close();
        closed.abort(new Deno.errors.Interrupted("The connection was closed"));
      },
    };
  }
}
