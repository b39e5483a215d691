import { escapeText } from "../escape.ts";

/** A word of a command, as a shell would read it. */
export interface Word {
  /** What it says. */
  readonly text: string;
  /** Whether quotes or a backslash were in it: then it is no keyword. */
  readonly isQuoted: boolean;
  /** Where it begins in the line, and where it has ended: UTF-16 indices. */
  readonly from: number;
  readonly to: number;
  /** Whether the line ended inside its quotes, or behind its backslash. */
  readonly isOpen: boolean;
}

/** What a word is put together from; the last is what is not closed: it goes on to the end of the line. */
const PART =
  /"([^"]*)"|\$'((?:[^'\\]|\\[^])*)'|'([^']*)'|\\([^])|((?:(?!\$')[^\s"'\\])+)|(?:"|\$'|'|\\)([^]*)/y;

/** What follows a backslash in `$'…'`, as in bash, zsh and fish. */
const ESCAPE = /\\(?:x([\da-fA-F]{1,2})|u([\da-fA-F]{1,4})|U([\da-fA-F]{1,8})|([^]))/g;
const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", e: "\x1b" };

/**
 * Takes a line apart into words: `"two words"`, `'two words'` and `two\ words` are one each, and so is
 * `$'two\nlines'`, in which `\n`, `\t`, `\xHH` and `\uHHHH` are what they are in a shell.
 *
 * @param line The line.
 * @returns The words; undefined where a quotation mark is not closed.
 */
export function splitWords(line: string): readonly Word[] | undefined {
  const words = scanWords(line);
  return words.some(({ isOpen }) => isOpen) ? undefined : words;
}

/**
 * Takes a line apart as {@link splitWords} does, however it ends.
 *
 * @param line The line, or what of it is typed already.
 * @returns The words; the last may be open.
 */
export function scanWords(line: string): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at]!)) {
      at++;
      continue;
    }
    const from = at;
    let [text, isQuoted, isOpen] = ["", false, false];
    while (at < line.length && !/\s/.test(line[at]!)) {
      PART.lastIndex = at;
      const [all, double, escapes, single, escaped, plain, open = ""] = PART.exec(line)!;
      isQuoted ||= plain === undefined;
      const closed = double ?? (escapes === undefined ? single : unescape(escapes)) ?? escaped ??
        plain;
      isOpen = closed === undefined;
      text += closed ?? (all.startsWith("$") ? unescape(open) : open);
      at += all.length;
    }
    words.push({ text, isQuoted, from, to: at, isOpen });
  }
  return words;
}

/**
 * Writes a text as one word, so that it can be typed, and printed as it is.
 *
 * - I1 `splitWords` reads the same text from it.
 * - I2 Nothing of it is changed by `escapeText`: control characters, what is invisible and piles of
 *   marks are written as escapes in `$'…'`.
 *
 * @param text Any text but the empty one.
 * @returns The word, without quotes around it: more can be put behind it.
 */
export function quoteWord(text: string): string {
  let quoted = "";
  for (const character of text) quoted += quoteCharacter(character, quoted);
  // A blank at the end of a line is nobody's: behind a backslash it would be lost.
  return /\\\s$/.test(quoted) ? `${quoted.slice(0, -2)}"${quoted.at(-1)}"` : quoted;
}

function quoteCharacter(character: string, before: string): string {
  // A mark stands on what is before it; alone, or as one of too many, it would come out otherwise.
  const isSafe = escapeText(before + character) === before + character;
  if (!isSafe) return `$'${escapeOf(character)}'`;
  return /[\s"'\\$]/.test(character) ? `\\${character}` : character;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0)!;
  const hex = (digits: number) => code.toString(16).padStart(digits, "0");
  if (code < 0x80) {
    const short = Object.entries(ESCAPED).find(([, meant]) => meant === character)?.[0];
    return `\\${short ?? `x${hex(2)}`}`;
  }
  return code < 0x1_0000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

function unescape(text: string): string {
  return text.replaceAll(
    ESCAPE,
    (_all, byte?: string, short?: string, long?: string, other = "") => {
      const digits = byte ?? short ?? long;
      if (digits === undefined) return ESCAPED[other] ?? other;
      const code = parseInt(digits, 16);
      return code <= 0x10_ffff ? String.fromCodePoint(code) : "\ufffd";
    },
  );
}
