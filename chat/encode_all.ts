import type { Dialect } from "./session.ts";

/**
 * Encodes several messages into one buffer of their own.
 *
 * @param dialect How.
 * @param messages The JSON texts of server messages.
 * @returns Their bytes, one after the other.
 */
export function encodeAll(dialect: Dialect, messages: readonly string[]): Uint8Array<ArrayBuffer> {
  const room = messages.reduce((sum, json) => sum + dialect.maxBytes(json.length), 0);
  const bytes = new Uint8Array(room);
  let length = 0;
  for (const json of messages) length += dialect.encodeInto(json, bytes.subarray(length));
  // The estimate may be three times too large; what is kept is not.
  return length * 2 < room ? bytes.slice(0, length) : bytes.subarray(0, length);
}
