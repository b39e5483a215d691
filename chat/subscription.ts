import type { EventLog } from "../log/event_log.ts";
import type { CatchUp } from "./catch_up.ts";
import { encodeAll } from "./encode_all.ts";
import { eventText } from "./event_text.ts";
import type { Feed } from "./feed.ts";
import type { LiveStream } from "./live_stream.ts";
import type { Dialect } from "./session.ts";

/** What a subscription reads from and reports to. */
export interface SubscriptionOptions {
  /** The stream that is followed. */
  readonly live: LiveStream;
  /** Where older events are. */
  readonly log: EventLog;
  /** Who lets it read the log: few at once, in turns. */
  readonly catchUp: CatchUp;
  /** How events are encoded. */
  readonly dialect: Dialect;
  /** The seq of the last event that the member has. */
  readonly after: number;
  /** There is something to take. */
  readonly onReady: () => void;
  /** The log could not be read. */
  readonly onFailed: (error: unknown) => void;
  /** What is told when presence was missed while it was behind. */
  readonly resync: () => object;
}

/** Bytes and events of one page from the log. */
const PAGE_BYTES = 131_072;
const PAGE_EVENTS = 512;

/**
 * A cursor on a stream: one member following one room, or the own inbox.
 *
 * ```
 *          feed covers the cursor                   feed lost the position
 * behind ---------------------------> live --------------------------------> behind
 *    |  ^                               takes pieces of the feed
 *    v  | a page from the log was taken
 *  reading
 * ```
 *
 * - I1 Events are given in rising seq, without gap or repeat; what retention took is told by `gap`.
 * - I2 From behind to live it switches in one turn, without `await`: nothing can come between.
 * - I3 It holds one page at most; live events are views into the shared feed.
 */
export class Subscription {
  readonly #options: SubscriptionOptions;
  readonly #feed: Feed;
  /** Notices before this position happened before the member came. */
  readonly #quietUntil: number;
  #cursor: number;
  /** The position in the feed; undefined while behind. */
  #position: number | undefined;
  /** A page that was read and not taken yet. */
  #page: Uint8Array<ArrayBuffer> | undefined;
  #reading = false;
  #wasBehindLive = false;
  /** Where in the feed to stop; undefined while it goes on. */
  #until: number | undefined;
  #closed = false;

  /** @param options The stream, the position, who is told. */
  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.#feed = options.live.feed(options.dialect);
    this.#quietUntil = this.#feed.end;
    this.#cursor = options.after;
  }

  /** The seq of the last event given. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Whether everything delivered so far (or until `freeze`) has been given. */
  get caughtUp(): boolean {
    return this.#page === undefined && this.#position !== undefined &&
      this.#position >= (this.#until ?? this.#feed.end);
  }

  /** Whether a page of the log is being read, or waits to be taken. */
  get holdsPage(): boolean {
    return this.#reading || this.#page !== undefined;
  }

  /**
   * Takes the next bytes for the connection.
   *
   * @param mayRead Whether a page of the log may be read where that is needed.
   * @returns Bytes; undefined where there are none now: `onReady` tells when there are.
   */
  take(mayRead: boolean): Uint8Array<ArrayBuffer> | undefined {
    const page = this.#page;
    if (page !== undefined) {
      this.#page = undefined;
      return page;
    }
    for (;;) {
      if (this.#position === undefined) {
        // The log told of an event that its tail has not: it is not given again when it comes.
        if (this.#feed.covers(this.#cursor) && this.#feed.lastSeq < this.#cursor) return undefined;
        if (!this.#goLive()) return mayRead ? this.#readPage() : undefined;
      }
      if (this.#until !== undefined && this.#position! >= this.#until) return undefined;
      const piece = this.#feed.take(this.#position!, this.#quietUntil, this.#cursor);
      if (piece === undefined) return undefined;
      if (piece === "behind") {
        this.#position = undefined;
        this.#wasBehindLive = true;
        continue;
      }
      this.#position = piece.position;
      this.#cursor = piece.seq;
      if (piece.bytes.length > 0) return piece.bytes;
    }
  }

  /** Stops at what is delivered by now: what comes later is not given. */
  freeze(): void {
    this.#until ??= this.#feed.end;
  }

  /** Ends it: nothing more is read, and `onReady` not called again. */
  close(): void {
    this.#closed = true;
    this.#page = undefined;
  }

  #goLive(): boolean {
    if (!this.#feed.covers(this.#cursor)) return false;
    this.#position = this.#feed.positionAfter(this.#cursor);
    return true;
  }

  #readPage(): undefined {
    if (this.#reading) return;
    this.#reading = true;
    this.#options.catchUp.run(async () => {
      if (this.#closed) return;
      const { log, live, dialect } = this.#options;
      const page = await log.read(live.name, {
        after: this.#cursor,
        limit: PAGE_EVENTS,
        maxBytes: PAGE_BYTES,
      });
      const messages: string[] = [];
      if (page.trimmedThrough > this.#cursor) {
        const payload = { stream: live.name, after: this.#cursor, through: page.trimmedThrough };
        messages.push(JSON.stringify({ type: "gap", payload }));
        this.#cursor = page.trimmedThrough;
      }
      for (const event of page.events) messages.push(eventText(event));
      this.#cursor = page.events.at(-1)?.seq ?? this.#cursor;
      if (this.#wasBehindLive && this.#feed.covers(this.#cursor)) {
        this.#wasBehindLive = false;
        messages.push(JSON.stringify(this.#options.resync()));
      }
      if (messages.length > 0) this.#page = encodeAll(dialect, messages);
    }).then(() => {
      this.#reading = false;
      if (!this.#closed) this.#options.onReady();
    }, (error) => {
      this.#reading = false;
      if (!this.#closed) this.#options.onFailed(error);
    });
  }
}
