import { exposedCollector } from "../heap.ts";

/** What a server has done so far, counted up. */
export interface Activity {
  /** Connections that came. */
  readonly accepted: number;
  /** Connections that are there. */
  readonly connections: number;
  /** Bytes that came in and went out. */
  readonly bytes: number;
}

/** How often it is looked. */
const LOOK_MS = 2_000;
/** So many connections that came or went, or so many bytes, leave enough behind to be worth a collection. */
const MANY_CONNECTIONS = 500;
const MANY_BYTES = 64 * 2 ** 20;
/** What ten thousand idle members say in between: pings, and their answers. */
const QUIET_BYTES_PER_MS = 64;

/**
 * Gives back what a burst has left behind, when it is over.
 *
 * V8 collects when it needs room, and a server where nothing is said needs none: after ten thousand members
 * have joined it would keep a hundred megabytes that nobody uses. A collection stops the event loop (about
 * 150 ms for each 100 MB in use), so it comes once, when it is quiet.
 */
export class QuietHeap implements Disposable {
  readonly #activity: () => Activity;
  readonly #collector: () => Promise<() => void>;
  #collect: Promise<() => void> | undefined;
  readonly #timer: ReturnType<typeof setInterval>;
  #last: Activity;
  #collected: Activity;

  /**
   * @param activity What the server has done so far.
   * @param collector Gets what collects, when it is needed first.
   */
  constructor(
    activity: () => Activity,
    collector: () => Promise<() => void> = exposedCollector,
  ) {
    this.#activity = activity;
    this.#collector = collector;
    this.#last = this.#collected = activity();
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    Deno.unrefTimer(this.#timer);
  }

  /** Looks whether a burst is over; called every two seconds. @returns When that is dealt with. */
  async look(): Promise<void> {
    const now = this.#activity();
    const last = this.#last;
    this.#last = now;
    const isQuiet = now.accepted === last.accepted && now.connections === last.connections &&
      now.bytes - last.bytes < QUIET_BYTES_PER_MS * LOOK_MS;
    const left = this.#collected;
    const went = now.accepted - left.accepted - (now.connections - left.connections);
    const isWorthIt = now.accepted - left.accepted + went >= MANY_CONNECTIONS ||
      now.bytes - left.bytes >= MANY_BYTES;
    if (!isQuiet || !isWorthIt) return;
    this.#collected = now;
    this.#collect ??= this.#collector();
    (await this.#collect)();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
