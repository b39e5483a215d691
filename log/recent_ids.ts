import type { Clock } from "../clock/clock.ts";

/** What is remembered of an id: where its event is, and a digest of what it said. */
export interface RememberedId {
  readonly seq: number;
  readonly at: number;
  readonly digest: number;
}

interface Generation {
  readonly ids: Map<string, RememberedId>;
  /** When the next generation began. */
  readonly closedAt: number;
}

/** More would forget more evenly and look up more slowly. */
const GENERATIONS = 4;

/**
 * The ids of the last hours, by key.
 *
 * They are kept in generations, and forgotten a generation at a time: one map of a million keys would
 * stop the event loop for tens of milliseconds whenever it grows or is cleared of deleted keys.
 *
 * - I1 An id is remembered for `windowMs`, and up to a third longer, unless I2 forgets it.
 * - I2 At most `maxIds` are remembered: of more, about the oldest quarter is forgotten at once.
 */
export class RecentIds {
  readonly #windowMs: number;
  readonly #maxIds: number;
  readonly #clock: Clock;
  #newest: Map<string, RememberedId> = new Map();
  #newestSince: number;
  /** From the newest on. */
  readonly #older: Generation[] = [];
  #olderIds = 0;

  /**
   * @param windowMs How long ids are remembered, in milliseconds.
   * @param maxIds How many at most.
   * @param clock Whose time it is.
   */
  constructor(windowMs: number, maxIds: number, clock: Clock) {
    this.#windowMs = windowMs;
    this.#maxIds = maxIds;
    this.#clock = clock;
    this.#newestSince = clock.now();
  }

  /** How many are remembered. */
  get size(): number {
    return this.#newest.size + this.#olderIds;
  }

  /** Forgets what is older than the window; to be called now and then. */
  expire(): void {
    const now = this.#clock.now();
    if (now - this.#newestSince >= this.#windowMs / (GENERATIONS - 1)) this.#turnOver(now);
    while (this.#older.length > 0 && now - this.#older.at(-1)!.closedAt >= this.#windowMs) {
      this.#forgetOldest();
    }
  }

  /**
   * Looks for an id.
   *
   * @param key The key that it was remembered under.
   * @returns What is remembered of it.
   */
  find(key: string): RememberedId | undefined {
    const found = this.#newest.get(key);
    if (found !== undefined) return found;
    for (const { ids } of this.#older) {
      const found = ids.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Remembers an id that was not found. */
  remember(key: string, id: RememberedId): void {
    if (this.#newest.size >= this.#maxIds / GENERATIONS) this.#turnOver(this.#clock.now());
    while (this.size >= this.#maxIds) this.#forgetOldest();
    this.#newest.set(key, id);
  }

  /** Forgets all of them. */
  clear(): void {
    this.#newest = new Map();
    this.#older.length = 0;
    this.#olderIds = 0;
  }

  #turnOver(now: number): void {
    this.#older.unshift({ ids: this.#newest, closedAt: now });
    this.#olderIds += this.#newest.size;
    this.#newest = new Map();
    this.#newestSince = now;
  }

  #forgetOldest(): void {
    this.#olderIds -= this.#older.pop()!.ids.size;
  }
}

/** In place of a digest where what was said was taken out: whatever is said now is a repeat of it. */
export const ANY_DIGEST = 0x7fffffff;

/** Whether what is said under an id that was there is the same as before. */
export function isRepeat(before: number, digest: number): boolean {
  return before === digest || before === ANY_DIGEST;
}

/**
 * A digest of a text, for telling whether two are the same: 32-bit FNV-1a over UTF-16 code units
 * (http://www.isthe.com/chongo/tech/comp/fnv/).
 */
export function digestOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}
