import { FrameDecoder, type FrameDecoderOptions } from "./decoder.ts";
import { encodeFrame, encodeFrameHeader } from "./encoder.ts";
import type { Frame, FrameKind } from "./frame.ts";

/** A frame to encode: its kind and its whole payload. */
export interface OutgoingFrame {
  /** `json` or `data`. */
  readonly kind: FrameKind;
  /** The whole payload. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/**
 * {@link FrameDecoder} as a web stream: bytes in, frames out. It errors with the decoder's
 * `ProtocolError`, and with `truncated_frame` when the input ends inside a frame.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { encodeFrame, FrameDecoderStream } from "@parley/parley";
 *
 * const bytes = ReadableStream.from([encodeFrame("data", new Uint8Array(3))]);
 * const frames = await Array.fromAsync(bytes.pipeThrough(new FrameDecoderStream()));
 * assertEquals(frames.length, 1);
 * ```
 */
export class FrameDecoderStream extends TransformStream<Uint8Array<ArrayBuffer>, Frame> {
  /**
   * A new stream.
   *
   * @param options The limits, as for {@link FrameDecoder}.
   */
  constructor(options: FrameDecoderOptions = {}) {
    const decoder = new FrameDecoder(options);
    super({
      transform(chunk, controller) {
        decoder.push(chunk);
        for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
          controller.enqueue(frame);
        }
      },
      flush() {
        decoder.end();
      },
    });
  }
}

/**
 * Frames in, bytes out. The payload of a `data` frame is handed on as it is, after its header.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { FrameEncoderStream } from "@parley/parley";
 *
 * const frames = ReadableStream.from([{ kind: "json" as const, payload: new Uint8Array(2) }]);
 * const chunks = await Array.fromAsync(frames.pipeThrough(new FrameEncoderStream()));
 * assertEquals(chunks[0]?.length, 7);
 * ```
 */
export class FrameEncoderStream extends TransformStream<OutgoingFrame, Uint8Array<ArrayBuffer>> {
  /** A new stream; it has no options. */
  constructor() {
    super({
      transform({ kind, payload }, controller) {
        if (kind === "json") return controller.enqueue(encodeFrame(kind, payload));
        controller.enqueue(encodeFrameHeader(kind, payload.length));
        if (payload.length > 0) controller.enqueue(payload);
      },
    });
  }
}
