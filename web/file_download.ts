import type { Clock } from "../clock/clock.ts";
import type { FileStore } from "../files/file_store.ts";
import type { SharedFile } from "../protocol/chat.ts";
import { type ByteRange, readRange } from "./byte_range.ts";
import { contentDisposition } from "./content_disposition.ts";

/** What a browser may show by itself: pictures, which run nothing. Everything else is saved. */
const INLINE = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
/** Chunks begin small, since one that nobody takes is held, and grow while they are taken. */
const CHUNK_BYTES = { first: 65_536, most: 262_144 };
/** After so long without a byte that is taken, an answer is ended. */
const STALLED_MS = 60_000;

/** What an answer is made with. */
export interface DownloadOptions {
  /** Where the bytes are. */
  readonly files: FileStore;
  /** What a stall is measured by. */
  readonly clock: Clock;
  /** Called when the answer is over, once. */
  readonly onEnd: () => void;
}

/**
 * Answers with a file, or a part of it, or that the client has it: RFC 9110, 13 and 14.
 *
 * @param request What is asked for.
 * @param file The file.
 * @param options Where its bytes are.
 * @returns The answer.
 * @throws {ProtocolError} `unknown_file`, `read_failed`; then `onEnd` was not called.
 */
export async function answerFile(
  request: Request,
  file: SharedFile,
  options: DownloadOptions,
): Promise<Response> {
  const { size, sha256, type, name } = file;
  const etag = `"${sha256}"`;
  const headers = new Headers({
    "accept-ranges": "bytes",
    // What has an id never changes. Nothing on the way may compress it: its parts and its tag would be others.
    "cache-control": "private, max-age=31536000, immutable, no-transform",
    "content-disposition": contentDisposition(INLINE.has(type) ? "inline" : "attachment", name),
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "content-type": type === "text/plain" ? "text/plain; charset=utf-8" : type,
    "cross-origin-resource-policy": "same-origin",
    etag,
    "x-content-type-options": "nosniff",
  });
  const answer = (status: number, body: ReadableStream<Uint8Array> | null = null) => {
    if (body === null) options.onEnd();
    return new Response(body, { status, headers });
  };
  if (hasTag(request.headers.get("if-none-match"), etag)) return answer(304);
  const ifRange = request.headers.get("if-range");
  const asked = ifRange === null || ifRange === etag ? request.headers.get("range") : null;
  const range = readRange(asked, size);
  if (range === "none") {
    headers.set("content-range", `bytes */${size}`);
    return answer(416);
  }
  const { start, end } = range === "all" ? { start: 0, end: size } : range;
  headers.set("content-length", String(end - start));
  if (range !== "all") headers.set("content-range", `bytes ${start}-${end - 1}/${size}`);
  const status = range === "all" ? 200 : 206;
  if (request.method === "HEAD" || start === end) return answer(status);
  return answer(status, await openRange(file.id, { start, end }, options));
}

/** Whether one of the tags of `If-None-Match` is this; weak ones compare alike here. */
function hasTag(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(",").some((tag) => ["*", etag, `W/${etag}`].includes(tag.trim()));
}

async function openRange(
  id: string,
  { start, end }: ByteRange,
  { files, clock, onEnd }: DownloadOptions,
): Promise<ReadableStream<Uint8Array>> {
  const file = await files.openFile(id);
  let [at, chunkBytes, isTaken, isOver] = [start, CHUNK_BYTES.first, true, false];
  if (start > 0) await file.seek(start, Deno.SeekMode.Start);
  const finish = () => {
    if (isOver) return;
    isOver = true;
    timer[Symbol.dispose]();
    file.close();
    onEnd();
  };
  let timer!: Disposable;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const look = () => {
        if (!isTaken) {
          // Broken off, so that nobody takes it for the whole.
          finish();
          return controller.error(new Deno.errors.ConnectionAborted("Nobody took the file"));
        }
        isTaken = false;
        timer = clock.after(STALLED_MS, look);
      };
      timer = clock.after(STALLED_MS, look);
    },
    async pull(controller) {
      isTaken = true;
      try {
        const chunk = new Uint8Array(Math.min(chunkBytes, end - at));
        const count = await file.read(chunk);
        if (isOver) return;
        if (count === null) throw new Error("The file is shorter than it was");
        at += count;
        chunkBytes = Math.min(chunkBytes * 2, CHUNK_BYTES.most);
        controller.enqueue(chunk.subarray(0, count));
        if (at < end) return;
        finish();
        controller.close();
      } catch (error) {
        if (isOver) return;
        finish();
        controller.error(error);
      }
    },
    cancel: finish,
    // Nothing is read ahead: who does not take it costs one chunk.
  }, { highWaterMark: 0 });
}
