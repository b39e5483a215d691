/** Entered lines, the newest last; kept between runs by who gives it. */
export interface KeptLines {
  readonly entries: readonly string[];
  add(line: string): void;
}

/** More is not kept in memory. */
const MAX_ENTRIES = 1_000;

/**
 * The way through the lines that were entered, as a shell's arrows go it.
 *
 * - I1 What is half typed stays at the bottom, and changes to the lines above stay where they were made, until a line
 *   is entered.
 */
export class InputHistory {
  readonly #kept: KeptLines;
  /** Where one is: an index of the entries, or their number at the bottom. */
  #at: number;
  /** What was made of the lines, by their index. */
  readonly #changed = new Map<number, string>();

  /** @param kept The lines of before. */
  constructor(kept: KeptLines = inMemory()) {
    this.#kept = kept;
    this.#at = kept.entries.length;
  }

  /** Keeps a line that was entered, and goes to the bottom. Blank ones, and the last one again, are not kept. */
  enter(line: string): void {
    if (line.trim() !== "" && this.#kept.entries.at(-1) !== line) this.#kept.add(line);
    this.reset();
  }

  /** Goes to the bottom, and forgets what is half typed. */
  reset(): void {
    this.#changed.clear();
    this.#at = this.#kept.entries.length;
  }

  /**
   * Goes to the line above.
   *
   * @param text What is in the present one.
   * @returns What is in that one; undefined where there is none.
   */
  up(text: string): string | undefined {
    return this.#go(text, this.#at - 1);
  }

  /** The same downwards. */
  down(text: string): string | undefined {
    return this.#go(text, this.#at + 1);
  }

  /**
   * Goes to the next line above or below that begins like the present one up to the cursor.
   *
   * @param text What is in the present one.
   * @param prefix Its beginning.
   * @param step -1 for above, 1 for below.
   */
  match(text: string, prefix: string, step: -1 | 1): string | undefined {
    for (let at = this.#at + step; at >= 0 && at <= this.#kept.entries.length; at += step) {
      const found = this.#lineAt(at);
      if (found !== text && found.startsWith(prefix)) return this.#go(text, at);
    }
    return undefined;
  }

  /**
   * Looks for the newest line that contains something.
   *
   * @param part What it is to contain.
   * @param before Only lines older than that index. @default all
   * @returns The line and its index; undefined where there is none.
   */
  find(
    part: string,
    before: number = this.#kept.entries.length,
  ): { readonly line: string; readonly index: number } | undefined {
    const { entries } = this.#kept;
    for (let index = Math.min(before, entries.length) - 1; index >= 0; index--) {
      if (entries[index]!.includes(part)) return { line: entries[index]!, index };
    }
    return undefined;
  }

  #go(text: string, at: number): string | undefined {
    if (at < 0 || at > this.#kept.entries.length) return undefined;
    if (text !== this.#lineAt(this.#at)) this.#changed.set(this.#at, text);
    this.#at = at;
    return this.#lineAt(at);
  }

  #lineAt(at: number): string {
    return this.#changed.get(at) ?? this.#kept.entries[at] ?? "";
  }
}

function inMemory(): KeptLines {
  const entries: string[] = [];
  return {
    entries,
    add(line) {
      entries.push(line);
      if (entries.length > MAX_ENTRIES) entries.shift();
    },
  };
}
