import type { EventLog, LogEvent } from "../log/event_log.ts";
import { CatchUp } from "./catch_up.ts";
import { FeedBudget } from "./feed_budget.ts";
import type { Limits } from "./limits.ts";
import { LiveStream, type LiveStreamOptions } from "./live_stream.ts";

/** A stream that is held; disposing gives it back. */
export class Hold implements Disposable {
  /** The stream. */
  readonly live: LiveStream;
  #streams: LiveStreams | undefined;

  /**
   * @param live The stream.
   * @param streams Whom it is given back to.
   */
  constructor(live: LiveStream, streams: LiveStreams) {
    this.live = live;
    this.#streams = streams;
  }

  [Symbol.dispose](): void {
    this.#streams?.release(this.live);
    this.#streams = undefined;
  }
}

/** The streams that somebody on this server follows; each is there as long as it is held. */
export class LiveStreams {
  readonly #streams = new Map<string, { readonly live: LiveStream; holders: number }>();
  readonly #budget: FeedBudget;
  readonly #options: LiveStreamOptions;

  /**
   * @param log Where older events are.
   * @param limits What feeds may hold.
   */
  constructor(log: EventLog, limits: Limits) {
    this.#budget = new FeedBudget(limits.maxFeedBytes, limits.maxFeedBytesInAll);
    this.#options = { budget: this.#budget, log, catchUp: new CatchUp() };
  }

  /** What all feeds hold, in bytes. */
  get heldBytes(): number {
    return this.#budget.heldBytes;
  }

  /**
   * Gets a stream, and holds it.
   *
   * @param name The stream's name in the log.
   * @returns The live stream; disposing the hold gives it back.
   */
  hold(name: string): Hold {
    let entry = this.#streams.get(name);
    if (entry === undefined) {
      entry = { live: new LiveStream(name, this.#options), holders: 0 };
      this.#streams.set(name, entry);
    }
    entry.holders++;
    return new Hold(entry.live, this);
  }

  /** One hold less: to be called by the hold. */
  release(live: LiveStream): void {
    const entry = this.#streams.get(live.name)!;
    if (--entry.holders > 0) return;
    this.#streams.delete(live.name);
    live.close();
  }

  /**
   * Delivers what the log has committed: each stream's followers are woken once for the whole batch.
   *
   * @param events Events in the log's order.
   */
  deliver(events: readonly LogEvent[]): void {
    const changed = new Set<LiveStream>();
    for (const event of events) {
      const live = this.#streams.get(event.stream)?.live;
      if (live === undefined) continue;
      live.deliver(event);
      changed.add(live);
    }
    for (const live of changed) live.wake();
  }
}
