import type { Entry, LogEvent } from "./event_log.ts";
import { Ring } from "./ring.ts";

/** The object, its strings' headers and its places in the queues, as V8 was seen to take them. */
const EVENT_OVERHEAD_BYTES = 160;

/** The kept events of one stream, oldest first. */
export class KeptEvents {
  readonly events: Ring<LogEvent> = new Ring();
  /** About what they take in memory. */
  bytes = 0;
  /** How many of the stream's places in the queue of all events belong to events that are gone. */
  goneInQueue = 0;
}

/**
 * Keeps events within two limits, of each stream and of all; over either, the oldest go first.
 *
 * - I1 A stream's events are within `maxBytesPerStream`, all events within `maxBytes`.
 * - I2 What goes is the oldest event of the stream, or of all streams, that is over its limit.
 * - I3 Adding an event takes constant time on the average, and what is remembered of events that are
 *   gone is less than what is kept of those that are there.
 */
export class Retention {
  readonly #maxBytesPerStream: number;
  readonly #maxBytes: number;
  /** The streams of all events, oldest first: a stream's first place is that of its oldest event. */
  readonly #queue: Ring<KeptEvents> = new Ring();
  #goneInQueue = 0;
  #bytes = 0;

  /**
   * @param maxBytesPerStream About how much memory one stream's events may take.
   * @param maxBytes About how much memory all events may take.
   */
  constructor(maxBytesPerStream: number, maxBytes: number) {
    this.#maxBytesPerStream = Math.min(maxBytesPerStream, maxBytes);
    this.#maxBytes = maxBytes;
  }

  /** How many places the queue of all events has. */
  get places(): number {
    return this.#queue.length;
  }

  /** @throws {RangeError} No limit leaves room for an event like this one. */
  check(entry: Entry): void {
    const bytes = bytesOf(entry);
    if (bytes > this.#maxBytesPerStream) {
      throw new RangeError(
        `Cannot store an event of about ${bytes} bytes: the log keeps ${this.#maxBytesPerStream} a stream`,
      );
    }
  }

  /**
   * Adds the newest event of a stream, and lets those go that are too old then.
   *
   * @param kept The stream's events.
   * @param event The event; it has been checked.
   */
  add(kept: KeptEvents, event: LogEvent): void {
    const bytes = bytesOf(event);
    kept.events.push(event);
    kept.bytes += bytes;
    this.#queue.push(kept);
    this.#bytes += bytes;
    while (kept.bytes > this.#maxBytesPerStream) {
      this.#dropOldest(kept);
      // Its place in the queue is not at the front, so it stays there until it is.
      kept.goneInQueue++;
      this.#goneInQueue++;
    }
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#queue.shift()!;
      if (!this.#forgetGone(oldest)) this.#dropOldest(oldest);
    }
    if (this.#goneInQueue > this.#queue.length / 2) this.#sweepQueue();
  }

  /**
   * Puts another event in an event's place. It may be longer: the next one that is added mends that.
   *
   * @param kept The stream's events.
   * @param index The event's place among them.
   * @param event What is there from now on.
   */
  replace(kept: KeptEvents, index: number, event: LogEvent): void {
    const bytes = bytesOf(event) - bytesOf(kept.events.at(index));
    kept.events.replace(index, event);
    kept.bytes += bytes;
    this.#bytes += bytes;
  }

  /** Forgets every event. */
  clear(): void {
    this.#queue.clear();
    this.#goneInQueue = 0;
    this.#bytes = 0;
  }

  #dropOldest(kept: KeptEvents): void {
    const bytes = bytesOf(kept.events.shift()!);
    kept.bytes -= bytes;
    this.#bytes -= bytes;
  }

  /** Whether the place in the queue that was just taken was one of an event that is gone. */
  #forgetGone(kept: KeptEvents): boolean {
    if (kept.goneInQueue === 0) return false;
    kept.goneInQueue--;
    this.#goneInQueue--;
    return true;
  }

  /** Takes the places of events that are gone out of the queue: half of it, so seldom. */
  #sweepQueue(): void {
    for (let count = this.#queue.length; count > 0; count--) {
      const kept = this.#queue.shift()!;
      if (!this.#forgetGone(kept)) this.#queue.push(kept);
    }
  }
}

/** About what an event takes in memory: a character of Latin text is one byte in V8. */
function bytesOf({ sender, id, body }: Entry): number {
  return EVENT_OVERHEAD_BYTES + sender.length + id.length + body.length;
}
