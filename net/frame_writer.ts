import { encodeFrameHeader, encodeJsonFrameInto, maxJsonFrameBytes } from "../codec/encoder.ts";
import { MAX_DATA_PAYLOAD_BYTES } from "../codec/frame.ts";
import { type Connection, writeAll } from "./connection.ts";

const EMPTY = new Uint8Array(0);

/**
 * The one writer of a connection: queues messages, gathers what is queued into one write, and sends
 * file data without copying it.
 *
 * - I1 What is sent arrives in the order of the calls.
 * - I2 After a failed write every later call fails with the same error.
 *
 * @example
 * ```ts ignore
 * const writer = new FrameWriter(connection);
 * writer.send({ type: "join", payload: { room: "lobby" } });
 * await writer.flush();
 * ```
 */
export class FrameWriter {
  readonly #connection: Connection;
  /** Messages that no write has taken yet, encoded. */
  #queued: Uint8Array<ArrayBuffer> = EMPTY;
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param connection Where to; the writer does not close it. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Bytes of queued messages that no write has taken yet. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * Queues a message; it goes out together with what else this turn queues. What fails is thrown by
   * the next `flush`, `data` or `finish`.
   *
   * @param message A JSON object.
   * @throws {RangeError} The message is over the limit of a json frame.
   */
  send(message: object): void {
    if (this.#failure !== undefined) return;
    const text = JSON.stringify(message);
    const room = maxJsonFrameBytes(text.length);
    if (this.#queued.length - this.#queuedBytes < room) this.#grow(this.#queuedBytes + room);
    this.#queuedBytes += encodeJsonFrameInto(text, this.#queued.subarray(this.#queuedBytes));
    this.#running ??= this.#run();
  }

  /**
   * Writes one data frame, after everything queued.
   *
   * @param payload The payload, up to 1 MiB; not copied, not to be changed until then.
   * @returns When the system has taken it all.
   */
  async data(payload: Uint8Array<ArrayBuffer>): Promise<void> {
    if (payload.length > MAX_DATA_PAYLOAD_BYTES) encodeFrameHeader("data", payload.length);
    await this.flush();
    await this.#guard(async () => {
      await writeAll(this.#connection, encodeFrameHeader("data", payload.length));
      if (payload.length > 0) await writeAll(this.#connection, payload);
    });
  }

  /** Waits until the system has taken everything queued. */
  async flush(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Flushes, then closes the writing half. */
  async finish(): Promise<void> {
    await this.flush();
    await this.#connection.closeWrite();
  }

  async #run(): Promise<void> {
    // Give the rest of this turn the chance to join the same write.
    await undefined;
    try {
      while (this.#queuedBytes > 0) {
        const bytes = this.#queued.subarray(0, this.#queuedBytes);
        this.#queued = EMPTY;
        this.#queuedBytes = 0;
        await writeAll(this.#connection, bytes);
      }
    } catch (error) {
      this.#failure ??= { error };
    }
    // In the same turn as the loop's last look: what is sent from here on starts its own run.
    this.#running = undefined;
  }

  async #guard(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }

  #grow(neededBytes: number): void {
    const grown = new Uint8Array(Math.max(512, neededBytes, this.#queued.length * 2));
    grown.set(this.#queued.subarray(0, this.#queuedBytes));
    this.#queued = grown;
  }
}
