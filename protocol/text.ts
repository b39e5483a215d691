import { ProtocolError } from "../codec/errors.ts";

/** The most bytes (UTF-8) of a message's text. */
export const MAX_TEXT_BYTES = 16_384;
/** The most characters (UTF-16 code units) of what somebody says about being away. */
export const MAX_AWAY_CHARS = 200;
/** Bytes of a room's topic, of a reason, and of other sentences. */
const MAX_LINE_BYTES = 2_048;

// Tab and newline are text; every other C0, DEL and C1 moves somebody's cursor.
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
const textEncoder = new TextEncoder();

/**
 * Checks a message's text: not empty, at most `maxBytes`, no control characters but tab
 * and newline, no lone surrogates.
 *
 * @param text The text.
 * @param maxBytes How many bytes of UTF-8 it may have.
 * @throws {ProtocolError} `invalid_text`.
 */
export function checkText(text: string, maxBytes: number = MAX_TEXT_BYTES): void {
  if (text === "") {
    throw new ProtocolError("invalid_text", "Cannot send an empty text: 1 byte or more is allowed");
  }
  // Three bytes a unit at most, so that short texts need no counting.
  const bytes = text.length * 3 > maxBytes ? textEncoder.encode(text).length : 0;
  if (bytes > maxBytes) {
    throw new ProtocolError(
      "invalid_text",
      `Cannot send a text of ${bytes} bytes: the limit is ${maxBytes}`,
    );
  }
  const control = CONTROL.exec(text);
  if (control !== null || !text.isWellFormed()) {
    const found = control === null
      ? "half a surrogate pair"
      : `U+${control[0].codePointAt(0)!.toString(16).padStart(4, "0").toUpperCase()}`;
    throw new ProtocolError(
      "invalid_text",
      `Cannot send a text with ${found} in it: of the control characters, tab and newline are allowed`,
    );
  }
}

/**
 * Checks a sentence that is shown in one line: a topic, a reason.
 *
 * @param text What somebody wrote.
 * @returns The same.
 * @throws {ProtocolError} `invalid_text`.
 */
export function checkLine(text: string): string {
  checkText(text, MAX_LINE_BYTES);
  if (!/[\n\t]/.test(text)) return text;
  throw new ProtocolError(
    "invalid_text",
    "Cannot take this: it has several lines or tabs, and one line is allowed",
  );
}

/**
 * Checks what somebody says about being away.
 *
 * @param text What was written.
 * @returns The same; undefined where it is empty.
 * @throws {ProtocolError} `invalid_text`.
 */
export function checkAwayText(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (text.length <= MAX_AWAY_CHARS) return checkLine(text);
  throw new ProtocolError(
    "invalid_text",
    `Cannot take ${text.length} characters about being away: ${MAX_AWAY_CHARS} are allowed`,
  );
}
