import type { FeedBudget } from "./feed_budget.ts";
import { type Piece, Segment } from "./segment.ts";
import type { Dialect } from "./session.ts";

/** Segments double from the first size, so that a quiet room is small. */
const FIRST_SEGMENT_BYTES = 1_024;
const MAX_SEGMENT_BYTES = 262_144;

/**
 * The newest events of one stream, encoded for one dialect: what live members read.
 *
 * A reader stands at a position, which counts every byte that was ever appended. Between the events
 * lie notices (who joined, who left), in the order in which they happened; they are not in the log, so
 * who reads the log instead does not get them.
 *
 * - I1 Bytes are encoded once and never move: a piece is a view, or a copy where notices are left out.
 * - I2 At most the budget's `maxFeedBytes`, and one segment more, are kept: the oldest segment goes first.
 * - I3 `covers(seq)` means that every event after `seq` that was delivered is here.
 * - I4 What was forgotten is given to nobody.
 */
export class Feed {
  /** How its messages are encoded. */
  readonly dialect: Dialect;
  readonly #budget: FeedBudget;
  #segments: Segment[] = [];
  #bytes = 0;
  #end = 0;
  /** The last event before the oldest one kept; undefined until that is known. */
  #floor: number | undefined;
  #lastSeq: number;
  #noticesEnd = 0;

  /**
   * @param dialect How to encode.
   * @param budget How much to keep.
   * @param floor The last event delivered so far, where that is known.
   */
  constructor(dialect: Dialect, budget: FeedBudget, floor: number | undefined) {
    this.dialect = dialect;
    this.#budget = budget;
    this.#floor = floor;
    this.#lastSeq = floor ?? 0;
  }

  /** The position after the newest message. */
  get end(): number {
    return this.#end;
  }

  /** The newest event that was delivered. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The position after the newest notice; 0 where there never was one. */
  get noticesEnd(): number {
    return this.#noticesEnd;
  }

  /** Memory held, in bytes. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /**
   * Says what the log's newest event was when following began, where it was not known before.
   *
   * @param last A seq; everything newer has been, or will be, appended here.
   */
  settle(last: number): void {
    if (this.#floor !== undefined) return;
    const first = this.#segments[0]?.firstSeq;
    // No event lies between `first - 1` and `first`, whatever numbers the log gives.
    this.#floor = first === undefined ? last : Math.min(last, first - 1);
    this.#lastSeq = Math.max(this.#lastSeq, last);
  }

  /** Appends an event. One that a reader can have from the log's own word already is passed over. */
  event(seq: number, json: string): void {
    if (seq <= this.#lastSeq) return;
    this.#lastSeq = seq;
    this.#append(seq, json);
  }

  /** Appends a notice. */
  notice(json: string): void {
    this.#append(0, json);
    this.#noticesEnd = this.#end;
  }

  /** Whether every delivered event after `seq` is here. */
  covers(seq: number): boolean {
    return this.#floor !== undefined && seq >= this.#floor;
  }

  /**
   * Where a reader stands that has everything up to `seq`, which the feed {@link covers}: before the
   * notices that came between that event and the next.
   */
  positionAfter(seq: number): number {
    const segment = this.#segments.findLast(({ firstSeq }) =>
      firstSeq !== undefined && firstSeq <= seq
    );
    return segment?.positionAfter(seq) ?? this.#segments[0]?.start ?? this.#end;
  }

  /**
   * Takes what comes after a position, up to a segment's end.
   *
   * @param position Where the reader stands.
   * @param quietUntil Notices before this position are left out: they are older than the reader.
   * @param seq The last seq that the reader has.
   * @param maxBytes About how many bytes; one message is given however long it is.
   * @returns A piece; undefined where there is nothing new; `"behind"` where it is gone already.
   */
  take(
    position: number,
    quietUntil: number,
    seq: number,
    maxBytes: number,
  ): Piece | undefined | "behind" {
    if (position === this.#end) return undefined;
    // The newest segments are those that most readers read.
    const segment = this.#segments.findLast(({ start }) => position >= start);
    return segment?.takeQuietly(position, quietUntil, seq, maxBytes) ?? "behind";
  }

  /**
   * Gives up an event's bytes, and what is older: nobody is to get them any more. Whoever is not past them
   * reads the log.
   *
   * @param seq The event.
   */
  forget(seq: number): void {
    // Before it is settled nobody knows what is here.
    while ((this.#floor === undefined || this.covers(seq - 1)) && this.trim());
  }

  /** Gives up the oldest segment. @returns Whether there was one to give. */
  trim(): boolean {
    const oldest = this.#segments.shift();
    if (oldest === undefined) return false;
    if (oldest.newestSeq > 0) this.#floor = Math.max(this.#floor ?? 0, oldest.newestSeq);
    this.#resize(-oldest.heldBytes);
    return true;
  }

  #append(seq: number, json: string): void {
    const room = this.dialect.maxBytes(json.length);
    let segment = this.#segments.at(-1);
    if (segment === undefined || !segment.hasRoom(room)) segment = this.#addSegment(room);
    segment.append(this.dialect, seq, json);
    this.#end = segment.end;
  }

  #addSegment(neededBytes: number): Segment {
    const { maxFeedBytes } = this.#budget;
    const last = this.#segments.at(-1)?.heldBytes ?? FIRST_SEGMENT_BYTES / 2;
    // A quarter at most, so that what is kept hardly shrinks when the oldest segment goes.
    const size = Math.max(neededBytes, Math.min(last * 2, MAX_SEGMENT_BYTES, maxFeedBytes / 4));
    const segment = new Segment(this.#end, size);
    this.#segments.push(segment);
    this.#resize(size);
    while (this.#bytes > maxFeedBytes && this.#segments.length > 1) this.trim();
    return segment;
  }

  #resize(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.resized(this, bytes);
  }
}
