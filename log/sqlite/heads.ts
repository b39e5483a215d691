import type { StreamState } from "../event_log.ts";

/** Where a stream stands. */
export interface Head {
  readonly trimmedThrough: number;
  last: number;
}

/** Streams that are remembered, at about 150 bytes each. */
const MAX_HEADS = 50_000;

/**
 * Where streams stand, as far as it is known: who joins asks several times, and ten thousand who come at
 * once would have the reader's worker do nothing else.
 *
 * - I1 A head is at least as new as everything that {@link HeadCache.stored} was told before it was asked.
 */
export class HeadCache {
  readonly #fetch: (stream: string) => Promise<StreamState>;
  #heads = new Map<string, Head>();
  /** Streams that are being read, and the newest event that was stored meanwhile. */
  readonly #reading = new Map<string, { last: number; readonly head: Promise<Head> }>();
  #log = "";

  /** @param fetch Reads where a stream stands. */
  constructor(fetch: (stream: string) => Promise<StreamState>) {
    this.#fetch = fetch;
  }

  /** An event was stored. */
  stored(stream: string, seq: number): void {
    const head = this.#heads.get(stream) ?? this.#reading.get(stream);
    if (head !== undefined) head.last = seq;
  }

  /** Where a stream stands, as `EventLog.state` tells it. */
  async state(stream: string, after: number): Promise<StreamState> {
    const { last, trimmedThrough } = this.#heads.get(stream) ?? await this.#read(stream);
    const countAfter = Math.max(0, last - Math.max(after, trimmedThrough));
    return { log: this.#log, trimmedThrough, last, countAfter };
  }

  #read(stream: string): Promise<Head> {
    const before = this.#reading.get(stream);
    if (before !== undefined) return before.head;
    const meanwhile = { last: 0 };
    const head = this.#fetchHead(stream, meanwhile);
    this.#reading.set(stream, Object.assign(meanwhile, { head }));
    return head;
  }

  async #fetchHead(stream: string, meanwhile: { readonly last: number }): Promise<Head> {
    try {
      const { log, trimmedThrough, last } = await this.#fetch(stream);
      this.#log = log;
      // What was read may be older than what was stored while it was on its way.
      const head = { trimmedThrough, last: Math.max(last, meanwhile.last) };
      if (this.#heads.size >= MAX_HEADS) this.#heads = new Map();
      this.#heads.set(stream, head);
      return head;
    } finally {
      this.#reading.delete(stream);
    }
  }
}
