// What the order of one key's sealed messages tells: the rules of sealed/chain.ts, the same step by step.

/** @import {ChainRecord, Link, Verdict} from "../../sealed/chain.ts" */

/** What comes before the first message of a chain. */
export const NO_HASH = "0".repeat(64);

const MAX_KNOWN = 128;
const MAX_MISSING = 32;
/** The seq of what is known from another log. */
const UNNUMBERED = -1;

/** What is known of one key's messages in one conversation, bounded. */
export class Chain {
  /** @type {Map<string, {seq: number, at: number}>} */
  #known;
  /** @type {Set<string>} */
  #missing;
  #forgottenAt;
  /** @type {string | undefined} */
  #last;

  /** @param {Partial<ChainRecord>} [record] What was kept of it. */
  constructor({ known = [], missing = [], forgottenAt = 0 } = {}) {
    this.#known = new Map(known.map(([hash, seq, at]) => [hash, { seq, at }]));
    this.#missing = new Set(missing);
    this.#forgottenAt = forgottenAt;
    this.#last = known.at(-1)?.[0];
  }

  /** The hash that came last: what an own message follows. */
  get head() {
    return this.#last ?? NO_HASH;
  }

  /** The number of a message that is known; undefined where it is not. @param {string} hash */
  seqOf(hash) {
    const seq = this.#known.get(hash)?.seq;
    return seq === UNNUMBERED ? undefined : seq;
  }

  /** To be kept. @returns {ChainRecord} */
  get record() {
    return {
      known: [...this.#known].map(([hash, { seq, at }]) => /** @type {const} */ ([hash, seq, at])),
      missing: [...this.#missing],
      forgottenAt: this.#forgottenAt,
    };
  }

  /**
   * Takes a message whose signature is right.
   *
   * @param {Link} link
   * @returns {Verdict} Where it stands.
   */
  take({ hash, previous, seq, at }) {
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

  /** The streams' numbers are those of another log from here on. */
  renumber() {
    for (const [hash, { at }] of this.#known) this.#known.set(hash, { seq: UNNUMBERED, at });
  }

  /** @type {(hash: string, previous: string, at: number) => Verdict} */
  #judge(hash, previous, at) {
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

  /** @type {(hash: string, seq: number, at: number) => void} */
  #add(hash, seq, at) {
    this.#known.set(hash, { seq, at });
    if (this.#known.size <= MAX_KNOWN) return;
    const oldest = first(this.#known.keys());
    this.#forgottenAt = Math.max(this.#forgottenAt, this.#known.get(oldest)?.at ?? 0);
    this.#known.delete(oldest);
  }
}

/** @param {Iterable<string>} items Not empty. */
function first(items) {
  const [item = ""] = items;
  return item;
}
