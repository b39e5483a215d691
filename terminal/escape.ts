/** The most marks (accents, vowel signs) that one character may carry: no script needs more. */
const MAX_MARKS = 4;

/** Shown in the place of what has no picture. */
const NO_PICTURE = "\ufffd";

/**
 * What may not reach a terminal, one group each:
 *
 * 1. C0, DEL, C1: they move the cursor, set titles, ring, switch modes;
 * 2. line and paragraph separators, interlinear annotations: some terminals act on them. And pictures of
 *    nothing (an empty Braille cell, an empty note), which can hide where a text goes on;
 * 3. what nobody knows the width of, so that the rest of the row would be elsewhere than the program thinks:
 *    private use and unassigned characters, and the format characters that are not invisible; and letters and
 *    a mark that are blank, with which two names could look the same;
 * 4. without a group: what nobody sees (Unicode's default ignorables: zero-width characters, joiners, bidi
 *    controls, variation selectors, tags, Hangul fillers) and reorders or hides text. It is looked for before
 *    the third, which has some of it too.
 */
const UNSAFE =
  // deno-lint-ignore no-control-regex -- finding them is what it is for
  /([\x00-\x1f\x7f-\x9f])|([\u2028\u2029\ufff9-\ufffb\u2800\u{1d159}])|\p{Default_Ignorable_Code_Point}+|([\p{Cf}\p{Co}\p{Cn}\u{13441}\u{13442}\u{16fe4}])/gu;

/** Printable ASCII alone. */
const HARMLESS = /^[ -~]*$/;

/** Runs of marks, and of Hangul vowels and finals, which pile up on one cell. */
const MARKS = /(?:\p{M}|[\u1160-\u11ff\ud7b0-\ud7ff])+/gu;

/** Shown for tab: four cells, because a real one would depend on where it stands. */
const TAB = "    ";

/**
 * Makes a text safe to print on one line of a terminal, whoever wrote it.
 *
 * Control characters become visible: their picture (`␛` for ESC, from U+2400 on), or `<U+009B>` where
 * there is none. What is invisible is dropped, and what no two terminals draw alike becomes `�`. Runs of
 * combining marks are cut, and a mark that begins the text gets a dotted circle to stand on instead of what
 * is printed before.
 *
 * - I1 The output holds no C0, DEL or C1, no bidi control, nothing of zero width but marks on a
 *   character of its own, no private use or unassigned character, no lone surrogate.
 * - I2 What needs no escaping comes out as it is.
 * - I3 Escaping the output again changes nothing.
 *
 * @param text What a peer, or a file name, or an error says.
 * @returns The text for the terminal.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { escapeText } from "./escape.ts";
 *
 * assertEquals(escapeText("\x1b[2Jgo\u202ene"), "␛[2Jgone");
 * ```
 */
export function escapeText(text: string): string {
  // Most texts need none of it, and thousands of names are printed.
  if (HARMLESS.test(text)) return text;
  // Marks come second: dropping what stood between two runs makes one of them.
  return text.toWellFormed().replaceAll(UNSAFE, replace).replaceAll(MARKS, cut);
}

/**
 * Makes JSON text safe to print on one line of a terminal, whoever wrote what is in it: what
 * {@link escapeText} would replace becomes a `\u` escape, so that a program reads the same from it.
 *
 * @param json JSON text as `JSON.stringify` makes it.
 * @returns JSON text of the same value.
 */
export function escapeJson(json: string): string {
  return json.replaceAll(UNSAFE, (found) => {
    let escaped = "";
    for (let at = 0; at < found.length; at++) {
      escaped += "\\u" + found.charCodeAt(at).toString(16).padStart(4, "0");
    }
    return escaped;
  });
}

function replace(
  _found: string,
  control: string | undefined,
  blank: string | undefined,
  unknown: string | undefined,
): string {
  if (control !== undefined) return picture(control.codePointAt(0)!);
  if (blank !== undefined) return " ";
  return unknown === undefined ? "" : NO_PICTURE;
}

function picture(code: number): string {
  if (code === 0x09) return TAB;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "␡";
  return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}

function cut(marks: string, at: number): string {
  const kept = [...marks].slice(0, MAX_MARKS).join("");
  return at === 0 ? "◌" + kept : kept;
}
