import type { IncomingMessage, ServerResponse } from "node:http";
import { ServerResponse as NodeResponse } from "node:http";
import type { Duplex } from "node:stream";

/** Statuses whose answers have no body, and tell no length. */
const EMPTY: ReadonlySet<number> = new Set([204, 304]);
/** A host, maybe with a port: nothing that would begin a path, a query, or end a user. */
const HOST = /^[^/\\?#@\s]+$/;
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
  const { method = "GET", url = "", headers: { host = "" }, headersDistinct, rawHeaders } =
    incoming;
  // Whoever stands before this server must not have read another host, or path, than it does.
  if (!HOST.test(host) || headersDistinct.host!.length > 1 || !url.startsWith("/")) {
    return undefined;
  }
  const target = URL.parse(`http://${host}${url}`);
  if (target === null) return undefined;
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
  let over: () => void;
  return new ReadableStream({
    start(controller) {
      over = () => void incoming.off("data", take).off("end", end).off("close", broken);
      const take = (chunk: Uint8Array<ArrayBuffer>) => {
        incoming.pause();
        controller.enqueue(chunk);
      };
      const end = () => {
        over();
        controller.close();
      };
      const broken = () => {
        over();
        controller.error(new Deno.errors.ConnectionReset("The client has gone"));
      };
      incoming.pause();
      incoming.on("data", take).on("end", end).on("close", broken);
    },
    pull: () => void incoming.resume(),
    // What still comes is read past where the answer is given.
    cancel: () => over(),
  }, { highWaterMark: 0 });
}

/** Whether a request has a body of which something has not come, or was not read; it may be a `GET`, too. */
export function isUnread({ headers, complete, readableLength }: IncomingMessage): boolean {
  const { "content-length": length = "0", "transfer-encoding": encoding } = headers;
  const hasBody = encoding !== undefined || Number(length) > 0;
  return hasBody && (!complete || readableLength > 0);
}

/**
 * Reads past what still comes of a request's body: a connection that is closed while the client sends is
 * reset, and what the client has not read by then of its answer is lost.
 *
 * @param incoming The request; nobody reads its body any more.
 * @param over Told when all has come, or the client has gone.
 */
export function readPast(incoming: IncomingMessage, over: () => void): void {
  incoming.removeAllListeners("data");
  incoming.once("end", over).once("close", over);
  incoming.resume();
}

/**
 * Sends an answer.
 *
 * @param response The answer.
 * @param to Where it goes.
 * @param isHead Whether the body is left out.
 * @param beforeEnd What is waited for between the last byte and the end.
 * @returns When all of it is with the system, or the client has gone.
 */
export async function sendResponse(
  response: Response,
  to: ServerResponse,
  isHead: boolean,
  beforeEnd?: () => Promise<void>,
): Promise<void> {
  // Who has gone already goes no second time: what the answer is made of is told here.
  if (to.destroyed) return await response.body?.cancel(new Error("The client has gone"));
  const over = Promise.withResolvers<void>();
  to.once("close", over.resolve).once("finish", over.resolve);
  to.statusCode = response.status;
  for (const [name, value] of response.headers) to.appendHeader(name, value);
  const { body } = response;
  if (body === null && !isHead && !EMPTY.has(response.status)) to.setHeader("content-length", "0");
  // What comes of it may be long in coming, as events are.
  to.flushHeaders();
  if (isHead) await body?.cancel();
  else if (body !== null) await sendBody(body, to);
  await beforeEnd?.();
  to.end();
  if (!to.destroyed) await over.promise;
}

async function sendBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  to: ServerResponse,
): Promise<void> {
  const reader = body.getReader();
  // A read that is under way ends by that too.
  to.once("close", () => reader.cancel(new Error("The client has gone")).catch(() => {}));
  // Nothing is read, and no failure seen, while a client takes nothing.
  reader.closed.catch(() => to.destroy());
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (!to.write(value)) await drained(to);
    }
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
      to.off("drain", over).off("close", over);
      resolve();
    };
    to.once("drain", over).once("close", over);
  });
}

/** Where the answer to a request goes that wanted the connection for something else. */
export function responseOver(incoming: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new NodeResponse(incoming);
  // deno-lint-ignore no-explicit-any -- a Socket it is, declared as what it extends
  response.assignSocket(socket as any);
  response.shouldKeepAlive = false;
  // Nobody looks after this connection any more: what its other side does is not waited for.
  response.once("finish", () => socket.end(() => socket.destroy()));
  return response;
}
