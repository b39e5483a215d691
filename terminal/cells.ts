import { eastAsianWidth } from "get-east-asian-width";
import { escapeText } from "./escape.ts";

/** Printable ASCII alone: a cell each. */
const NARROW = /^[ -~]*$/;
// deno-lint-ignore no-control-regex -- what styles begin and end with
const COLOURS = /\x1b\[[\d;]*m/g;
const SKIN_TONES = /(\p{Emoji_Modifier_Base})\p{Emoji_Modifier}/gu;
/** What stands on the character before it: marks, and the vowels and finals of a Hangul syllable. */
export const JOINS_THE_ONE_BEFORE = /[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]/u;
/** What some terminals draw in two cells though Unicode gives it one: halves of flags, and pictures. */
const SOMETIMES_WIDE = /^[\p{RI}\p{Extended_Pictographic}\u2e3a]$/u;
/** The three-em dash, which Ghostty draws as long as it is. */
const THREE_EM_DASH = "\u2e3b";
/** What a text is cut with. */
const ELLIPSIS = "…";
/**
 * Where characters of ambiguous width (UAX #11: Greek, Cyrillic, `½`, `→`, `…`) are drawn in two cells: terminals that are
 * set up for Chinese, Japanese or Korean. By their number everybody else's Russian would have half a row.
 */
const isAmbiguousWide = /^(?:zh|ja|ko)\b/.test(navigator.language);

/** A grapheme as a terminal shows it. */
export interface Cell {
  /** What is written: safe for a terminal, one row. */
  readonly shown: string;
  /** How many cells of the terminal it takes: from 1 on. */
  readonly width: number;
}

/**
 * How many cells most terminals take for a character: 0, 1 or 2 (Unicode's East Asian Width; what is ambiguous
 * there is narrow).
 *
 * @param character One code point that `escapeText` lets through.
 */
export function cellsOfCharacter(character: string): number {
  if (JOINS_THE_ONE_BEFORE.test(character)) return 0;
  return eastAsianWidth(character.codePointAt(0)!);
}

/**
 * How many cells of a terminal a text takes, where an emoji and its skin tone are drawn as one: there are
 * terminals that draw two.
 *
 * @param text One line, safe for a terminal; colours count nothing.
 */
export function cellsOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let cells = 0;
  for (const character of text.replaceAll(COLOURS, "").replaceAll(SKIN_TONES, "$1")) {
    cells += cellsOfCharacter(character);
  }
  return cells;
}

/**
 * The most cells that any usual terminal takes for a text, for rows that must not go on in the next one: in kitty
 * and Ghostty half of a flag takes two, in the Windows console a mark takes one.
 *
 * @param text One line, safe for a terminal; colours count nothing.
 * @param isCjk Whether the terminal may draw characters of ambiguous width in two cells. @default by the locale
 */
export function mostCellsOf(text: string, isCjk: boolean = isAmbiguousWide): number {
  if (NARROW.test(text)) return text.length;
  let cells = 0;
  for (const character of text.replaceAll(COLOURS, "")) {
    cells += mostCellsOfCharacter(character, isCjk);
  }
  return cells;
}

function mostCellsOfCharacter(character: string, ambiguousAsWide: boolean): number {
  if (SOMETIMES_WIDE.test(character)) return 2;
  if (character === THREE_EM_DASH) return 3;
  if (JOINS_THE_ONE_BEFORE.test(character)) return 1;
  return eastAsianWidth(character.codePointAt(0)!, { ambiguousAsWide });
}

/**
 * A text in so many cells: where it does not fit its beginning, and `…`.
 *
 * @param text One line without colours, safe for a terminal.
 * @param cells How many it may take.
 * @param measure What a text takes. @default {cellsOf}
 */
export function cutToCells(
  text: string,
  cells: number,
  measure: (text: string) => number = cellsOf,
): string {
  if (cells < 1) return "";
  if (measure(text) <= cells) return text;
  // The end of what still fits with `…` behind it.
  let [used, end] = [measure(ELLIPSIS), 0];
  if (used > cells) return "";
  for (const character of text) {
    used += measure(character);
    if (used > cells) break;
    end += character.length;
  }
  return text.slice(0, end) + ELLIPSIS;
}

/**
 * A grapheme that somebody typed, as it is shown: what would disturb the line becomes visible, nothing is so wide
 * that it does not fit, and nothing is invisible: the cursor can stand on it.
 *
 * @param grapheme One, no newline.
 * @param maxWidth The cells that there are, from 1 on.
 */
export function cellOf(grapheme: string, maxWidth: number): Cell {
  if (grapheme.length === 1 && NARROW.test(grapheme)) return { shown: grapheme, width: 1 };
  const shown = escapeText(grapheme) || names(grapheme);
  const width = cellsOf(shown);
  return width < 1 || width > maxWidth ? { shown: "?", width: 1 } : { shown, width };
}

/** What is invisible is told by its number. */
function names(invisible: string): string {
  const [first = ""] = invisible;
  return `<U+${first.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}>`;
}
