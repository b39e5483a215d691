import type { Held } from "./outbox_budget.ts";
import type { Dialect } from "./session.ts";

/** What a reader gets: bytes, where it stands then, and the last seq that it has then. */
export interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly position: number;
  readonly seq: number;
  /** How many events are in it. */
  readonly events: number;
  /** What the bytes are a view of; undefined where they are a copy of their own. */
  readonly segment: Segment | undefined;
}

/** Up to where a reader may read in one piece. */
export interface PieceLimits {
  /** About how many bytes; one message is given however long it is. */
  readonly maxBytes: number;
  /** Events after this one are not given. */
  readonly maxSeq?: number;
}

/** What is copied together at once for a reader who is not to get some of it. */
const MAX_QUIET_BYTES = 65_536;

/**
 * A stretch of encoded messages, written once, read by many: events, and between them notices, which
 * have no seq.
 *
 * - I1 What was given of its bytes never changes.
 * - I2 A piece ends where a message ends.
 */
export class Segment implements Held {
  /** The position of the first byte, in the reader's count. */
  readonly start: number;
  writes = 0;
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  /** The position where each message ends, and its seq: 0 for a notice. */
  readonly #ends: number[] = [];
  readonly #seqs: number[] = [];
  /** How many events there are up to each message. */
  readonly #events: number[] = [];
  #newestSeq = 0;
  #hasNotices = false;

  /**
   * @param start The position of the first byte.
   * @param sizeBytes How much it holds.
   */
  constructor(start: number, sizeBytes: number) {
    this.start = start;
    this.#bytes = new Uint8Array(sizeBytes);
  }

  /**
   * A segment of just these messages.
   *
   * @param dialect How they are encoded.
   * @param messages The seq and the JSON text of each.
   * @returns The segment, which begins at 0.
   */
  static of(dialect: Dialect, messages: readonly (readonly [number, string])[]): Segment {
    const room = messages.reduce((sum, [, json]) => sum + dialect.maxBytes(json.length), 0);
    const segment = new Segment(0, room);
    for (const [seq, json] of messages) segment.append(dialect, seq, json);
    // The estimate may be three times too large; what is kept is not.
    if (segment.#length * 2 < room) segment.#bytes = segment.#bytes.slice(0, segment.#length);
    return segment;
  }

  /** The position after the newest message. */
  get end(): number {
    return this.start + this.#length;
  }

  /** The newest event's seq; 0 where there is none. */
  get newestSeq(): number {
    return this.#newestSeq;
  }

  /** The first event's seq; undefined where there is none. */
  get firstSeq(): number | undefined {
    return this.#seqs.find((seq) => seq > 0);
  }

  /** Memory held, in bytes. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  /** Whether a message that may take so many bytes still goes in. */
  hasRoom(bytes: number): boolean {
    return this.#bytes.length - this.#length >= bytes;
  }

  /**
   * Appends a message; there must be room for it.
   *
   * @param dialect How it is encoded.
   * @param seq Its seq; 0 for a notice.
   * @param json Its JSON text.
   */
  append(dialect: Dialect, seq: number, json: string): void {
    this.#length += dialect.encodeInto(json, this.#bytes.subarray(this.#length));
    this.#ends.push(this.end);
    this.#seqs.push(seq);
    this.#events.push((this.#events.at(-1) ?? 0) + (seq > 0 ? 1 : 0));
    if (seq > 0) this.#newestSeq = seq;
    else this.#hasNotices = true;
  }

  /** Where a reader stands that has everything up to `seq`: before what came next, notices too. */
  positionAfter(seq: number): number {
    if (this.#newestSeq <= seq) return this.#positionAfterLast((other) => other > 0);
    return this.#positionAfterLast((other) => other > 0 && other <= seq);
  }

  /**
   * What comes after a position.
   *
   * @param position Where the reader stands, within this segment.
   * @param seq The last seq that the reader has.
   * @param limits Up to where.
   * @returns A view, without copying; undefined where nothing more may be given.
   */
  take(position: number, seq: number, limits: PieceLimits): Piece | undefined {
    const { maxBytes, maxSeq = Infinity } = limits;
    if (maxSeq >= this.#newestSeq && this.end - position <= maxBytes) {
      return this.#view(position, this.end, this.#newestSeq > seq ? this.#newestSeq : seq);
    }
    const first = this.#indexAt(position + 1);
    let [end, newest] = [position, seq];
    for (let at = first; at < this.#ends.length; at++) {
      const tooLong = at > first && this.#ends[at]! - position > maxBytes;
      if (tooLong || this.#seqs[at]! > maxSeq) break;
      end = this.#ends[at]!;
      newest = Math.max(newest, this.#seqs[at]!);
    }
    return end === position ? undefined : this.#view(position, end, newest);
  }

  /**
   * The next messages for a reader for whom older notices are none of its business. What lies between
   * the notices is copied together: a view for each would be a write for each.
   *
   * @param position Where the reader stands, within this segment.
   * @param quietUntil Notices before this position are left out.
   * @param seq The last seq that the reader has.
   * @param maxBytes About how many bytes.
   */
  takeQuietly(position: number, quietUntil: number, seq: number, maxBytes: number): Piece {
    if (position >= quietUntil || !this.#hasNotices) return this.take(position, seq, { maxBytes })!;
    const left = new Uint8Array(Math.min(this.end - position, MAX_QUIET_BYTES, maxBytes));
    let [length, from, newest, events] = [0, position, seq, 0];
    for (let at = this.#indexAt(position + 1); at < this.#ends.length; at++) {
      const end = this.#ends[at]!;
      if (this.#seqs[at]! > 0 || end > quietUntil) {
        if (length > 0 && length + end - from > left.length) break;
        // One message alone goes out however long it is.
        if (end - from > left.length) {
          return this.#view(from, end, Math.max(newest, this.#seqs[at]!));
        }
        left.set(this.#bytes.subarray(from - this.start, end - this.start), length);
        length += end - from;
        newest = Math.max(newest, this.#seqs[at]!);
        if (this.#seqs[at]! > 0) events++;
      }
      from = end;
    }
    const bytes = left.subarray(0, length);
    return { bytes, position: from, seq: newest, events, segment: undefined };
  }

  /**
   * Where a reader of a piece stands who gives back what it has not begun to pass on.
   *
   * @param piece A view of this segment.
   * @param passedOn How many of its bytes are passed on, at least one.
   * @param seq The last seq that the reader had before the piece.
   * @returns The end of the message that the last of those bytes belongs to, and the seq then.
   */
  markAfter(piece: Piece, passedOn: number, seq: number): { position: number; seq: number } {
    const start = piece.position - piece.bytes.length;
    const last = this.#indexAt(start + passedOn);
    let newest = seq;
    for (let at = this.#indexAt(start + 1); at <= last; at++) {
      newest = Math.max(newest, this.#seqs[at]!);
    }
    return { position: this.#ends[last]!, seq: newest };
  }

  /** How many events lie between two positions where messages end, or the first one begins. */
  eventsBetween(from: number, to: number): number {
    return this.#eventsUpTo(to) - this.#eventsUpTo(from);
  }

  #view(from: number, to: number, seq: number): Piece {
    const bytes = this.#bytes.subarray(from - this.start, to - this.start);
    return { bytes, position: to, seq, events: this.eventsBetween(from, to), segment: this };
  }

  /** How many events end at a position or before it. */
  #eventsUpTo(position: number): number {
    if (position === this.start) return 0;
    return this.#events[position === this.end ? this.#ends.length - 1 : this.#indexAt(position)]!;
  }

  #positionAfterLast(isWanted: (seq: number) => boolean): number {
    const at = this.#seqs.findLastIndex(isWanted);
    return at < 0 ? this.start : this.#ends[at]!;
  }

  /** The first message that ends at a position or after it. */
  #indexAt(position: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
