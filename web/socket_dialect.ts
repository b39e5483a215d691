import type { Dialect } from "../chat/session.ts";

const NEWLINE = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The web's dialect: a message is the text of one WebSocket message. In between, where the chat gathers
 * bytes, a newline ends each: JSON text on one line holds none.
 */
export const socketDialect: Dialect = {
  name: "socket",
  maxBytes: (textLength) => 3 * textLength + 1,
  encodeInto(json, into) {
    const { written } = encoder.encodeInto(json, into);
    into[written] = NEWLINE;
    return written + 1;
  },
};

/** Messages of the dialect, taken apart. */
export interface SocketTexts {
  /** The text of each. */
  readonly texts: readonly string[];
  /** Where each ends: how many bytes it takes with those before it. */
  readonly ends: readonly number[];
}

/** What was taken apart last. A thousand members of a room are handed the same view, one after the other. */
let last: { readonly of: Uint8Array; readonly texts: SocketTexts } | undefined;

/**
 * Takes messages apart.
 *
 * @param bytes Whole messages in the dialect, at least one.
 * @param maxBytes About how many of the bytes: the first message is given however long it is.
 * @returns The first ones.
 */
export function socketTexts(bytes: Uint8Array, maxBytes: number): SocketTexts {
  const fitting = bytes.length <= maxBytes
    ? bytes.length
    : bytes.lastIndexOf(NEWLINE, maxBytes - 1) + 1 || bytes.indexOf(NEWLINE) + 1;
  const of = bytes.subarray(0, fitting);
  if (last !== undefined && isSameView(last.of, of)) return last.texts;
  const texts = decoder.decode(of).split("\n");
  texts.pop();
  const ends: number[] = [];
  for (let at = 0; at < fitting; at = ends.at(-1)!) ends.push(of.indexOf(NEWLINE, at) + 1);
  last = { of, texts: { texts, ends } };
  return last.texts;
}

function isSameView(a: Uint8Array, b: Uint8Array): boolean {
  return a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
}
