import { fold } from "../protocol/names.ts";
import { escapeText } from "./escape.ts";

/** A part of a text, in UTF-16 indices: from `from` up to `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Addresses, in which nobody is spoken of; and words: what a name may hold, in any script. Alternatives that
 * begin with what the others cannot, and loops that cannot give back: the time is linear.
 */
const WORD = /https?:\/\/\S*|[\p{L}\p{M}\p{N}_.-]+/giu;
/** A word as long as this is no name, however its characters are composed. */
const UNITS_PER_CHARACTER = 8;

/**
 * Where a text speaks of somebody: `@ann`, `ann:`, `ANN.`, but not `annual`, `ann-b` or `b.ann`.
 *
 * A word counts as a whole; points and dashes around it that are no part of the name do not belong to it.
 *
 * @param text As it is shown: escaped.
 * @param name Whose name.
 * @returns The places of the name, with the `@` before it; in order.
 */
export function findMentions(text: string, name: string): Range[] {
  const wanted = parted(fold(name));
  const maxLength = name.length * UNITS_PER_CHARACTER;
  const found: Range[] = [];
  // What a word ended at last: `bob@ann` is an address.
  let end = -1;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const isAddressed = text[index - 1] === "@";
    const isAddress = isAddressed && end === index - 1;
    end = index + word.length;
    if (isAddress) continue;
    const place = placeIn(word, wanted, maxLength);
    if (place === undefined) continue;
    const from = index + place.from;
    found.push({ from: isAddressed && place.from === 0 ? from - 1 : from, to: index + place.to });
  }
  return found;
}

/**
 * Whether a text speaks of somebody.
 *
 * @param text As somebody wrote it.
 * @param name Whose name.
 */
export function isMentioned(text: string, name: string): boolean {
  return findMentions(escapeText(text), name).length > 0;
}

/** A word without the points and dashes around it, and those. */
interface Parted {
  readonly before: string;
  readonly core: string;
  readonly after: string;
}

function parted(word: string): Parted {
  let [from, to] = [0, word.length];
  while (from < to && isPoint(word[from]!)) from++;
  while (to > from && isPoint(word[to - 1]!)) to--;
  return { before: word.slice(0, from), core: word.slice(from, to), after: word.slice(to) };
}

function isPoint(character: string): boolean {
  return character === "." || character === "-";
}

function placeIn(word: string, wanted: Parted, maxLength: number): Range | undefined {
  const { before, core, after } = parted(word);
  if (core.length > maxLength) return undefined;
  if (core === "") {
    // A name of points alone is no more than them.
    const isName = wanted.core === "" && word === wanted.before;
    return isName ? { from: 0, to: word.length } : undefined;
  }
  const isName = fold(core) === wanted.core && before.endsWith(wanted.before) &&
    after.startsWith(wanted.after);
  if (!isName) return undefined;
  const from = before.length - wanted.before.length;
  return { from, to: before.length + core.length + wanted.after.length };
}

/**
 * Makes places of a text stand out, in whatever part of it is shown.
 *
 * @param text The text, escaped.
 * @param places What {@link findMentions} gave.
 * @param style How they stand out.
 * @returns Gives a part of the text.
 */
export function marking(
  text: string,
  places: readonly Range[],
  style: (text: string) => string,
): (part: Range) => string {
  return ({ from, to }) => {
    let [shown, at] = ["", from];
    for (const place of places) {
      const [start, end] = [Math.max(at, place.from), Math.min(to, place.to)];
      if (start >= end) continue;
      shown += text.slice(at, start) + style(text.slice(start, end));
      at = end;
    }
    return shown + text.slice(at, to);
  };
}
