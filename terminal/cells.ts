import { eastAsianWidth } from "get-east-asian-width";

/** Printable ASCII alone: a cell each. */
const NARROW = /^[ -~]*$/;
/** What stands on the character before it: marks, and the vowels and finals of a Hangul syllable. */
const ON_THE_ONE_BEFORE = /^[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]$/u;

/**
 * How many cells of a terminal a character takes: 0, 1 or 2 (Unicode's East Asian Width; what is ambiguous
 * there is narrow).
 *
 * @param character One code point that `escapeText` lets through.
 */
export function cellsOfCharacter(character: string): number {
  if (ON_THE_ONE_BEFORE.test(character)) return 0;
  return eastAsianWidth(character.codePointAt(0)!);
}

/**
 * How many cells of a terminal a text takes. Never fewer than a terminal that draws several characters as
 * one (an emoji and its skin tone) needs.
 *
 * @param text Made safe by `escapeText`, without colours.
 */
export function cellsOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let cells = 0;
  for (const character of text) cells += cellsOfCharacter(character);
  return cells;
}

/**
 * A text in so many cells: where it does not fit its beginning, and `…`.
 *
 * @param text Made safe by `escapeText`, without colours.
 * @param cells How many it may take.
 */
export function cutToCells(text: string, cells: number): string {
  if (NARROW.test(text) && text.length <= cells) return text;
  if (cells < 1) return "";
  // The end of what still fits with `…` behind it.
  let fitting = 0;
  let [used, end] = [0, 0];
  for (const character of text) {
    used += cellsOfCharacter(character);
    if (used > cells) return text.slice(0, fitting) + "…";
    end += character.length;
    if (used <= cells - 1) fitting = end;
  }
  return text;
}
