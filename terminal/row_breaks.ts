import { JOINS_THE_ONE_BEFORE, mostCellsOf } from "./cells.ts";
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
const ASCII_END = 0x7f;
/** A character with what joins it: marks, a skin tone, the other half of a flag. */
const TOGETHER = new RegExp(
  `(?:\\p{RI}\\p{RI}|\\p{Emoji_Modifier_Base}\\p{Emoji_Modifier}|[^])${JOINS_THE_ONE_BEFORE.source}*`,
  "uy",
);

/**
 * Breaks a line of text into rows, between words where that can be. A word of ASCII that fits no row stays whole,
 * so that an address can be clicked and copied: the terminal breaks it, and a new row begins behind it.
 *
 * - I1 Nothing is lost but the spaces at which rows were broken.
 * - I2 A row fits in any terminal (`mostCellsOf`), or is one word of ASCII without a space, or one character.
 *
 * The time is linear.
 *
 * @param text Made safe by `escapeText`, without colours.
 * @param cells How many cells there are.
 * @returns The rows, as places in the text; the first may be empty, where nothing fits beside what stands there.
 */
export function rowBreaks(text: string, cells: RowCells): Range[] {
  const rows: Range[] = [];
  const wordEnd = wordEnds(text);
  let from = 0;
  while (from < text.length) {
    const isFirst = rows.length === 0;
    const end = rowEnd(text, from, isFirst ? cells.first : cells.others, wordEnd);
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
  wordEnd: (from: number) => number,
): { readonly to: number; readonly isTooLong: boolean } {
  let [used, at, space] = [0, from, -1];
  while (at < text.length) {
    const character = characterAt(text, at);
    const width = mostCellsOf(character);
    if (used + width > cells) {
      // A space that does not fit is where the row ends.
      if (character === " ") return { to: at, isTooLong: false };
      if (space > from) return { to: space, isTooLong: false };
      const end = wordEnd(from);
      const isWhole = end > at && (end === text.length || text[end] === " ");
      // One character at least, or it would never end.
      const least = from + characterAt(text, from).length;
      return { to: isWhole ? end : Math.max(at, least), isTooLong: true };
    }
    if (character === " ") space = at;
    used += width;
    at += character.length;
  }
  return { to: at, isTooLong: false };
}

/** What stays together: what joins the character before it would stand on something else in the next row. */
function characterAt(text: string, at: number): string {
  if (!(text.charCodeAt(at) > ASCII_END) && !(text.charCodeAt(at + 1) > ASCII_END)) {
    return text[at]!;
  }
  TOGETHER.lastIndex = at;
  return TOGETHER.exec(text)![0];
}

/** Where words of ASCII end, asked from the left to the right: each is looked for once. */
function wordEnds(text: string): (from: number) => number {
  let end = 0;
  return (from) => {
    if (from < end) return end;
    UNBROKEN.lastIndex = from;
    end = from + (UNBROKEN.exec(text)?.[0].length ?? 0);
    return end;
  };
}
