import {
  FRAME_HEADER_BYTES,
  FRAME_KIND_BYTES,
  type FrameKind,
  MAX_DATA_PAYLOAD_BYTES,
  MAX_JSON_PAYLOAD_BYTES,
} from "./frame.ts";

const textEncoder = new TextEncoder();
const MAX_PAYLOAD_BYTES = { json: MAX_JSON_PAYLOAD_BYTES, data: MAX_DATA_PAYLOAD_BYTES } as const;

/**
 * Writes the five bytes before a payload.
 *
 * @param into Where they go, at its beginning.
 * @param kind The frame's kind.
 * @param payloadBytes The length of the payload that follows.
 * @throws {RangeError} The payload is over the kind's limit.
 */
export function encodeFrameHeaderInto(
  into: Uint8Array,
  kind: FrameKind,
  payloadBytes: number,
): void {
  if (payloadBytes > MAX_PAYLOAD_BYTES[kind]) {
    throw new RangeError(
      `Cannot encode a ${kind} frame of ${payloadBytes} bytes: the limit is ${
        MAX_PAYLOAD_BYTES[kind]
      }`,
    );
  }
  into[0] = 0;
  into[1] = payloadBytes >>> 16;
  into[2] = payloadBytes >>> 8;
  into[3] = payloadBytes;
  into[4] = FRAME_KIND_BYTES[kind];
}

/**
 * The five bytes before a payload that the caller writes itself, so that file data is not copied.
 *
 * @param kind The frame's kind.
 * @param payloadBytes The length of the payload that follows.
 * @returns The header.
 * @throws {RangeError} The payload is over the kind's limit.
 */
export function encodeFrameHeader(kind: FrameKind, payloadBytes: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  encodeFrameHeaderInto(header, kind, payloadBytes);
  return header;
}

/**
 * One whole frame.
 *
 * @param kind The frame's kind.
 * @param payload The payload; it is copied.
 * @returns Header and payload.
 * @throws {RangeError} The payload is over the kind's limit.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { encodeFrame } from "@parley/parley";
 *
 * assertEquals(encodeFrame("data", new Uint8Array([7])), new Uint8Array([0, 0, 0, 1, 2, 7]));
 * ```
 */
export function encodeFrame(kind: FrameKind, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  encodeFrameHeaderInto(frame, kind, payload.length);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

/**
 * The most bytes that {@link encodeJsonFrameInto} can need for a text.
 *
 * @param textLength The text's length in UTF-16 code units.
 * @returns Bytes: one unit is at most three bytes of UTF-8.
 */
export function maxJsonFrameBytes(textLength: number): number {
  return FRAME_HEADER_BYTES + 3 * textLength;
}

/**
 * Writes one `json` frame into a buffer that is shared by many: the way to encode without allocating.
 *
 * @param text The JSON text.
 * @param into Where to write; at least {@link maxJsonFrameBytes} long.
 * @returns How many bytes the frame took.
 * @throws {RangeError} The text is over the limit, or `into` is too short.
 */
export function encodeJsonFrameInto(text: string, into: Uint8Array<ArrayBuffer>): number {
  const { read, written } = textEncoder.encodeInto(text, into.subarray(FRAME_HEADER_BYTES));
  if (read < text.length) {
    throw new RangeError(
      `Cannot encode ${text.length} characters into ${into.length} bytes: ${
        maxJsonFrameBytes(text.length)
      } are always enough`,
    );
  }
  encodeFrameHeaderInto(into, "json", written);
  return FRAME_HEADER_BYTES + written;
}
