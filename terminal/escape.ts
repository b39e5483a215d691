/** The most marks (accents, vowel signs) that one character may carry: no script needs more. */
const MAX_MARKS = 4;

/**
 * What may not reach a terminal, one group each:
 *
 * 1. C0, DEL, C1: they move the cursor, set titles, ring, switch modes;
 * 2. line and paragraph separators, interlinear annotations: some terminals act on them;
 * 3. what nobody sees (Unicode's default ignorables: zero-width characters, joiners, bidi controls,
 *    variation selectors, tags) and reorders or hides text.
 */
const UNSAFE =
  // deno-lint-ignore no-control-regex -- finding them is what it is for
  /([\x00-\x1f\x7f-\x9f])|([\u2028\u2029\ufff9-\ufffb])|\p{Default_Ignorable_Code_Point}+/gu;

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
 * there is none. What is invisible is dropped. Runs of combining marks are cut, and a mark that
 * begins the text gets a dotted circle to stand on instead of what is printed before.
 *
 * - I1 The output holds no C0, DEL or C1, no bidi control, nothing of zero width but marks on a
 *   character of its own, no lone surrogate.
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

function replace(_found: string, control: string | undefined, separator: string | undefined) {
  if (control !== undefined) return picture(control.codePointAt(0)!);
  return separator === undefined ? "" : " ";
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
