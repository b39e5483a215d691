import type { Dialect } from "./session.ts";

/** Segments double from the first size, so that a quiet room is small. */
const FIRST_SEGMENT_BYTES = 1_024;
const MAX_SEGMENT_BYTES = 262_144;
/** What is copied together at once for a reader who is not to get some of it. */
const MAX_QUIET_BYTES = 65_536;

/** A stretch of encoded messages, written once, read by many. */
interface Segment {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The feed position of the segment's first byte. */
  readonly start: number;
  length: number;
  /** The feed position where each message ends, and its seq: 0 for a notice. */
  readonly ends: number[];
  readonly seqs: number[];
}

/** What a reader gets: bytes, where it stands then, and the last seq that it has then. */
export interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly position: number;
  readonly seq: number;
}

/**
 * The newest events of one stream, encoded for one dialect: what live members read.
 *
 * A reader stands at a position, which counts every byte that was ever appended. Between the events
 * lie notices (who joined, who left), in the order in which they happened; they are not in the log, so
 * who reads the log instead does not get them.
 *
 * - I1 Bytes are encoded once and never move: a piece is a view, or a copy where notices are left out.
 * - I2 At most `maxBytes`, and one segment more, are kept: the oldest segment goes first.
 * - I3 `covers(seq)` means that every event after `seq` that was delivered is here.
 */
export class Feed {
  readonly #dialect: Dialect;
  readonly #maxBytes: number;
  readonly #onResize: (bytes: number) => void;
  #segments: Segment[] = [];
  #bytes = 0;
  #end = 0;
  /** The last event before the oldest one kept; undefined until that is known. */
  #floor: number | undefined;
  #lastSeq: number;

  /**
   * @param dialect How to encode.
   * @param maxBytes How much to keep.
   * @param floor The last event delivered so far, where that is known.
   * @param onResize Told by how many bytes the feed grew or shrank.
   */
  constructor(
    dialect: Dialect,
    maxBytes: number,
    floor: number | undefined,
    onResize: (bytes: number) => void,
  ) {
    this.#dialect = dialect;
    this.#maxBytes = maxBytes;
    this.#floor = floor;
    this.#lastSeq = floor ?? 0;
    this.#onResize = onResize;
  }

  /** The position after the newest message. */
  get end(): number {
    return this.#end;
  }

  /** The newest event that was delivered. */
  get lastSeq(): number {
    return this.#lastSeq;
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
    const first = this.#segments[0]?.seqs.find((seq) => seq > 0);
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
  }

  /** Whether every delivered event after `seq` is here. */
  covers(seq: number): boolean {
    return this.#floor !== undefined && seq >= this.#floor;
  }

  /** Where a reader stands that has everything up to `seq`, which the feed {@link covers}. */
  positionAfter(seq: number): number {
    for (const segment of this.#segments) {
      if (newestSeq(segment) <= seq) continue;
      const at = segment.seqs.findIndex((other) => other > seq);
      return at === 0 ? segment.start : segment.ends[at - 1]!;
    }
    return this.#end;
  }

  /**
   * Takes what comes after a position, up to a segment's end.
   *
   * @param position Where the reader stands.
   * @param quietUntil Notices before this position are left out: they are older than the reader.
   * @param seq The last seq that the reader has.
   * @returns A piece; undefined where there is nothing new; `"behind"` where it is gone already.
   */
  take(position: number, quietUntil: number, seq: number): Piece | undefined | "behind" {
    if (position === this.#end) return undefined;
    const segment = this.#segmentAt(position);
    if (segment === undefined) return "behind";
    const end = segment.start + segment.length;
    if (position >= quietUntil || !segment.seqs.includes(0)) {
      const newest = newestSeq(segment);
      return piece(segment, position, end, newest > 0 ? newest : seq);
    }
    return takeQuietly(segment, position, quietUntil, seq);
  }

  /** Gives up the oldest segment. @returns Whether there was one to give. */
  trim(): boolean {
    const oldest = this.#segments.shift();
    if (oldest === undefined) return false;
    const newest = newestSeq(oldest);
    if (newest > 0) this.#floor = Math.max(this.#floor ?? 0, newest);
    this.#resize(-oldest.bytes.length);
    return true;
  }

  #append(seq: number, json: string): void {
    const room = this.#dialect.maxBytes(json.length);
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.bytes.length - segment.length < room) {
      segment = this.#addSegment(room);
    }
    const written = this.#dialect.encodeInto(json, segment.bytes.subarray(segment.length));
    segment.length += written;
    this.#end += written;
    segment.ends.push(this.#end);
    segment.seqs.push(seq);
  }

  #addSegment(neededBytes: number): Segment {
    const last = this.#segments.at(-1)?.bytes.length ?? FIRST_SEGMENT_BYTES / 2;
    // A quarter at most, so that what is kept hardly shrinks when the oldest segment goes.
    const size = Math.max(neededBytes, Math.min(last * 2, MAX_SEGMENT_BYTES, this.#maxBytes / 4));
    const segment: Segment = {
      bytes: new Uint8Array(size),
      start: this.#end,
      length: 0,
      ends: [],
      seqs: [],
    };
    this.#segments.push(segment);
    this.#resize(size);
    while (this.#bytes > this.#maxBytes && this.#segments.length > 1) this.trim();
    return segment;
  }

  #segmentAt(position: number): Segment | undefined {
    for (let at = this.#segments.length - 1; at >= 0; at--) {
      const segment = this.#segments[at]!;
      if (position >= segment.start) return segment;
    }
    return undefined;
  }

  #resize(bytes: number): void {
    this.#bytes += bytes;
    this.#onResize(bytes);
  }
}

function piece(segment: Segment, from: number, to: number, seq: number): Piece {
  return {
    bytes: segment.bytes.subarray(from - segment.start, to - segment.start),
    position: to,
    seq,
  };
}

function newestSeq(segment: Segment): number {
  return segment.seqs.findLast((seq) => seq > 0) ?? 0;
}

/**
 * The next messages for a reader for whom older notices are none of its business. What lies between
 * the notices is copied together: a view for each would be a write for each.
 */
function takeQuietly(segment: Segment, position: number, quietUntil: number, seq: number): Piece {
  const { bytes, start, ends, seqs } = segment;
  const left = new Uint8Array(Math.min(start + segment.length - position, MAX_QUIET_BYTES));
  let [length, from, newest] = [0, position, seq];
  for (let at = ends.findIndex((end) => end > position); at < ends.length; at++) {
    const end = ends[at]!;
    if (seqs[at]! > 0 || end > quietUntil) {
      if (length > 0 && length + end - from > left.length) break;
      // One message alone goes out however long it is.
      if (end - from > left.length) return piece(segment, from, end, Math.max(newest, seqs[at]!));
      left.set(bytes.subarray(from - start, end - start), length);
      length += end - from;
      newest = Math.max(newest, seqs[at]!);
    }
    from = end;
  }
  return { bytes: left.subarray(0, length), position: from, seq: newest };
}
