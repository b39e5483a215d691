/** So many different words are counted apart: more would be a label without bound. */
const MAX_WORDS = 64;

/** How often each of a few words came: reasons, codes. What comes when there are 64 is `other`. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** The counts by word. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Counts a word once more. */
  add(word: string): void {
    const known = this.#counts.has(word) || this.#counts.size < MAX_WORDS;
    const counted = known ? word : "other";
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1);
  }
}
