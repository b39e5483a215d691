const MAX_SHOWN_CHARS = 40;

/** Controls, bidi marks, half pairs, line separators, and what no reader can see. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}"\\]/gu;

/**
 * A peer's words, to stand in a sentence that people read: in quotes, short, and with nothing in it
 * that moves a cursor, turns the writing round or hides.
 *
 * @param text The words.
 * @returns At most forty characters of them, between quotes; the unseen ones as `\u{…}`.
 */
export function quote(text: string): string {
  // Twice as many units are always enough characters; the rest need not be looked at.
  const chars = [...text.slice(0, 2 * MAX_SHOWN_CHARS + 1)];
  const shown = chars.slice(0, MAX_SHOWN_CHARS).join("").replaceAll(UNSEEN, escape);
  return `"${shown}${chars.length > MAX_SHOWN_CHARS ? "…" : ""}"`;
}

function escape(char: string): string {
  if (char === '"' || char === "\\") return `\\${char}`;
  return `\\u{${char.codePointAt(0)!.toString(16)}}`;
}
