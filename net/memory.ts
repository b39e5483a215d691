import type { Connection } from "./connection.ts";

/** One direction of a pair: a bounded pipe of bytes. */
class Pipe {
  #buffer: Uint8Array<ArrayBuffer>;
  #from = 0;
  #length = 0;
  #ended = false;
  #broken: Error | undefined;
  #wake: (() => void)[] = [];

  constructor(capacityBytes: number) {
    this.#buffer = new Uint8Array(capacityBytes);
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    while (this.#length === 0) {
      if (this.#broken !== undefined) throw this.#broken;
      if (this.#ended) return null;
      await this.#changed();
    }
    const count = Math.min(into.length, this.#length);
    const front = this.#buffer.subarray(this.#from, this.#from + count);
    into.set(front);
    into.set(this.#buffer.subarray(0, count - front.length), front.length);
    this.#from = (this.#from + count) % this.#buffer.length;
    this.#length -= count;
    this.#wakeAll();
    return count;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    for (;;) {
      if (this.#broken !== undefined) throw this.#broken;
      if (this.#ended) throw new Deno.errors.BrokenPipe("Cannot write: the writing half is closed");
      if (this.#length < this.#buffer.length || bytes.length === 0) break;
      await this.#changed();
    }
    const count = Math.min(bytes.length, this.#buffer.length - this.#length);
    const end = (this.#from + this.#length) % this.#buffer.length;
    const fits = Math.min(count, this.#buffer.length - end);
    this.#buffer.set(bytes.subarray(0, fits), end);
    this.#buffer.set(bytes.subarray(fits, count), 0);
    this.#length += count;
    this.#wakeAll();
    return count;
  }

  end(): void {
    this.#ended = true;
    this.#wakeAll();
  }

  break(error: Error): void {
    this.#broken ??= error;
    this.#wakeAll();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

/** What a pair is like. */
export interface MemoryPairOptions {
  /** How much each direction holds before a write waits, in bytes. @default {65_536} */
  readonly capacityBytes?: number;
}

/** Nothing shows who is at the other end, and there is no port. */
const MEMORY_SERVED_AS: readonly string[] = ["plain:0"];

/**
 * Two connections that are each other's peer, in this process: for tests, and for embedding both
 * sides in one program.
 *
 * @param options How much each direction holds.
 * @returns Both ends.
 */
export function memoryPair(options: MemoryPairOptions = {}): [Connection, Connection] {
  const { capacityBytes = 65_536 } = options;
  const there = new Pipe(capacityBytes);
  const back = new Pipe(capacityBytes);
  const end = (peer: string, incoming: Pipe, outgoing: Pipe): Connection => {
    let closed = false;
    return {
      peer,
      servedAs: MEMORY_SERVED_AS,
      read: (into) => incoming.read(into),
      write: (bytes) => outgoing.write(bytes),
      closeWrite() {
        if (!closed) outgoing.end();
        return Promise.resolve();
      },
      close() {
        if (closed) return;
        closed = true;
        outgoing.end();
        incoming.break(new Deno.errors.Interrupted("The connection was closed"));
      },
    };
  };
  return [end("memory:1", back, there), end("memory:0", there, back)];
}
