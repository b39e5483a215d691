import type { EventLog, LogEvent } from "../log/event_log.ts";
import { CatchUp } from "./catch_up.ts";
import { FeedBudget } from "./feed_budget.ts";
import type { Limits } from "./limits.ts";
import { LiveStream } from "./live_stream.ts";

/** The streams that somebody on this server follows; each is there as long as it is held. */
export class LiveStreams {
  readonly #streams = new Map<string, { readonly live: LiveStream; holders: number }>();
  readonly #budget: FeedBudget;
  readonly #log: EventLog;
  readonly #catchUp = new CatchUp();

  /**
   * @param log Where older events are.
   * @param limits What feeds may hold.
   */
  constructor(log: EventLog, limits: Limits) {
    this.#log = log;
    this.#budget = new FeedBudget(limits.maxFeedBytes, limits.maxFeedBytesInAll);
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
  hold(name: string): { readonly live: LiveStream } & Disposable {
    let entry = this.#streams.get(name);
    if (entry === undefined) {
      const options = { budget: this.#budget, log: this.#log, catchUp: this.#catchUp };
      entry = { live: new LiveStream(name, options), holders: 0 };
      this.#streams.set(name, entry);
    }
    entry.holders++;
    let held = true;
    const { live } = entry;
    return {
      live,
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        if (--entry.holders > 0) return;
        this.#streams.delete(name);
        live.close();
      },
    };
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
