/**
 * The frame, version 1. Big endian; `length` counts the payload only.
 *
 * ```
 * 0               4    5
 * +---------------+----+-- - - - --+
 * | length u32    |kind| payload   |
 * +---------------+----+-- - - - --+
 * ```
 *
 * The first byte of every legal frame is 0, because no payload reaches 2^24 bytes: a server can tell
 * a frame from text on the same port by one byte.
 *
 * @module
 */

/** Bytes before a frame's payload: the length and the kind. */
export const FRAME_HEADER_BYTES = 5;

/** The kind byte of each frame kind. */
export const FRAME_KIND_BYTES: { readonly json: 1; readonly data: 2 } = { json: 1, data: 2 };

/** The largest payload of a `json` frame, in bytes. */
export const MAX_JSON_PAYLOAD_BYTES = 65_536;

/** The largest payload of a `data` frame, in bytes. */
export const MAX_DATA_PAYLOAD_BYTES = 1_048_576;

/** `json`: one UTF-8 JSON object. `data`: raw bytes. */
export type FrameKind = "json" | "data";

/** A whole `json` frame. `payload` is UTF-8 text, not yet looked at. */
export interface JsonFrame {
  /** Which kind of frame this is. */
  readonly kind: "json";
  /** The text's bytes. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/**
 * A part of a `data` frame, as it arrived: a view into the pushed chunk, never a copy.
 *
 * One frame is one or more parts; an empty frame is one empty part that is `first` and `last`.
 */
export interface DataFrame {
  /** Which kind of frame this is. */
  readonly kind: "data";
  /** What has arrived of it: a view. */
  readonly payload: Uint8Array<ArrayBuffer>;
  /** Whether the frame begins with this part. */
  readonly first: boolean;
  /** Whether the frame ends with this part. */
  readonly last: boolean;
}

/** What a {@link FrameDecoder} hands on. */
export type Frame = JsonFrame | DataFrame;
