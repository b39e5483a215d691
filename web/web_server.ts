import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock/clock.ts";
import { RequestsUnderWay } from "./requests_under_way.ts";
import { endUnread } from "./unread_body.ts";
import { type Address, formatAddress } from "../net/tcp.ts";

/** What a handler is told beside the request. */
export interface WebContext {
  /** What the route's `:names` stand for, decoded; what is no text in UTF-8 finds no route. */
  readonly params: Readonly<Record<string, string>>;
  /** The client's address, printable: `127.0.0.1:50000`. */
  readonly peer: string;
}

/** Answers the requests of one route. */
export type WebHandler = (request: Request, context: WebContext) => Response | Promise<Response>;

/**
 * Handlers by method and path: `"GET /healthz"`, `"PUT /api/files/:name"`. A `:name` stands for one segment.
 * `GET` answers `HEAD` too.
 */
export type WebRoutes = Readonly<Record<string, WebHandler>>;

/** How a {@link WebServer} is set up. */
export interface WebServerOptions {
  /** The address to listen on. @default {"127.0.0.1"} */
  readonly host?: string;
  /** The port; 0 picks a free one. @default {8080} */
  readonly port?: number;
  /** What answers. */
  readonly routes: WebRoutes;
  /** Requests under way in all; WebSockets are not among them. @default {4_096} */
  readonly maxRequests?: number;
  /** Requests under way from one address; loopback is exempt. @default {256} */
  readonly maxRequestsPerAddress?: number;
  /** Everything timed. @default {systemClock} */
  readonly clock?: Clock;
}

/** How long `close` waits for answers that are under way. */
const CLOSE_GRACE_MS = 1_000;
/** An answer that is handed over is not with the system yet: ended at once, it is lost (300 of 300 were). */
const FLUSH_MS = 20;

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
 * It takes so many requests at once, and so many of one address: others are 503 and 429. How many connections
 * there are, and how long a request takes to be there, Deno.serve does not let it bound (docs/OPERATIONS.md).
 *
 * Paths that it does not know are 404, methods that a path has no handler for are 405, and a handler that
 * throws is 500, with the reason in the log and not in the answer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { textAnswer, WebServer } from "@parley/parley";
 *
 * await using web = WebServer.listen({ port: 0, routes: { "GET /": () => textAnswer("hello\n") } });
 * assertEquals(await (await fetch(web.url)).text(), "hello\n");
 * ```
 */
export class WebServer implements AsyncDisposable {
  /** Resolves when everything is given back. */
  readonly closed: Promise<void>;
  readonly #routes: readonly Route[];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop = new AbortController();
  readonly #clock: Clock;
  readonly #open = new Set<Promise<void>>();
  readonly #underWay: RequestsUnderWay;
  #closing: Promise<void> | undefined;

  private constructor(options: WebServerOptions) {
    const { host = "127.0.0.1", port = 8080, routes, clock = systemClock } = options;
    const { maxRequests = 4_096, maxRequestsPerAddress = 256 } = options;
    this.#underWay = new RequestsUnderWay({ maxRequests, maxRequestsPerAddress });
    this.#routes = routesOf(routes);
    this.#clock = clock;
    const { signal } = this.#stop;
    this.#server = Deno.serve(
      { hostname: host, port, signal, onListen: () => {}, onError },
      async (request, { completed, remoteAddr }) => {
        this.#track(completed);
        const { hostname, port } = remoteAddr;
        const peer = formatAddress({ host: hostname, port });
        const refused = this.#underWay.take(peer, completed);
        const answer = refused === undefined ? await this.#answer(request, peer) : tooMany(refused);
        return endUnread(request, answer, clock);
      },
    );
    this.closed = this.#server.finished;
  }

  /**
   * Starts a server.
   *
   * @param options Where to listen, and what answers.
   * @returns The server, listening.
   * @throws {Deno.errors.AddrInUse} Somebody else listens there (and what else Deno.serve throws).
   */
  static listen(options: WebServerOptions): WebServer {
    return new WebServer(options);
  }

  /** Where it listens: the port that was picked, where 0 was asked for. */
  get address(): Address {
    const { hostname, port } = this.#server.addr;
    return { host: hostname, port };
  }

  /** What a browser is told: `http://127.0.0.1:8080/`. */
  get url(): string {
    return `http://${formatAddress(this.address)}/`;
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
    this.#stop.abort();
    return this.#closing ??= this.closed;
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // Deno's own `shutdown` has no end where a client asks and does not read, and nothing can abort it then.
  async #close(): Promise<void> {
    await this.#waitAtMost(CLOSE_GRACE_MS, Promise.all(this.#open));
    await this.#waitAtMost(FLUSH_MS);
    this.#stop.abort();
    await this.closed;
  }

  async #waitAtMost(ms: number, ...ends: readonly Promise<unknown>[]): Promise<void> {
    const over = Promise.withResolvers<void>();
    using _timer = this.#clock.after(ms, over.resolve);
    await Promise.race([over.promise, this.closed, ...ends]);
  }

  #track(completed: Promise<void>): void {
    const open = completed.catch(() => {
      // The client has gone: that is an end as well.
    }).finally(() => this.#open.delete(open));
    this.#open.add(open);
  }

  async #answer(request: Request, peer: string): Promise<Response> {
    const response = await this.#route(request, peer);
    // A connection that was taken over for a WebSocket is answered already.
    if (response.status === 101) return response;
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!response.headers.has(name)) response.headers.set(name, value);
    }
    return response;
  }

  async #route(request: Request, peer: string): Promise<Response> {
    const { method, url } = request;
    // It holds what the client's Host header says.
    const path = URL.parse(url)?.pathname;
    if (path === undefined) return textAnswer("The address or the Host header is none.\n", 400);
    const found = find(this.#routes, path);
    if (found === undefined) return textAnswer("There is nothing here.\n", 404);
    const { route: { handlers, allowed }, params } = found;
    const handler = handlers.get(method === "HEAD" ? "GET" : method);
    if (handler === undefined) {
      const response = textAnswer(`Only ${allowed} is answered here.\n`, 405);
      response.headers.set("allow", allowed);
      return response;
    }
    try {
      return await handler(request, { params, peer });
    } catch (error) {
      logger.error("answering {method} {path} failed: {error}", { method, path, error });
      return textAnswer("The server made a mistake: its log says more.\n", 500);
    }
  }
}

function tooMany(status: 429 | 503): Response {
  const answer = textAnswer("Too many requests are under way: try again soon.\n", status);
  answer.headers.set("retry-after", "5");
  return answer;
}

/** An answer broke off that was begun: by a fault, or since its client took nothing. */
function onError(error: unknown): Response {
  const isMeant = error instanceof Deno.errors.ConnectionAborted;
  if (!isMeant) logger.error("an answer broke off: {error}", { error });
  // It is too late for another one; Deno.serve wants one all the same.
  return new Response(null, { status: 500 });
}

/** What answers on paths of one shape. */
interface Route {
  /** Each is a text, or the name that stands for any. */
  readonly segments: readonly (string | { readonly name: string })[];
  readonly handlers: Map<string, WebHandler>;
  /** Its methods, as the header `allow` tells them. */
  readonly allowed: string;
}

function routesOf(routes: WebRoutes): readonly Route[] {
  const byPath = new Map<string, Map<string, WebHandler>>();
  for (const [key, handler] of Object.entries(routes)) {
    const [method, path] = key.split(" ") as [string, string];
    const handlers = byPath.get(path) ?? new Map();
    byPath.set(path, handlers.set(method, handler));
  }
  return [...byPath].map(([path, handlers]) => ({
    segments: path.split("/").map((part) => part.startsWith(":") ? { name: part.slice(1) } : part),
    handlers,
    allowed: [...handlers.keys()].flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method])
      .join(", "),
  }));
}

/** The route of a path. What `:names` stand for is decoded after the path was cut: `%2F` cuts nothing. */
function find(
  routes: readonly Route[],
  path: string,
): { readonly route: Route; readonly params: Record<string, string> } | undefined {
  const parts = path.split("/");
  for (const route of routes) {
    const { segments } = route;
    if (segments.length !== parts.length) continue;
    const params: Record<string, string> = {};
    const fits = segments.every((segment, at) => {
      const part = parts[at]!;
      if (typeof segment === "string") return segment === part;
      const value = decode(part);
      if (value === undefined || value === "") return false;
      params[segment.name] = value;
      return true;
    });
    if (fits) return { route, params };
  }
  return undefined;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/**
 * An answer of plain text.
 *
 * @param text The text.
 * @param status The HTTP status. @default {200}
 */
export function textAnswer(text: string, status = 200): Response {
  return new Response(text, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
