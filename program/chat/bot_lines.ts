import type { ReadMessage } from "../../client/sealed_chat.ts";
import { escapeJson, escapeText } from "../../terminal/escape.ts";
import { fileLabel } from "../../terminal/file_cards.ts";

/** What a bot says. */
export interface BotAnswer {
  readonly text: string;
  /** Whom it is written to; undefined for the room. */
  readonly to?: string;
}

/**
 * A message as a bot reads it: `ann: hello`, and `[private] ann: psst`; always one line, whatever is in it.
 *
 * @param message A message of the room, or one to the bot.
 * @returns The line; undefined where there is nothing to be read: it was removed, says that another was, or cannot be
 * decrypted.
 */
export function botLine(message: ReadMessage): string | undefined {
  const { text, files = [], secrecy } = message;
  const isRoom = "room" in message;
  if (secrecy.kind === "closed") return undefined;
  if (isRoom && (message.removed ?? message.removes) !== undefined) return undefined;
  const from = isRoom ? message.sender : message.from;
  const mark = isRoom ? "" : "[private] ";
  // A newline would be another line: of whoever the text says.
  const words = text === "" ? [] : [escapeText(text.replaceAll("\n", " "))];
  const cards = files.map((file) => `[file] ${fileLabel(file)}`);
  return `${mark}${escapeText(from)}: ${[...words, ...cards].join(" ")}`;
}

/**
 * A message as a line of JSON: what `--json` prints of what somebody says.
 *
 * @param message A message that was opened; what nobody else can read is left out.
 */
export function jsonLine({ sealed: _envelope, ...opened }: ReadMessage): string {
  const type = "room" in opened ? "message" : "private";
  return escapeJson(JSON.stringify({ type, payload: opened }));
}

/**
 * Reads what a bot printed with `--json`: `{"text": "hello"}`, or `{"text": "psst", "to": "ann"}`.
 *
 * @param line The line.
 * @throws {TypeError} It is something else.
 */
export function parseAnswer(line: string): BotAnswer {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The sentence below says it.
  }
  const { text, to } = (value ?? {}) as Record<string, unknown>;
  if (typeof text === "string" && (to === undefined || typeof to === "string")) {
    return to === undefined ? { text } : { text, to };
  }
  throw new TypeError('it is not of the form {"text": "hello"} or {"text": "hello", "to": "ann"}');
}
