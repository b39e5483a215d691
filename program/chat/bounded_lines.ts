import { TextLineStream } from "@std/streams/text-line-stream";

const NEWLINE = 0x0a;

/**
 * The lines of a stream of bytes, in bounded memory: of a line that is longer than the bound, only the
 * beginning is kept.
 *
 * @param bytes UTF-8 text; what is not UTF-8 becomes U+FFFD.
 * @param maxLineBytes The bound. A line that reaches it may be cut inside a character.
 * @returns The lines, without their ends (`\n` or `\r\n`).
 */
export function boundedLines(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  maxLineBytes: number,
): ReadableStream<string> {
  let lineBytes = 0;
  const cut = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      for (let at = 0; at < chunk.length;) {
        const newline = chunk.indexOf(NEWLINE, at);
        const end = newline < 0 ? chunk.length : newline;
        const kept = Math.min(end, at + maxLineBytes - lineBytes);
        if (kept > at) controller.enqueue(chunk.subarray(at, kept));
        lineBytes += kept - at;
        if (newline < 0) return;
        controller.enqueue(chunk.subarray(newline, newline + 1));
        lineBytes = 0;
        at = newline + 1;
      }
    },
  });
  return bytes.pipeThrough(cut).pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
}
