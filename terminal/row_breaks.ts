import { cellsOfCharacter } from "./cells.ts";
import type { Range } from "./mentions.ts";

/** How many cells a text has. */
export interface RowCells {
  /** In its first row, behind what stands there already. */
  readonly first: number;
  /** In each further one. At least 2. */
  readonly others: number;
}

/** What no peer can make a line of: a sentence has spaces. Addresses are of it. */
const UNBROKEN = /[!-~]+/y;

/**
 * Breaks a line of text into rows, between words where that can be. A word of ASCII that fits no row stays whole,
 * so that an address can be clicked and copied: the terminal breaks it, and a new row begins behind it.
 *
 * - I1 Nothing is lost but the spaces at which rows were broken.
 * - I2 A row fits, or is one word of ASCII without a space.
 *
 * The time is linear.
 *
 * @param text Made safe by `escapeText`, without colours.
 * @param cells How many cells there are.
 * @returns The rows, as places in the text; the first may be empty, where nothing fits beside what stands there.
 */
export function rowBreaks(text: string, cells: RowCells): Range[] {
  const rows: Range[] = [];
  let from = 0;
  while (from < text.length) {
    const isFirst = rows.length === 0;
    const end = rowEnd(text, from, isFirst ? cells.first : cells.others);
    // On a row of its own the word may fit, or has the most room.
    const isElsewhere = isFirst && end.isTooLong && cells.first < cells.others;
    rows.push({ from, to: isElsewhere ? from : end.to });
    if (isElsewhere) continue;
    from = end.to;
    if (text[from] === " ") from++;
  }
  return rows.length === 0 ? [{ from: 0, to: 0 }] : rows;
}

function rowEnd(
  text: string,
  from: number,
  cells: number,
): { readonly to: number; readonly isTooLong: boolean } {
  let [used, at, space] = [0, from, -1];
  while (at < text.length) {
    const character = String.fromCodePoint(text.codePointAt(at)!);
    const width = cellsOfCharacter(character);
    if (used + width > cells) {
      // A space that does not fit is where the row ends.
      if (character === " ") return { to: at, isTooLong: false };
      if (space > from) return { to: space, isTooLong: false };
      return longWordEnd(text, from, at);
    }
    if (character === " ") space = at;
    used += width;
    at += character.length;
  }
  return { to: at, isTooLong: false };
}

/** Where a word ends that fits no row: behind it, or, where it is not of ASCII, before what does not fit. */
function longWordEnd(text: string, from: number, at: number) {
  UNBROKEN.lastIndex = from;
  const word = UNBROKEN.exec(text)?.[0] ?? "";
  const end = from + word.length;
  const isWhole = end > at && (end === text.length || text[end] === " ");
  // One character at least, or it would never end.
  const least = from + String.fromCodePoint(text.codePointAt(from)!).length;
  return { to: isWhole ? end : Math.max(at, least), isTooLong: true };
}
