import type { Clock } from "../clock/clock.ts";
import type { Limits } from "./limits.ts";
import type { Held, OutboxBudget } from "./outbox_budget.ts";
import type { Session } from "./session.ts";
import type { Subscription, Taken } from "./subscription.ts";

const EMPTY = new Uint8Array(0);
/** Smaller pieces are gathered into one write, larger ones go out as they are. */
const GATHER_PIECE_BYTES = 16_384;
/** About what one gathered write holds. */
const GATHER_BYTES = 65_536;
/** What a write holds of stream events where memory is tight. */
const TIGHT_BYTES = 4_096;

/** What all outboxes share. */
export interface OutboxShared {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly outboxBudget: OutboxBudget;
}

/** Whose outbox it is. (An object, since functions for each outbox would be felt.) */
export interface OutboxOwner {
  /** So many bytes were written. */
  written(bytes: number): void;
  /** The session cannot be written any more. */
  broken(error: unknown): void;
}

/** A piece of a stream in a write. */
interface Part {
  /** Where in the write it begins. */
  readonly at: number;
  readonly subscription: Subscription;
  readonly taken: Taken;
}

/**
 * What goes out on one connection, and its one writer.
 *
 * Answers, acks and errors are queued here and never dropped; the events of streams are not queued at
 * all: the writer takes them from the subscriptions when the connection has room, so that a slow
 * reader costs a position, not memory.
 *
 * - I1 One write is pending at most. Queued messages go out in order, before stream events that are
 *   taken in the same write.
 * - I2 Subscriptions are served in turns.
 * - I3 Nothing is dropped: while it is `full`, the connection's requests are not read.
 * - I4 However many streams are behind, one page of the log is read or held at a time.
 * - I5 Where all writes together hold too much, one holds a few messages; what an earlier one has taken
 *   and not begun to write it gives back when the peer takes its next bytes.
 */
export class Outbox {
  readonly #session: Session;
  readonly #shared: OutboxShared;
  readonly #owner: OutboxOwner;
  /** Made anew for each change: one that grows has room for seventeen. */
  #subscriptions: readonly Subscription[] = [];
  #queue: Uint8Array<ArrayBuffer> = EMPTY;
  #queuedBytes = 0;
  /** What of the pending write was queued here: it takes memory until it is written. */
  #unwrittenBytes = 0;
  /** The pieces of streams in the pending write, which holds what they are views of. */
  #parts: Part[] = [];
  #held: Held | undefined;
  #turn = 0;
  #writing = false;
  #closed = false;
  #writeStartedAt: number | undefined;
  #waiting: { readonly ready: () => boolean; readonly resolve: () => void }[] = [];

  /**
   * @param session The connection.
   * @param shared The clock, the limits, what all outboxes hold.
   * @param owner Who is told.
   */
  constructor(session: Session, shared: OutboxShared, owner: OutboxOwner) {
    this.#session = session;
    this.#shared = shared;
    this.#owner = owner;
  }

  /** Whether so much waits that nothing more may be asked. */
  get full(): boolean {
    const bytes = this.#queuedBytes + this.#unwrittenBytes;
    const { limits, outboxBudget } = this.#shared;
    return bytes > limits.maxOutboxBytes || (bytes > 0 && outboxBudget.full);
  }

  /** When the pending write last made progress, by the clock; undefined while none is pending. */
  get writeStartedAt(): number | undefined {
    return this.#writeStartedAt;
  }

  /**
   * Queues a message that must not be lost.
   *
   * @param json The JSON text of a server message.
   */
  queue(json: string): void {
    if (this.#closed) return;
    const { dialect } = this.#session;
    const needed = this.#queuedBytes + dialect.maxBytes(json.length);
    if (needed > this.#queue.length) {
      const grown = new Uint8Array(Math.max(256, needed, this.#queue.length * 2));
      grown.set(this.#queue.subarray(0, this.#queuedBytes));
      this.#queue = grown;
    }
    const written = dialect.encodeInto(json, this.#queue.subarray(this.#queuedBytes));
    this.#queuedBytes += written;
    this.#shared.outboxBudget.add(written);
    this.wake();
  }

  /** Adds a stream to take events from. */
  follow(subscription: Subscription): void {
    this.#subscriptions = [...this.#subscriptions, subscription];
    this.wake();
  }

  /** Takes a stream off. Messages queued from now on come after its last event. */
  unfollow(subscription: Subscription): void {
    this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    subscription.close();
    // It may have held the one page that the others wait for (I4).
    this.wake();
  }

  /** There may be something to write. */
  wake(): void {
    if (this.#writing || this.#closed) return;
    this.#writing = true;
    // A floating promise by design: `#write` ends by itself and tells its owner where it is broken.
    this.#write();
  }

  /** Resolves when it is not `full` any more, or closed. */
  drained(): Promise<void> {
    return this.#when(() => !this.full);
  }

  /** Resolves when everything queued, and every event delivered by then, is written; or it is closed. */
  flushed(): Promise<void> {
    this.wake();
    return this.#when(() =>
      !this.#writing && this.#queuedBytes === 0 &&
      this.#subscriptions.every((subscription) => subscription.caughtUp)
    );
  }

  /** Forgets what was not written; nothing more is. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const subscription of this.#subscriptions) subscription.close();
    this.#subscriptions = [];
    this.#shared.outboxBudget.add(-this.#queuedBytes);
    this.#queue = EMPTY;
    this.#queuedBytes = 0;
    this.#release();
    this.#settle();
  }

  async #write(): Promise<void> {
    const session = this.#session;
    const { clock, outboxBudget } = this.#shared;
    try {
      for (let bytes = this.#take(); bytes !== undefined; bytes = this.#take()) {
        let written = 0;
        while (written < bytes.length) {
          this.#writeStartedAt = clock.now();
          const taken = await session.write(written === 0 ? bytes : bytes.subarray(written));
          written += taken;
          this.#owner.written(taken);
          if (this.#closed) return;
          if (outboxBudget.tight && this.#parts.length > 0 && written < bytes.length) {
            bytes = this.#giveBack(bytes, written);
            written = 0;
          }
        }
        this.#release();
        if (this.#waiting.length > 0) this.#settle();
      }
    } catch (error) {
      if (!this.#closed) this.#owner.broken(error);
    } finally {
      this.#writing = false;
      this.#writeStartedAt = undefined;
      this.#settle();
    }
  }

  /** The next bytes to write, gathered where they are small. */
  #take(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#closed) return undefined;
    const { tight } = this.#shared.outboxBudget;
    const gatherBytes = tight ? TIGHT_BYTES : GATHER_BYTES;
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let bytes = this.#queuedBytes;
    if (bytes > 0) pieces.push(this.#takeQueue());
    let mayRead = this.#subscriptions.every((subscription) => !subscription.holdsPage);
    // In turns (I2): who was served last is asked last.
    const count = this.#subscriptions.length;
    for (let asked = 0; asked < count && bytes < gatherBytes; asked++) {
      this.#turn = (this.#turn + 1) % count;
      const subscription = this.#subscriptions[this.#turn]!;
      // What goes out alone is not copied, however large it is.
      const maxBytes = bytes === 0 && !tight ? Infinity : gatherBytes - bytes;
      const taken = subscription.take({ mayRead, maxBytes });
      mayRead &&= !subscription.holdsPage;
      if (taken === undefined) continue;
      this.#parts.push({ at: bytes, subscription, taken });
      pieces.push(taken.piece.bytes);
      bytes += taken.piece.bytes.length;
      if (taken.piece.bytes.length >= GATHER_PIECE_BYTES) break;
    }
    const [only] = pieces;
    if (only === undefined) return undefined;
    if (this.#parts.length === 0) return only;
    // A small copy does not hold the large buffer that it is of.
    const isView = pieces.length === 1 && !tight;
    this.#hold(isView ? this.#parts[0]!.taken.piece.segment ?? copyOf(bytes) : copyOf(bytes));
    return isView ? only : gather(pieces, bytes);
  }

  /** Gives back what of the pending write's events was not begun (I5). Returns what is left to write. */
  #giveBack(bytes: Uint8Array<ArrayBuffer>, written: number): Uint8Array<ArrayBuffer> {
    // Answers are in front, and stay.
    const kept = [bytes.subarray(written, Math.max(written, this.#parts[0]!.at))];
    for (const { at, subscription, taken } of this.#parts) {
      const passedOn = Math.min(Math.max(0, written - at), taken.piece.bytes.length);
      const end = at + subscription.giveBack(taken, passedOn);
      kept.push(bytes.subarray(at + passedOn, end));
    }
    const left = gather(kept, kept.reduce((sum, piece) => sum + piece.length, 0));
    this.#parts = [];
    this.#hold(copyOf(left.length));
    return left;
  }

  #hold(held: Held | undefined): void {
    const { outboxBudget } = this.#shared;
    if (this.#held !== undefined) outboxBudget.release(this.#held);
    this.#held = held;
    if (held !== undefined) outboxBudget.hold(held);
  }

  #takeQueue(): Uint8Array<ArrayBuffer> {
    const bytes = this.#queue.subarray(0, this.#queuedBytes);
    this.#unwrittenBytes = this.#queuedBytes;
    this.#queue = EMPTY;
    this.#queuedBytes = 0;
    return bytes;
  }

  /** What was taken from the queue is written, or never will be. */
  #release(): void {
    this.#shared.outboxBudget.add(-this.#unwrittenBytes);
    this.#unwrittenBytes = 0;
    this.#parts = [];
    this.#hold(undefined);
  }

  #when(ready: () => boolean): Promise<void> {
    if (this.#closed || ready()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ ready, resolve }));
  }

  #settle(): void {
    this.#waiting = this.#waiting.filter(({ ready, resolve }) => {
      if (!this.#closed && !ready()) return true;
      resolve();
      return false;
    });
  }
}

function gather(pieces: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const gathered = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    gathered.set(piece, at);
    at += piece.length;
  }
  return gathered;
}

/** What a write holds that is a copy of its own. */
function copyOf(bytes: number): Held {
  return { writes: 0, heldBytes: bytes };
}
