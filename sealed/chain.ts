import { NO_HASH } from "./envelope.ts";

/** Where a message stands in its sender's chain: what the order of signed hashes tells. */
export type Verdict =
  /** It follows what came last, or begins the chain. */
  | "next"
  /** The sender runs twice with one key: both follow what is known. */
  | "fork"
  /** The first of this key that is seen here; what was before it is not known. */
  | "late_start"
  /** The very message that was seen before, at the same number of its stream. */
  | "known"
  /** A message that was seen before comes again, under another number: it is not to be shown. */
  | "repeat"
  /** A message that was seen before comes once more, in another log: an honest server may have lost its own. */
  | "again"
  /** Something that its sender wrote before it has not come: it is missing. */
  | "gap"
  /** It was missing, and comes only now: what came between was put before it. */
  | "out_of_order"
  /** Written before everything that is remembered: a repeat, or held back. */
  | "too_old";

/** A message, as far as its chain is concerned. */
export interface Link {
  /** Its hash. */
  readonly hash: string;
  /** The hash that it says is before it. */
  readonly previous: string;
  /** Its number in the stream that it came in. */
  readonly seq: number;
  /** When its sender says that it was written. */
  readonly at: number;
}

/** A chain as it is kept. */
export interface ChainRecord {
  /** Hash, seq and time of what is known, the oldest first. */
  readonly known: readonly (readonly [hash: string, seq: number, at: number])[];
  /** What was said to be there and has not come. */
  readonly missing: readonly string[];
  /** The time of the newest that was forgotten; 0 where nothing was. */
  readonly forgottenAt: number;
}

/** Messages that a chain remembers. */
export const MAX_KNOWN = 128;
/** Messages that are missed. */
const MAX_MISSING = 32;
/** The seq of what is known from another log. */
const UNNUMBERED = -1;

/**
 * What is known of one key's messages in one conversation, bounded.
 *
 * ```
 * m1 <--previous-- m2 <--previous-- m3        each hash covers place, key, id, ciphertext, and the hash before
 * ```
 *
 * - I1 A server that leaves one out is found out by the next one, one that puts them in another order by the first,
 *   one that repeats one at once.
 * - I2 What is told twice by honest ways (read again, sent again under its number after a crash) is no repeat. That
 *   the log is another one only the server says, so what comes once more with it is told.
 * - I3 It holds the last 128; what was written before those is told to be too old.
 */
export class Chain {
  readonly #known: Map<string, { readonly seq: number; readonly at: number }>;
  readonly #missing: Set<string>;
  #forgottenAt: number;
  #last: string | undefined;

  /** @param record What was kept of it. @default nothing */
  constructor({ known = [], missing = [], forgottenAt = 0 }: Partial<ChainRecord> = {}) {
    this.#known = new Map(known.map(([hash, seq, at]) => [hash, { seq, at }]));
    this.#missing = new Set(missing);
    this.#forgottenAt = forgottenAt;
    this.#last = known.at(-1)?.[0];
  }

  /** The hash that came last: what an own message follows. */
  get head(): string {
    return this.#last ?? NO_HASH;
  }

  /** The number of a message that is known; undefined where it is not, or where that was of another log. */
  seqOf(hash: string): number | undefined {
    const seq = this.#known.get(hash)?.seq;
    return seq === UNNUMBERED ? undefined : seq;
  }

  /** To be kept. */
  get record(): ChainRecord {
    return {
      known: [...this.#known].map(([hash, { seq, at }]) => [hash, seq, at]),
      missing: [...this.#missing],
      forgottenAt: this.#forgottenAt,
    };
  }

  /**
   * Takes a message whose signature is right.
   *
   * @param link The message.
   * @returns Where it stands.
   */
  take({ hash, previous, seq, at }: Link): Verdict {
    const before = this.#known.get(hash);
    if (before !== undefined) {
      if (before.seq === seq) return "known";
      if (before.seq !== UNNUMBERED) return "repeat";
      this.#known.set(hash, { seq, at });
      return "again";
    }
    const verdict = this.#judge(hash, previous, at);
    this.#add(hash, seq, at);
    // What comes late is not what its sender's next message follows.
    if (verdict !== "out_of_order") this.#last = hash;
    return verdict;
  }

  /** The streams' numbers are those of another log from here on: what is known may come again, once. */
  renumber(): void {
    for (const [hash, { at }] of this.#known) this.#known.set(hash, { seq: UNNUMBERED, at });
  }

  #judge(hash: string, previous: string, at: number): Verdict {
    if (this.#missing.delete(hash)) return "out_of_order";
    if (this.#known.size === 0) return previous === NO_HASH ? "next" : "late_start";
    if (previous === this.#last) return "next";
    if (this.#known.has(previous)) return "fork";
    if (at <= this.#forgottenAt) return "too_old";
    if (previous === NO_HASH) return "fork";
    this.#missing.add(previous);
    if (this.#missing.size > MAX_MISSING) this.#missing.delete(first(this.#missing));
    return "gap";
  }

  #add(hash: string, seq: number, at: number): void {
    this.#known.set(hash, { seq, at });
    if (this.#known.size <= MAX_KNOWN) return;
    const oldest = first(this.#known.keys());
    this.#forgottenAt = Math.max(this.#forgottenAt, this.#known.get(oldest)!.at);
    this.#known.delete(oldest);
  }
}

function first<T>(items: Iterable<T>): T {
  return items[Symbol.iterator]().next().value as T;
}
