import type { Dialect } from "../chat/session.ts";
import { encodeTextInto, frameLength, maxTextBytes } from "./websocket_frames.ts";

/**
 * The web's dialect: each message is the text of one WebSocket message. It is framed when it is encoded,
 * so that a room's messages are the same bytes for every page.
 */
export const socketDialect: Dialect = {
  name: "socket",
  maxBytes: maxTextBytes,
  encodeInto: encodeTextInto,
};

/**
 * How many bytes the first messages take that fit into so many.
 *
 * @param bytes Whole messages in the dialect, at least one.
 * @param maxBytes How many bytes there is room for.
 * @returns Their bytes; those of the first message alone, where not even that one fits.
 */
export function fittingBytes(bytes: Uint8Array, maxBytes: number): number {
  let end = frameLength(bytes, 0);
  while (end < bytes.length) {
    const next = end + frameLength(bytes, end);
    if (next > maxBytes) break;
    end = next;
  }
  return end;
}
