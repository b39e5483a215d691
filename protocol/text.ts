import { ProtocolError } from "../codec/errors.ts";

/** The most bytes (UTF-8) of a message's text. */
export const MAX_TEXT_BYTES = 16_384;

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
