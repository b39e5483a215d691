/** What a link can do. */
export interface LinkOptions {
  /** How long a byte is on its way, in milliseconds, in each direction. */
  readonly delayMs: number;
  /** What it carries, in each direction; all connections share it. */
  readonly bytesPerSecond: number;
}

/** The link's clock: what it carries is counted in steps no longer than this. */
const QUANTUM_MS = 10;
const READ_BYTES = 32_768;

/**
 * A slow link on one machine: what is sent to one of its ports comes out at another, later and no faster
 * than the link is.
 *
 *     sender --TCP--> [ waits for its turn ][ on its way: delay ] --TCP--> receiver
 *
 * - I1 A byte arrives `delayMs` after the link had room for it.
 * - I2 No more than what fits on the link (bandwidth x delay, and two quanta) is held for a connection
 *   and direction; beyond that nothing is read, and TCP holds the sender back.
 * - I3 A connection's first byte leaves after a round trip, as after a handshake over the link; its
 *   end is on its way as long as its bytes.
 *
 * What it does not show is TCP's own slow start and loss: each side speaks to the proxy over loopback.
 */
export class LinkProxy implements Disposable {
  readonly #options: LinkOptions;
  readonly #listeners = new Map<number, Deno.TcpListener>();
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #forth: Lane;
  readonly #back: Lane;

  /** @param options Delay and bandwidth. */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.#forth = new Lane(options);
    this.#back = new Lane(options);
  }

  /** How many bytes have arrived at those who listen, over all connections. */
  get deliveredBytes(): number {
    return this.#forth.deliveredBytes;
  }

  /**
   * The link's near end for a port at its far end.
   *
   * @param port Where somebody listens on the loopback.
   * @returns The port to dial instead.
   */
  readonly to = (port: number): number => {
    let listener = this.#listeners.get(port);
    if (listener === undefined) {
      listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      this.#listeners.set(port, listener);
      this.#accept(listener, port);
    }
    return listener.addr.port;
  };

  /** Cuts the cable: every connection breaks, what is on its way is lost. */
  cut(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }

  /** Cuts the cable, and stops listening. */
  [Symbol.dispose](): void {
    for (const listener of this.#listeners.values()) listener.close();
    this.#listeners.clear();
    this.cut();
  }

  async #accept(listener: Deno.TcpListener, port: number): Promise<void> {
    try {
      for await (const near of listener) this.#join(near, port);
    } catch (error) {
      if (this.#listeners.get(port) === listener) throw error;
    }
  }

  async #join(near: Deno.TcpConn, port: number): Promise<void> {
    const ends = [near];
    this.#connections.add(near);
    try {
      await pause(2 * this.#options.delayMs);
      const far = await Deno.connect({ hostname: "127.0.0.1", port });
      // It may have been cut meanwhile.
      if (!this.#connections.has(near)) return far.close();
      ends.push(far);
      this.#connections.add(far);
      for (const end of ends) end.setNoDelay(true);
      await Promise.all([this.#forth.carry(near, far), this.#back.carry(far, near)]);
    } catch {
      // One side broke its connection, or nobody listens: the other one sees its own break.
    } finally {
      for (const end of ends) if (this.#connections.delete(end)) end.close();
    }
  }
}

/** One direction of a link. */
class Lane {
  deliveredBytes = 0;
  readonly #delayMs: number;
  readonly #bytesPerMs: number;
  readonly #windowBytes: number;
  /** When the last byte that was taken will have left. */
  #freeAt = 0;

  constructor({ delayMs, bytesPerSecond }: LinkOptions) {
    this.#delayMs = delayMs;
    this.#bytesPerMs = bytesPerSecond / 1_000;
    this.#windowBytes = this.#bytesPerMs * (delayMs + 2 * QUANTUM_MS);
  }

  /** Carries what one connection brings to another, to the end. */
  async carry(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    const onWay: { readonly bytes: number; readonly arrival: Promise<void> }[] = [];
    let onWayBytes = 0;
    let broken: unknown;
    let last = Promise.resolve();
    const deliver = async (before: Promise<void>, bytes: Uint8Array, dueAt: number) => {
      await before;
      if (broken !== undefined) return;
      try {
        await until(dueAt);
        for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
        this.deliveredBytes += bytes.length;
      } catch (error) {
        broken = error;
      }
    };
    for (;;) {
      const count = await from.read(buffer);
      if (broken !== undefined) throw broken;
      if (count === null) break;
      const leavesAt = this.#take(count);
      last = deliver(last, buffer.slice(0, count), leavesAt + this.#delayMs);
      onWay.push({ bytes: count, arrival: last });
      onWayBytes += count;
      while (onWayBytes > this.#windowBytes) {
        const first = onWay.shift()!;
        await first.arrival;
        onWayBytes -= first.bytes;
      }
      await until(leavesAt - QUANTUM_MS);
    }
    await Promise.all([last, pause(this.#delayMs)]);
    await to.closeWrite();
  }

  /** Gives bytes their turn: when the last of them has left. */
  #take(bytes: number): number {
    // A timer that fires late may catch up by one quantum, so that it costs no bandwidth; what was not
    // used before that is lost.
    const from = Math.max(this.#freeAt, performance.now() - QUANTUM_MS);
    this.#freeAt = from + bytes / this.#bytesPerMs;
    return this.#freeAt;
  }
}

function until(time: number): Promise<void> {
  return pause(time - performance.now());
}

async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
