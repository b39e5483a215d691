/**
 * Finds what somebody meant who mistyped it.
 *
 * @param typed What was typed.
 * @param words What there is, the more likely first.
 * @returns The nearest of them; undefined where none is near: one mistake in four characters is, at most three.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { nearest } from "./nearest.ts";
 *
 * assertEquals(nearest("hlep", ["join", "help"]), "help");
 * ```
 */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  let [found, least]: [string | undefined, number] = [
    undefined,
    Math.min(Math.max(Math.floor(typed.length / 4), 1), 3) + 1,
  ];
  for (const word of words) {
    // What is so much longer or shorter is further than that anyway, however long a line was pasted.
    if (Math.abs(word.length - typed.length) >= least) continue;
    const mistakes = distance(typed, word);
    if (mistakes < least) [found, least] = [word, mistakes];
  }
  return found;
}

/**
 * The optimal string alignment distance: letters added, left out, changed, or two neighbours swapped.
 *
 * Boytsov, Indexing methods for approximate dictionary searching (2011), section 2.2.
 */
function distance(one: string, other: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from(other, (_, at) => at)];
  last.push(other.length);
  for (let row = 1; row <= one.length; row++) {
    const now = [row];
    for (let at = 1; at <= other.length; at++) {
      const isSame = one[row - 1] === other[at - 1];
      const changed = last[at - 1]! + (isSame ? 0 : 1);
      const isSwapped = row > 1 && at > 1 && one[row - 1] === other[at - 2] &&
        one[row - 2] === other[at - 1];
      const swapped = isSwapped ? before[at - 2]! + 1 : Infinity;
      now.push(Math.min(changed, swapped, last[at]! + 1, now[at - 1]! + 1));
    }
    [before, last] = [last, now];
  }
  return last[other.length]!;
}
