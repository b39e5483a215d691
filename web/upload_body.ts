import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { FileUpload } from "../files/file_upload.ts";

/** How slow a body may be: in each such time so many bytes must come, one KiB a second. */
const PACE = { everyMs: 30_000, leastBytes: 30_720 };
/** Buffers begin small, since one that waits for bytes is held, and grow while they come filled. */
const BUFFER_BYTES = { first: 16_384, most: 524_288 };

/**
 * Writes a request's body to an upload: the next bytes are read while these are hashed and written. It holds
 * two buffers, and waits for the disk before it reads on.
 *
 * @param body The body; null where there is none.
 * @param upload Where it goes.
 * @param clock What slowness is measured by.
 * @returns When all of it is written.
 * @throws {ProtocolError} `upload_too_slow`; why the upload was ended; what `append` throws.
 * @throws Why the connection broke.
 */
export async function writeBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  upload: FileUpload,
  clock: Clock,
): Promise<void> {
  if (body === null) return;
  const reader = openReader(body);
  const stop = (reason: unknown) => {
    // A read that waits ends with it; that the connection is gone already is nobody's trouble.
    reader.cancel(reason).catch(() => {});
  };
  const onEnded = () => stop(upload.ended.reason);
  upload.ended.addEventListener("abort", onEnded, { once: true });
  using _pace = watchPace(upload, clock);
  let writing: Promise<void> | undefined;
  try {
    upload.ended.throwIfAborted();
    let buffer = new ArrayBuffer(BUFFER_BYTES.first);
    let spare: ArrayBuffer | undefined;
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      await writing;
      upload.ended.throwIfAborted();
      if (done) return;
      writing = upload.append(value);
      // Its failure is told where it is awaited.
      writing.catch(() => {});
      const isFilled = value.length === value.buffer.byteLength;
      buffer = nextBuffer(spare, value.buffer.byteLength, isFilled);
      spare = value.buffer;
    }
  } catch (error) {
    stop(error);
    throw error;
  } finally {
    upload.ended.removeEventListener("abort", onEnded);
  }
}

/** What reads a body: into a buffer, where that can be. */
interface BodyReader {
  read(into: Uint8Array<ArrayBuffer>): Promise<
    | { readonly done: false; readonly value: Uint8Array<ArrayBuffer> }
    | { readonly done: true; readonly value?: unknown }
  >;
  cancel(reason: unknown): Promise<void>;
}

/** A small body that is here already cannot be read into a buffer: it comes as it is. */
function openReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): BodyReader {
  try {
    return body.getReader({ mode: "byob" });
  } catch (error) {
    if (!(error instanceof TypeError) || body.locked) throw error;
    return body.getReader();
  }
}

/** The buffer before the last one, or a larger one. */
function nextBuffer(
  spare: ArrayBuffer | undefined,
  lastBytes: number,
  isFilled: boolean,
): ArrayBuffer {
  const bytes = isFilled ? Math.min(lastBytes * 2, BUFFER_BYTES.most) : lastBytes;
  return spare !== undefined && spare.byteLength >= bytes ? spare : new ArrayBuffer(bytes);
}

/** Ends an upload that is too slow. */
function watchPace(upload: FileUpload, clock: Clock): Disposable {
  let before = upload.offset;
  const look = () => {
    if (upload.offset - before < PACE.leastBytes) {
      const text = `Less than ${PACE.leastBytes} bytes came in ${PACE.everyMs / 1_000} s`;
      upload.close(new ProtocolError("upload_too_slow", text));
      return;
    }
    before = upload.offset;
    timer = clock.after(PACE.everyMs, look);
  };
  let timer = clock.after(PACE.everyMs, look);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
