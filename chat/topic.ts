import { ProtocolError } from "../codec/errors.ts";
import { checkText } from "../protocol/text.ts";

/** Bytes of a room's topic, and of a reason. */
const MAX_LINE_BYTES = 2_048;

/**
 * Checks a topic, or another sentence that is shown in one line.
 *
 * @param text What somebody wrote.
 * @returns The same.
 * @throws {ProtocolError} `invalid_text`.
 */
export function checkTopic(text: string): string {
  checkText(text, MAX_LINE_BYTES);
  if (!/[\n\t]/.test(text)) return text;
  throw new ProtocolError(
    "invalid_text",
    "Cannot take this: it has several lines or tabs, and one line is allowed",
  );
}
