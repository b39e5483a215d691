import type { EventLog, LogEvent } from "../log/event_log.ts";
import type { CatchUp } from "./catch_up.ts";
import { eventText } from "./event_text.ts";
import { Feed } from "./feed.ts";
import type { FeedBudget } from "./feed_budget.ts";
import { Pages } from "./pages.ts";
import type { Dialect } from "./session.ts";

/** Who follows a stream: told that there is something new to take. */
export interface Follower {
  /** There may be something to take. Must not throw. */
  wake(): void;
}

/** What live streams work with. */
export interface LiveStreamOptions {
  /** What all feeds together may hold. */
  readonly budget: FeedBudget;
  /** Where older events are. */
  readonly log: EventLog;
  /** Who lets the log be read. */
  readonly catchUp: CatchUp;
}

/**
 * A stream (a room's or an inbox) that somebody on this server follows: its newest events, encoded
 * once for each dialect that is spoken, and its followers.
 */
export class LiveStream {
  /** The stream's name in the log. */
  readonly name: string;
  readonly #options: LiveStreamOptions;
  /** One for each dialect that is spoken here: nearly always one. */
  #feeds: readonly Feed[] = [];
  #pages: readonly Pages[] = [];
  readonly #followers = new Set<Follower>();
  #lastSeq = 0;
  #settled = false;

  /**
   * @param name The stream's name in the log.
   * @param options Memory, and where older events are.
   */
  constructor(name: string, options: LiveStreamOptions) {
    this.name = name;
    this.#options = options;
  }

  /**
   * The feed of a dialect; it begins with what is delivered from now on.
   *
   * @param dialect The dialect.
   * @returns The feed.
   */
  feed(dialect: Dialect): Feed {
    let feed = this.#feeds.find((feed) => feed.dialect === dialect);
    if (feed === undefined) {
      const isKnown = this.#settled || this.#lastSeq > 0;
      feed = new Feed(dialect, this.#options.budget, isKnown ? this.#lastSeq : undefined);
      this.#feeds = [...this.#feeds, feed];
    }
    return feed;
  }

  /** The pages of the log that those share who are behind, in a dialect. */
  pages(dialect: Dialect): Pages {
    let pages = this.#pages.find((pages) => pages.dialect === dialect);
    if (pages === undefined) {
      pages = new Pages({ ...this.#options, stream: this.name, dialect });
      this.#pages = [...this.#pages, pages];
    }
    return pages;
  }

  /**
   * Says what the log's newest event is, as read after the first {@link feed} was made: what is newer
   * comes through `deliver`, what is not can be read from the log.
   *
   * @param last The seq of the log's newest event.
   */
  settle(last: number): void {
    if (this.#settled) return;
    this.#settled = true;
    for (const feed of this.#feeds) feed.settle(last);
    this.#lastSeq = Math.max(this.#lastSeq, last);
  }

  /** Takes an event from the log's tail; `wake` follows when the batch is whole. */
  deliver(event: LogEvent): void {
    if (event.seq <= this.#lastSeq) return;
    this.#lastSeq = event.seq;
    if (event.redacts !== undefined) {
      for (const feed of this.#feeds) feed.forget(event.redacts);
      for (const pages of this.#pages) pages.forget();
    }
    const json = eventText(event);
    for (const feed of this.#feeds) feed.event(event.seq, json);
  }

  /** Tells all live followers something that is not in the log; `wake` follows, at once or soon. */
  notice(message: object): void {
    const json = JSON.stringify(message);
    for (const feed of this.#feeds) feed.notice(json);
  }

  /** Wakes every follower. */
  wake(): void {
    for (const follower of this.#followers) follower.wake();
  }

  /** Adds a follower. */
  follow(follower: Follower): void {
    this.#followers.add(follower);
  }

  /** Takes a follower off. */
  unfollow(follower: Follower): void {
    this.#followers.delete(follower);
  }

  /** Gives the feeds' memory back, when nobody follows any more. */
  close(): void {
    for (const held of [...this.#feeds, ...this.#pages]) {
      while (held.trim());
      this.#options.budget.forget(held);
    }
    this.#feeds = [];
    this.#pages = [];
  }
}
