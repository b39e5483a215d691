import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock/clock.ts";
import { RequestsUnderWay } from "./requests_under_way.ts";
import { checkCertificate, type TlsCertificate } from "../net/certificate.ts";
import { CountByKey } from "../net/count_by_key.ts";
import { originOf } from "../net/origin.ts";
import { type Address, formatAddress } from "../net/tcp.ts";
import {
  findRoute,
  type Route,
  routesOf,
  SWITCHED,
  textAnswer,
  type Upgrade,
  type WebContext,
  type WebRoutes,
} from "./routes.ts";
import { isUnread, readPast, responseOver, sendResponse, toRequest } from "./http_exchange.ts";

export {
  SWITCHED,
  textAnswer,
  type Upgrade,
  type WebContext,
  type WebHandler,
  type WebRoutes,
} from "./routes.ts";

/** How a {@link WebServer} is set up. */
export interface WebServerOptions {
  /** The address to listen on. @default {"127.0.0.1"} */
  readonly host?: string;
  /** The port; 0 picks a free one. @default {8080} */
  readonly port?: number;
  /** Speaks TLS (https, wss), with this certificate. @default everything goes in the clear */
  readonly tls?: TlsCertificate;
  /** What answers. */
  readonly routes: WebRoutes;
  /** Requests under way in all; WebSockets are not among them. @default {4_096} */
  readonly maxRequests?: number;
  /** Requests under way from one address; loopback is exempt. @default {256} */
  readonly maxRequestsPerAddress?: number;
  /** Connections in all; who comes when there are so many is hung up on. @default {10_000} */
  readonly maxConnections?: number;
  /** Connections from one address; loopback is exempt. @default {256} */
  readonly maxConnectionsPerAddress?: number;
  /** Everything timed but what the system times: heads and idle connections. @default {systemClock} */
  readonly clock?: Clock;
}

/** How long a request's head may take to come. */
const HEAD_TIMEOUT_MS = 10_000;
/** How long a TLS handshake may take. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** How long a connection is kept on which nothing is asked. */
const IDLE_TIMEOUT_MS = 15_000;
const TLS_LIMITS = { handshakeTimeout: HANDSHAKE_TIMEOUT_MS, minVersion: "TLSv1.2" } as const;
/** How often those two are looked at. */
const TIMEOUT_CHECK_MS = 1_000;
/** Bytes of a request's head. */
const MAX_HEAD_BYTES = 16_384;
/** Requests of one connection that are not answered yet. Browsers ask one after the other. */
const MAX_PIPELINED = 16;
/** How long `close` waits for answers that are under way. */
const CLOSE_GRACE_MS = 1_000;
/** How long what still comes is read past, after an answer that did not wait for it: a reset would take the answer away. */
const LINGER_MS = 1_000;

/** What every answer bears that does not say otherwise itself: nothing here is a page, or to be kept. */
const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const logger = getLogger(["parley", "web"]);

/**
 * A small web server: a listener, and what answers on each of its paths.
 *
 * It takes so many requests at once, and so many of one address: others are 503 and 429. Connections are bounded
 * likewise, and ended where a request's head does not come in time, or nothing is asked (docs/OPERATIONS.md).
 *
 * Paths that it does not know are 404, methods that a path has no handler for are 405, and a handler that
 * throws is 500, with the reason in the log and not in the answer.
 *
 * It stands on `node:http`, and not on `Deno.serve`: only there a WebSocket's connection can be written to
 * as any other (`acceptWebSocket`), heads have a deadline, and connections can be counted; and files go
 * twice as fast.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { textAnswer, WebServer } from "@parley/parley";
 *
 * await using web = await WebServer.listen({ port: 0, routes: { "GET /": () => textAnswer("hello\n") } });
 * assertEquals(await (await fetch(web.url)).text(), "hello\n");
 * ```
 */
export class WebServer implements AsyncDisposable {
  /** Resolves when everything is given back. */
  readonly closed: Promise<void>;
  /** Where it listens: the port that was picked, where 0 was asked for. */
  readonly address: Address;
  readonly #routes: readonly Route[];
  readonly #server: Server | SecureServer;
  readonly #clock: Clock;
  readonly #answering = new Set<Promise<void>>();
  /** Those that were taken over too. */
  readonly #sockets = new Set<Socket>();
  /** What each has asked for and not got yet. */
  readonly #asked = new WeakMap<Socket, Set<ServerResponse>>();
  readonly #byAddress = new CountByKey();
  readonly #underWay: RequestsUnderWay;
  #closing: Promise<void> | undefined;

  private constructor(server: Server | SecureServer, options: WebServerOptions) {
    const { routes, clock = systemClock, maxConnectionsPerAddress = 256 } = options;
    const { maxRequests = 4_096, maxRequestsPerAddress = 256 } = options;
    this.#underWay = new RequestsUnderWay({ maxRequests, maxRequestsPerAddress });
    this.#routes = routesOf(routes);
    this.#server = server;
    this.#clock = clock;
    const { address, port } = server.address() as AddressInfo;
    this.address = { host: address, port };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    server.on("close", resolve);
    server.on("connection", (socket) => this.#take(socket, maxConnectionsPerAddress));
    // What a connection's requests are told by is the socket that they see.
    const seen = options.tls === undefined ? "connection" : "secureConnection";
    server.on(seen, (socket: Socket) => this.#watch(socket));
    server.on("request", (incoming, response) => this.#serve(incoming, response));
    server.on("upgrade", (incoming, socket, head) => {
      this.#serve(incoming, responseOver(incoming, socket), {
        incoming,
        socket: socket as Socket,
        head,
      });
    });
  }

  /**
   * Starts a server.
   *
   * @param options Where to listen, and what answers.
   * @returns The server, listening.
   * @throws {Deno.errors.AddrInUse} Somebody else listens there (and what else listening throws).
   */
  static async listen(options: WebServerOptions): Promise<WebServer> {
    const { host = "127.0.0.1", port = 8080, maxConnections = 10_000 } = options;
    const { tls } = options;
    const limits = {
      headersTimeout: HEAD_TIMEOUT_MS,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      // A body has no time of its own here: who takes it says how slow it may be.
      requestTimeout: 0,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      maxHeaderSize: MAX_HEAD_BYTES,
    };
    if (tls !== undefined) checkCertificate(tls);
    const server = tls === undefined
      ? createServer(limits)
      : createSecureServer({ ...limits, ...tls, ...TLS_LIMITS });
    server.maxConnections = maxConnections;
    const listening = Promise.withResolvers<void>();
    server.once("listening", listening.resolve);
    server.once("error", (error) => listening.reject(listenError(error)));
    server.listen(port, host);
    await listening.promise;
    return new WebServer(server, options);
  }

  /** What a browser is told: `http://127.0.0.1:8080/`; with TLS `https://`. */
  get url(): string {
    return `${"setSecureContext" in this.#server ? "https" : "http"}://${
      formatAddress(this.address)
    }/`;
  }

  /**
   * Takes another certificate for the connections to come; those that are there keep theirs.
   *
   * @param certificate The new one.
   * @throws {TypeError} It cannot be used, and the old one stays; or the server speaks no TLS.
   */
  changeCertificate(certificate: TlsCertificate): void {
    if (!("setSecureContext" in this.#server)) {
      throw new TypeError("Cannot change the certificate: this server speaks no TLS");
    }
    checkCertificate(certificate);
    this.#server.setSecureContext({ ...certificate, ...TLS_LIMITS });
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#sockets.size;
  }

  /**
   * Stops: waits up to a second for answers that are under way, then ends every connection, whatever it
   * does. Idempotent.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Ends every connection at once. */
  abort(): Promise<void> {
    this.#end();
    return this.#closing ??= this.closed;
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const over = Promise.withResolvers<void>();
    {
      using _timer = this.#clock.after(CLOSE_GRACE_MS, over.resolve);
      await Promise.race([over.promise, this.closed, Promise.all(this.#answering)]);
    }
    this.#end();
    await this.closed;
  }

  #end(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(socket: Socket, maxPerAddress: number): void {
    const { remoteAddress: host = "", remotePort: port = 0 } = socket;
    const address = originOf(formatAddress({ host, port }));
    if (this.#byAddress.of(address) >= maxPerAddress) return void socket.destroy();
    this.#sockets.add(socket);
    const counted = this.#byAddress.add(address);
    // Whoever uses it is told of its end, and the end is all that an error means here.
    socket.on("error", () => {});
    socket.once("close", () => {
      this.#sockets.delete(socket);
      counted[Symbol.dispose]();
    });
  }

  /** Tells those that wait for an answer when their connection is gone. */
  #watch(socket: Socket): void {
    socket.on("error", () => {});
    socket.once("close", () => {
      for (const waiting of this.#asked.get(socket) ?? []) tellClosed(waiting);
    });
  }

  #serve(incoming: IncomingMessage, to: ServerResponse, upgrade?: Upgrade): void {
    const { socket } = incoming;
    const asked = this.#asked.get(socket) ?? new Set<ServerResponse>();
    // Each takes a hundred times the memory that it took to ask.
    if (socket.destroyed || asked.size >= MAX_PIPELINED) return void socket.destroy();
    this.#asked.set(socket, asked.add(to));
    const answering = this.#answer(incoming, to, upgrade).catch((error) => {
      to.destroy();
      // One whose client took nothing was broken off on purpose.
      if (error instanceof Deno.errors.ConnectionAborted) return;
      logger.error("an answer broke off: {error}", { error });
    }).finally(() => {
      this.#answering.delete(answering);
      asked.delete(to);
    });
    this.#answering.add(answering);
  }

  async #answer(incoming: IncomingMessage, to: ServerResponse, upgrade?: Upgrade): Promise<void> {
    const over = Promise.withResolvers<void>();
    try {
      await this.#answerTo(incoming, to, over.promise, upgrade);
    } finally {
      over.resolve();
    }
  }

  async #answerTo(
    incoming: IncomingMessage,
    to: ServerResponse,
    over: Promise<void>,
    upgrade?: Upgrade,
  ): Promise<void> {
    const gone = new AbortController();
    to.once("close", () => {
      if (!to.writableFinished) gone.abort(new Error("The client has gone"));
    });
    const { remoteAddress = "?", remotePort = 0 } = incoming.socket;
    const peer = formatAddress({ host: remoteAddress, port: remotePort });
    const request = toRequest(incoming, gone.signal);
    const response = request === undefined
      ? textAnswer("The address or the Host header is none.\n", 400)
      : tooMany(this.#underWay.take(peer, over)) ??
        await this.#route(request, { peer, ...upgrade && { upgrade } });
    if (response === SWITCHED) return;
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!response.headers.has(name)) response.headers.set(name, value);
    }
    const isCut = isUnread(incoming);
    if (isCut) to.setHeader("connection", "close");
    const linger = isCut ? () => this.#linger(incoming) : undefined;
    await sendResponse(response, to, incoming.method === "HEAD", linger);
  }

  /** Reads past what still comes, for a second: who sends it has an answer to read. */
  async #linger(incoming: IncomingMessage): Promise<void> {
    const over = Promise.withResolvers<void>();
    using _timer = this.#clock.after(LINGER_MS, over.resolve);
    readPast(incoming, over.resolve);
    await over.promise;
  }

  async #route(request: Request, context: Omit<WebContext, "params">): Promise<Response> {
    const { method, url } = request;
    const found = findRoute(this.#routes, new URL(url).pathname);
    if (found === undefined) return textAnswer("There is nothing here.\n", 404);
    const { route: { path, handlers, allowed }, params } = found;
    const handler = handlers.get(method === "HEAD" ? "GET" : method);
    if (handler === undefined) {
      const response = textAnswer(`Only ${allowed} is answered here.\n`, 405);
      response.headers.set("allow", allowed);
      return response;
    }
    try {
      return await handler(request, { ...context, params });
    } catch (error) {
      // Not the address itself: the ids in it are secrets.
      logger.error("answering {method} {path} failed: {error}", { method, path, error });
      return textAnswer("The server made a mistake: its log says more.\n", 500);
    }
  }
}

/** Tells an answer that waits for others that its connection has gone: the system tells only the first. */
function tellClosed(waiting: ServerResponse): void {
  if (waiting.socket !== null) return;
  waiting.destroy();
  waiting.emit("close");
}

function tooMany(status: 429 | 503 | undefined): Response | undefined {
  if (status === undefined) return undefined;
  const answer = textAnswer("Too many requests are under way: try again soon.\n", status);
  answer.headers.set("retry-after", "5");
  return answer;
}

/** What listening fails with, as `Deno.listen` would tell it. */
function listenError(error: Error & { readonly code?: string }): Error {
  const { AddrInUse, AddrNotAvailable } = Deno.errors;
  const Kind = { EADDRINUSE: AddrInUse, EADDRNOTAVAIL: AddrNotAvailable }[error.code ?? ""];
  return Kind === undefined ? error : new Kind(error.message, { cause: error });
}
