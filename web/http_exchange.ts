import type { IncomingMessage, ServerResponse } from "node:http";
import { ServerResponse as NodeResponse } from "node:http";
import type { Duplex } from "node:stream";

/** Methods whose requests have no body. */
const BODYLESS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * A request as handlers have it. Its signal is aborted when the client has gone before its answer was
 * there; its body is read as fast as it is asked for, and no faster.
 *
 * @param incoming As the system has it.
 * @param gone Aborted when the client has gone.
 * @returns The request; undefined where its address or its `Host` is none.
 */
export function toRequest(incoming: IncomingMessage, gone: AbortSignal): Request | undefined {
  const { method = "GET", url = "", headers: { host }, rawHeaders } = incoming;
  if (host === undefined || !url.startsWith("/")) return undefined;
  const target = URL.parse(`http://${host}${url}`);
  // A Host with more than a host in it: a user, a path.
  if (target === null || target.username !== "" || host.includes("/")) return undefined;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  }
  const body = BODYLESS.has(method) ? null : bodyOf(incoming);
  try {
    return new Request(target, { method, headers, body, signal: gone });
  } catch {
    // A method that programs may not use: TRACE, CONNECT.
    return undefined;
  }
}

function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = incoming[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    // What still comes is read past where the answer is given.
    cancel() {},
  }, { highWaterMark: 0 });
}

/** Whether something of a request's body has not come, or was not read. */
export function isUnread(incoming: IncomingMessage): boolean {
  return !incoming.complete || incoming.readableLength > 0;
}

/**
 * Sends an answer.
 *
 * @param response The answer.
 * @param to Where it goes.
 * @param isHead Whether the body is left out.
 * @returns When all of it is with the system, or the client has gone.
 */
export async function sendResponse(
  response: Response,
  to: ServerResponse,
  isHead: boolean,
): Promise<void> {
  const gone = Promise.withResolvers<void>();
  to.once("close", gone.resolve);
  to.statusCode = response.status;
  for (const [name, value] of response.headers) to.appendHeader(name, value);
  const { body } = response;
  if (isHead || body === null) {
    await body?.cancel();
    if (body === null && !isHead) to.setHeader("content-length", "0");
    to.end();
  } else await sendBody(body, to);
  const finished = Promise.withResolvers<void>();
  to.once("finish", finished.resolve);
  if (!to.writableFinished && !to.destroyed) await Promise.race([finished.promise, gone.promise]);
}

async function sendBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  to: ServerResponse,
): Promise<void> {
  const reader = body.getReader();
  // A read that is under way ends by that too.
  to.once("close", () => reader.cancel(new Error("The client has gone")).catch(() => {}));
  // What comes of it may be long in coming, as events are.
  to.flushHeaders();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (!to.write(value)) await drained(to);
    }
    to.end();
  } catch (error) {
    // Half an answer is none: the connection is broken off, so that nobody takes it for a whole one.
    to.destroy();
    throw error;
  }
}

/** Resolves when there is room for more, or nobody to get it. */
function drained(to: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      to.off("drain", over);
      to.off("close", over);
      resolve();
    };
    to.once("drain", over);
    to.once("close", over);
  });
}

/** Where the answer to a request goes that wanted the connection for something else. */
export function responseOver(incoming: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new NodeResponse(incoming);
  // deno-lint-ignore no-explicit-any -- a Socket it is, declared as what it extends
  response.assignSocket(socket as any);
  response.shouldKeepAlive = false;
  response.once("finish", () => socket.end());
  return response;
}
