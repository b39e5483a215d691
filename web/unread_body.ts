import type { Clock } from "../clock/clock.ts";

/** So long after its answer a connection is ended whose request's body was not read. */
const LINGER_MS = 1_000;

/**
 * Has an answer end the connection where nothing of the request's body was read, and not all of it is here: the
 * client has a second to read the answer.
 *
 * Without this Deno.serve keeps a connection for ever whose client has its answer and never sends the rest. The one
 * way to end one that it has is to break an answer off; so the answer's end is held back, and never given. A
 * client has all else of it by then. Where a read of the body is pending, not even that ends it.
 *
 * @param request The request.
 * @param response Its answer.
 * @param clock What is waited by.
 * @returns The answer to give.
 */
export function endUnread(request: Request, response: Response, clock: Clock): Response {
  // A connection that was taken over for a WebSocket has no request any more.
  if (response.status === 101) return response;
  const { body } = request;
  if (body === null || request.bodyUsed || body.locked || isHere(body)) return response;
  const { headers } = response;
  headers.set("connection", "close");
  headers.delete("content-length");
  // One that has no body of its own would end at once.
  const status = [204, 205, 304].includes(response.status) ? 400 : response.status;
  const reader = response.body?.getReader();
  let timer: Disposable | undefined;
  const held = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await reader?.read();
      if (next?.done === false) return controller.enqueue(next.value);
      timer = clock.after(LINGER_MS, () => {
        controller.error(new Deno.errors.ConnectionAborted("The request's body was not read"));
      });
    },
    cancel(reason) {
      timer?.[Symbol.dispose]();
      return reader?.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return new Response(held, { status, headers });
}

/** Whether all of a body has come: then it cannot be read into a buffer. Nothing of it is read by the look. */
function isHere(body: ReadableStream<Uint8Array>): boolean {
  try {
    body.getReader({ mode: "byob" }).releaseLock();
    return false;
  } catch {
    return true;
  }
}
