import { escapeText } from "../../terminal/escape.ts";
import type { TransferredFile } from "../../transfer/transferred_file.ts";

/**
 * The line that a script may read of a file that has its receipt: `sent NAME as SAVED BYTES bytes sha256=HEX`.
 *
 * @param done What was done with it.
 * @param file The file.
 */
export function receiptLine(done: "sent" | "received", file: TransferredFile): string {
  const { name, savedAs, size, hash, hashKind } = file;
  return `${done} ${escapeText(name)} as ${escapeText(savedAs)} ${size} bytes ${hashKind}=${hash}`;
}

/**
 * The same as a line of JSON, of folders too.
 *
 * @param done What was done with it.
 * @param file The file.
 */
export function receiptJson(done: "sent" | "received", file: TransferredFile): string {
  const { name, savedAs, kind, size, hash, hashKind, durable } = file;
  return JSON.stringify({
    type: done,
    payload: { name, savedAs, kind, size, [hashKind]: hash, durable },
  });
}
