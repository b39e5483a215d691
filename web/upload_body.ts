import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { FileUpload } from "../files/file_upload.ts";

/** How slow a body may be: in each such time so many bytes must come, one KiB a second. */
const PACE = { everyMs: 30_000, leastBytes: 30_720 };
/** What may wait for the disk, in bytes; above it the connection is not read. */
const MAX_WAITING_BYTES = 524_288;

/**
 * Writes a request's body to an upload: more is read while that is hashed and written, and what came meanwhile is
 * the next write. So a trickle is on the disk at once, and a flood in large pieces.
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
  const reader = body.getReader();
  const stop = (reason: unknown) => {
    // A read that waits ends with it; that the connection is gone already is nobody's trouble.
    reader.cancel(reason).catch(() => {});
  };
  const onEnded = () => stop(upload.ended.reason);
  upload.ended.addEventListener("abort", onEnded, { once: true });
  using _pace = watchPace(upload, clock);
  // Its failure is told below: who sends may wait for that before the next byte.
  const writer = new GatheringWriter(upload, stop);
  try {
    upload.ended.throwIfAborted();
    for (;;) {
      const { value, done } = await reader.read();
      upload.ended.throwIfAborted();
      if (done) break;
      writer.add(value);
      if (writer.waitingBytes >= MAX_WAITING_BYTES) await writer.written();
    }
    while (writer.isBusy) await writer.written();
    upload.ended.throwIfAborted();
  } catch (error) {
    stop(error);
    throw error;
  } finally {
    upload.ended.removeEventListener("abort", onEnded);
  }
}

/** Writes one piece after the other: what comes while one is written waits, and goes together. */
class GatheringWriter {
  readonly #upload: FileUpload;
  readonly #onFailed: (reason: unknown) => void;
  #waiting: Uint8Array[] = [];
  #writing: Promise<void> | undefined;
  /** How much waits. */
  waitingBytes = 0;

  constructor(upload: FileUpload, onFailed: (reason: unknown) => void) {
    this.#upload = upload;
    this.#onFailed = onFailed;
  }

  /** Whether something is not written. */
  get isBusy(): boolean {
    return this.#writing !== undefined;
  }

  /** Takes what has come. */
  add(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.waitingBytes += bytes.length;
    if (this.#writing === undefined) this.#writeNext();
  }

  /** Resolves when what is being written now is. */
  async written(): Promise<void> {
    await this.#writing;
  }

  #writeNext(): void {
    const bytes = this.#waiting.length === 1 ? this.#waiting[0]! : this.#gather();
    this.#waiting = [];
    this.waitingBytes = 0;
    this.#writing = this.#write(bytes);
    // Thrown where it is waited for; until then it stays the write that is under way.
    this.#writing.catch(this.#onFailed);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#upload.append(bytes);
    this.#writing = undefined;
    if (this.waitingBytes > 0) this.#writeNext();
  }

  #gather(): Uint8Array {
    const all = new Uint8Array(this.waitingBytes);
    let at = 0;
    for (const bytes of this.#waiting) {
      all.set(bytes, at);
      at += bytes.length;
    }
    return all;
  }
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
