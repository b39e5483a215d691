import type { ChatCounters } from "./counters.ts";
import { encodeAll } from "./encode_all.ts";
import type { Feed } from "./feed.ts";
import type { LiveStream } from "./live_stream.ts";
import { type EncodedPage, goesOn, type Pages } from "./pages.ts";
import type { Piece } from "./segment.ts";
import type { Dialect } from "./session.ts";

/** Whose subscription it is. (An object, since functions for each subscription would be felt.) */
export interface Reader {
  /** How events are encoded. */
  readonly dialect: Dialect;
  /** Where it is counted what is given. */
  readonly counters: ChatCounters;
  /** There is something to take. */
  wake(): void;
  /** The log could not be read. */
  failed(error: unknown): void;
}

/** What is told in place of the joins and leaves that a reader has missed. */
export interface MissedPresence {
  /** A server message. */
  resync(): object;
}

/** How much may be taken. */
export interface TakeOptions {
  /** Whether a page of the log may be asked for where that is needed. */
  readonly mayRead: boolean;
  /** About how many bytes; one message is given however long it is. */
  readonly maxBytes: number;
}

/** A piece, and what is needed to give a part of it back. */
export interface Taken {
  readonly piece: Piece;
  /** The last seq before the piece. */
  readonly seqBefore: number;
}

/**
 * A cursor on a stream: one member following one room, or the own inbox.
 *
 * ```
 *          feed covers the cursor                   feed lost the position
 * behind ---------------------------> live --------------------------------> behind
 *    |  ^                               takes pieces of the feed
 *    v  | a page from the log was taken
 *  asking
 * ```
 *
 * - I1 Events are given in rising seq, without gap or repeat; what retention took is told by `gap`.
 * - I2 From behind to live it switches in one turn, without `await`: nothing can come between. If
 *   notices were missed until then, one `resync` is told in their place.
 * - I3 It holds one page at most, which it shares; live events are views into the shared feed.
 */
export class Subscription {
  readonly #live: LiveStream;
  readonly #owner: Reader;
  readonly #presence: MissedPresence | undefined;
  readonly #feed: Feed;
  /** Notices before this position are none of its business: they are older, or a `resync` told them. */
  #quietUntil: number;
  #cursor: number;
  /** The position in the feed; undefined while behind. */
  #position: number | undefined;
  /** A page that came and was not taken yet. */
  #page: EncodedPage | undefined;
  #asked: Disposable | undefined;
  /** Held while behind. */
  #reader: Disposable | undefined;
  /** Where to stop, in the feed and in the log; undefined while it goes on. */
  #until: { readonly position: number; readonly seq: number } | undefined;
  /** Whether it was live, and is behind. */
  #isSlow = false;
  #closed = false;

  /**
   * @param live The stream that is followed.
   * @param owner Who follows it.
   * @param after The seq of the last event that the owner has.
   * @param presence What is told when presence was missed while it was behind, where there is presence.
   */
  constructor(live: LiveStream, owner: Reader, after: number, presence?: MissedPresence) {
    this.#live = live;
    this.#owner = owner;
    this.#presence = presence;
    this.#feed = live.feed(owner.dialect);
    this.#quietUntil = this.#feed.end;
    this.#cursor = after;
  }

  /** The seq of the last event given. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Whether everything delivered so far (or until `freeze`) has been given. */
  get caughtUp(): boolean {
    if (this.#position === undefined) return this.#until !== undefined && this.#isAtEnd();
    return this.#position >= (this.#until?.position ?? this.#feed.end);
  }

  /** Whether a page of the log is being read, or waits to be taken. */
  get holdsPage(): boolean {
    return this.#asked !== undefined || this.#heldPage !== undefined;
  }

  /**
   * Takes the next bytes for the connection.
   *
   * @param options How much.
   * @returns A piece; undefined where there is none now: the owner is woken when there is.
   */
  take(options: TakeOptions): Taken | undefined {
    for (;;) {
      const seqBefore = this.#cursor;
      const taken = this.#position === undefined
        ? this.#takeBehind(options)
        : this.#takeLive(this.#position, options.maxBytes);
      if (taken === "changed") continue;
      if (taken === undefined) return undefined;
      this.#owner.counters.deliveries += taken.events;
      return { piece: taken, seqBefore };
    }
  }

  /**
   * Gives back what is not passed on of a piece that was taken last: it is taken again later.
   *
   * @param taken The piece.
   * @param passedOn How many of its bytes are passed on.
   * @returns How many are to be: a message that was begun is finished.
   */
  giveBack({ piece, seqBefore }: Taken, passedOn: number): number {
    const { bytes, segment, position } = piece;
    // Nobody would come back for it.
    if (this.#closed || segment === undefined) return bytes.length;
    const start = position - bytes.length;
    const mark = passedOn > 0
      ? segment.markAfter(piece, passedOn, seqBefore)
      : { position: start, seq: seqBefore };
    this.#cursor = mark.seq;
    if (this.#position !== undefined) this.#position = mark.position;
    this.#owner.counters.deliveries -= segment.eventsBetween(mark.position, position);
    return mark.position - start;
  }

  /** Stops at what is delivered by now: what comes later is not given. */
  freeze(): void {
    this.#until ??= { position: this.#feed.end, seq: this.#feed.lastSeq };
  }

  /** Ends it: nothing more is asked for, and `onReady` not called again. */
  close(): void {
    this.#closed = true;
    this.#setSlow(false);
    this.#leaveLog();
  }

  /** The pages of the log that it shares with others who are behind. */
  get #pages(): Pages {
    return this.#live.pages(this.#owner.dialect);
  }

  /** The page that came, unless something of it was taken out of the log since. */
  get #heldPage(): EncodedPage | undefined {
    if (this.#page === undefined) return undefined;
    return this.#page.generation === this.#pages.generation ? this.#page : undefined;
  }

  #takeLive(position: number, maxBytes: number): Piece | undefined | "changed" {
    if (this.#until !== undefined && position >= this.#until.position) return undefined;
    const piece = this.#feed.take(position, this.#quietUntil, this.#cursor, maxBytes);
    if (piece === undefined) return undefined;
    if (piece === "behind") {
      this.#quietUntil = Math.max(this.#quietUntil, position);
      this.#position = undefined;
      this.#setSlow(true);
      return "changed";
    }
    this.#position = piece.position;
    this.#cursor = piece.seq;
    return piece.bytes.length > 0 ? piece : "changed";
  }

  #takeBehind({ mayRead, maxBytes }: TakeOptions): Piece | undefined | "changed" {
    if (this.#isAtEnd()) return undefined;
    if (this.#feed.covers(this.#cursor)) {
      // The log told of an event that its tail has not: it is not given again when it comes.
      return this.#feed.lastSeq < this.#cursor ? undefined : this.#goLive();
    }
    this.#reader ??= this.#pages.open();
    const page = this.#heldPage ?? this.#pages.find(this.#cursor);
    if (page === undefined || !goesOn(page, this.#cursor)) {
      this.#page = undefined;
      if (mayRead) this.#ask();
      return undefined;
    }
    if (page.trimmedThrough > this.#cursor) return this.#tellGap(page.trimmedThrough);
    this.#page = undefined;
    const piece = page.segment.take(page.segment.positionAfter(this.#cursor), this.#cursor, {
      maxBytes,
      ...(this.#until === undefined ? {} : { maxSeq: this.#until.seq }),
    });
    this.#cursor = piece?.seq ?? this.#cursor;
    return piece;
  }

  #tellGap(through: number): Piece {
    const payload = { stream: this.#live.name, after: this.#cursor, through };
    this.#cursor = through;
    return this.#ownPiece({ type: "gap", payload });
  }

  #goLive(): Piece | "changed" {
    const position = this.#feed.positionAfter(this.#cursor);
    this.#leaveLog();
    this.#position = position;
    this.#setSlow(false);
    // What is missing now are the notices between where it was live, or came, and here.
    const isMissingSome = position > this.#quietUntil && this.#feed.noticesEnd > this.#quietUntil;
    if (!isMissingSome || this.#presence === undefined) return "changed";
    this.#quietUntil = this.#feed.end;
    return this.#ownPiece(this.#presence.resync());
  }

  /** Whether it is behind, and all that it is to get before its end has been given. */
  #isAtEnd(): boolean {
    return this.#until !== undefined && this.#cursor >= this.#until.seq;
  }

  #ask(): void {
    this.#asked ??= this.#pages.ask({
      cursor: this.#cursor,
      onPage: (page) => {
        this.#asked = undefined;
        this.#page = page;
        this.#owner.wake();
      },
      onFailed: (error) => {
        this.#asked = undefined;
        if (!this.#closed) this.#owner.failed(error);
      },
    });
  }

  #leaveLog(): void {
    this.#page = undefined;
    this.#asked?.[Symbol.dispose]();
    this.#asked = undefined;
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }

  #setSlow(isSlow: boolean): void {
    if (isSlow === this.#isSlow) return;
    this.#isSlow = isSlow;
    this.#owner.counters.slowReaders += isSlow ? 1 : -1;
  }

  #ownPiece(message: object): Piece {
    const bytes = encodeAll(this.#owner.dialect, [JSON.stringify(message)]);
    return { bytes, position: 0, seq: this.#cursor, events: 0, segment: undefined };
  }
}
