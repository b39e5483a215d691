import type { Clock } from "../clock/clock.ts";
import { fold } from "../protocol/names.ts";
import { Chain, type ChainRecord, type Link, MAX_KNOWN, type Verdict } from "../sealed/chain.ts";
import type { SealedStore } from "./sealed_store.ts";

/** Where one key's chain is: what it says in a room, or to a person. */
export interface ChainPlace {
  readonly kind: "room" | "private";
  readonly to: string;
  readonly key: string;
}

/** What is kept of a chain, and of which log its numbers are. */
interface KeptChain extends ChainRecord {
  readonly log?: string;
}

/** Chains in memory; the others are in the store. */
const MAX_CHAINS = 512;
/** How long what has come waits to be kept. It is sooner than what was read is told to the server. */
const KEEP_AFTER_MS = 500;

/**
 * The chains of a client's sealed conversations, in memory and in its store.
 *
 * - I1 Two programs of one device keep what both have seen: what is kept is joined, not replaced.
 */
export class SealedChains {
  readonly #store: SealedStore;
  readonly #clock: Clock;
  readonly #chains = new Map<string, Promise<Chain>>();
  /** What is sealed and has no acknowledgement yet: the hash that the next one follows. */
  readonly #heads = new Map<string, string>();
  readonly #unkept = new Set<string>();
  #log: string | undefined;
  /** What was loaded before the log was known, and of which log it is. */
  readonly #early: { readonly chain: Chain; readonly log: string }[] = [];
  #timer: Disposable | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #isClosed = false;
  readonly #onFailed: (error: unknown) => void;

  /**
   * @param store Where they are kept.
   * @param clock Everything timed.
   * @param onFailed Told why they could not be kept.
   */
  constructor(store: SealedStore, clock: Clock, onFailed: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onFailed = onFailed;
  }

  /** The log that every number counts in from here on. */
  async enter(log: string): Promise<void> {
    if (this.#log === log) return;
    const isOther = this.#log !== undefined;
    this.#log = log;
    if (isOther) { for (const chain of this.#chains.values()) (await chain).renumber(); }
    for (const { chain, log: of } of this.#early.splice(0)) if (of !== log) chain.renumber();
  }

  /** Takes a message that came, or that was acknowledged. */
  async take(place: ChainPlace, link: Link): Promise<Verdict> {
    const id = idOf(place);
    const verdict = (await this.#chain(id)).take(link);
    if (verdict !== "known" && verdict !== "repeat") this.#keepLater(id);
    return verdict;
  }

  /** The number under which a message is known; undefined where it is not, or where that was of another log. */
  async seqOf(place: ChainPlace, hash: string): Promise<number | undefined> {
    return (await this.#chain(idOf(place))).seqOf(hash);
  }

  /** What the next own message follows. */
  async head(place: ChainPlace): Promise<string> {
    const id = idOf(place);
    return this.#heads.get(id) ?? (await this.#chain(id)).head;
  }

  /** An own message is on its way: the next one follows it. */
  sent(place: ChainPlace, hash: string): void {
    this.#heads.set(idOf(place), hash);
  }

  /** An own message was not stored: what would follow it follows what was before, unless something follows it already. */
  unsent(place: ChainPlace, { hash, previous }: Pick<Link, "hash" | "previous">): void {
    const id = idOf(place);
    if (this.#heads.get(id) === hash) this.#heads.set(id, previous);
  }

  /** Keeps what is not kept yet; what still comes is kept by the next call. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.keep();
  }

  /** Keeps what is not kept yet. */
  async keep(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const ids = [...this.#unkept];
    this.#unkept.clear();
    this.#keeping = this.#keeping.then(() => this.#keepAll(ids));
    await this.#keeping;
  }

  #keepLater(id: string): void {
    this.#unkept.add(id);
    if (!this.#isClosed) this.#timer ??= this.#clock.after(KEEP_AFTER_MS, () => void this.keep());
  }

  async #keepAll(ids: readonly string[]): Promise<void> {
    try {
      for (const id of ids) {
        const chain = await this.#chain(id);
        const kept = await this.#read(id);
        const record = joined(kept?.log === this.#log ? kept : undefined, chain.record);
        await this.#store.put("chains", id, { ...record, log: this.#log });
      }
    } catch (error) {
      this.#onFailed(error);
    }
  }

  #chain(id: string): Promise<Chain> {
    let chain = this.#chains.get(id);
    this.#chains.delete(id);
    chain ??= this.#load(id);
    this.#chains.set(id, chain);
    if (this.#chains.size > MAX_CHAINS) this.#forgetOldest();
    return chain;
  }

  async #load(id: string): Promise<Chain> {
    const kept = await this.#read(id);
    const chain = new Chain(kept);
    // Without one there are own messages alone in it, of a client that nobody read the events of.
    if (kept?.log === undefined) return chain;
    if (this.#log === undefined) this.#early.push({ chain, log: kept.log });
    else if (kept.log !== this.#log) chain.renumber();
    return chain;
  }

  async #read(id: string): Promise<KeptChain | undefined> {
    return await this.#store.get("chains", id) as KeptChain | undefined;
  }

  #forgetOldest(): void {
    for (const id of this.#chains.keys()) {
      if (this.#unkept.has(id)) continue;
      this.#chains.delete(id);
      return;
    }
  }
}

function idOf({ kind, to, key }: ChainPlace): string {
  return `${kind}/${fold(to)}/${key}`;
}

/** What two programs of one device know of a chain. */
function joined(other: ChainRecord | undefined, own: ChainRecord): ChainRecord {
  if (other === undefined) return own;
  const have = new Set(own.known.map(([hash]) => hash));
  const all = [...other.known.filter(([hash]) => !have.has(hash)), ...own.known];
  const known = all.slice(-MAX_KNOWN);
  const forgotten = all.slice(0, -MAX_KNOWN).map(([, , at]) => at);
  return {
    known,
    missing: own.missing,
    forgottenAt: Math.max(other.forgottenAt, own.forgottenAt, ...forgotten),
  };
}
