import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";

/** What a body of JSON may have, as a message of the chat protocol. */
const MAX_BODY_BYTES = 65_536;
/** How long it may take to come. */
const BODY_TIMEOUT_MS = 10_000;

/**
 * Reads a request's body of JSON.
 *
 * @param request The request.
 * @param clock Whose time it is waited for in.
 * @returns Its bytes.
 * @throws {ProtocolError} `unsupported_media_type`, `too_large`, `request_timeout`, `invalid_json`: it
 * broke off.
 */
export async function readJsonBody(
  request: Request,
  clock: Clock,
): Promise<Uint8Array<ArrayBuffer>> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new ProtocolError(
      "unsupported_media_type",
      "The body must be JSON, and say so: Content-Type: application/json",
    );
  }
  if (request.body === null) return new Uint8Array(0);
  const reader = request.body.getReader();
  const late = new ProtocolError(
    "request_timeout",
    `The body did not come within ${BODY_TIMEOUT_MS / 1_000} s`,
  );
  let isLate = false;
  using _timer = clock.after(BODY_TIMEOUT_MS, () => {
    isLate = true;
    reader.cancel(late).catch(() => {
      // It has broken off by itself.
    });
  });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await read(reader);
    if (isLate) throw late;
    if (done) return gather(chunks, bytes);
    bytes += value.length;
    if (bytes > MAX_BODY_BYTES) {
      await reader.cancel();
      throw new ProtocolError(
        "too_large",
        `The body has more than ${MAX_BODY_BYTES} bytes, which is the limit`,
      );
    }
    chunks.push(value);
  }
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch (cause) {
    throw new ProtocolError("invalid_json", "The body broke off", { cause });
  }
}

function gather(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
