import type { Tally, Wire } from "./wire.ts";

/** Counts what comes on one connection, in a buffer that it is read into. */
export class Counter {
  /** What has come so far. */
  readonly tally: Tally = { messages: 0, acks: 0, joined: 0, pings: 0, lastPing: 0 };
  readonly #wire: Wire;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  /** The beginning of a head that is not whole: it lies at the buffer's beginning. */
  #kept = 0;
  /** What is left of a body that is not whole. */
  #skipped = 0;

  /**
   * @param wire What is spoken.
   * @param bufferBytes How much is read at once.
   */
  constructor(wire: Wire, bufferBytes: number) {
    this.#wire = wire;
    this.#buffer = new Uint8Array(bufferBytes);
  }

  /** Where the next bytes are to be read into. */
  get into(): Uint8Array<ArrayBuffer> {
    return this.#kept === 0 ? this.#buffer : this.#buffer.subarray(this.#kept);
  }

  /**
   * So many bytes were read.
   *
   * @throws {Error} The server said no, or what no buffer can hold.
   */
  took(count: number): void {
    const buffer = this.#buffer;
    const to = this.#kept + count;
    const at = this.#skipped < to
      ? this.#wire.walk(buffer, this.#skipped, to, this.tally)
      : this.#skipped;
    this.#skipped = Math.max(0, at - to);
    this.#kept = Math.max(0, to - at);
    if (this.#kept === buffer.length) throw new Error("A head does not fit into the read buffer");
    if (this.#kept > 0) buffer.copyWithin(0, at, to);
  }
}
