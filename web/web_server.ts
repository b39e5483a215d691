import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock/clock.ts";
import { type Address, formatAddress } from "../net/tcp.ts";

/** Answers `GET` and `HEAD` requests for one path. */
export type WebHandler = (request: Request) => Response | Promise<Response>;

/** How a {@link WebServer} is set up. */
export interface WebServerOptions {
  /** The address to listen on. @default {"127.0.0.1"} */
  readonly host?: string;
  /** The port; 0 picks a free one. @default {8080} */
  readonly port?: number;
  /** What answers, by path. */
  readonly routes: Readonly<Record<string, WebHandler>>;
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
 * Paths that it does not know are 404, methods but `GET` and `HEAD` are 405, and a handler that throws is
 * 500, with the reason in the log and not in the answer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { textAnswer, WebServer } from "@parley/parley";
 *
 * await using web = WebServer.listen({ port: 0, routes: { "/": () => textAnswer("hello\n") } });
 * assertEquals(await (await fetch(web.url)).text(), "hello\n");
 * ```
 */
export class WebServer implements AsyncDisposable {
  /** Resolves when everything is given back. */
  readonly closed: Promise<void>;
  readonly #routes: ReadonlyMap<string, WebHandler>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop = new AbortController();
  readonly #clock: Clock;
  readonly #open = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  private constructor(options: WebServerOptions) {
    const { host = "127.0.0.1", port = 8080, routes, clock = systemClock } = options;
    this.#routes = new Map(Object.entries(routes));
    this.#clock = clock;
    const { signal } = this.#stop;
    this.#server = Deno.serve(
      { hostname: host, port, signal, onListen: () => {} },
      (request, { completed }) => {
        this.#track(completed);
        return this.#answer(request);
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

  async #answer(request: Request): Promise<Response> {
    const response = await this.#route(request);
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!response.headers.has(name)) response.headers.set(name, value);
    }
    return response;
  }

  async #route(request: Request): Promise<Response> {
    const { method, url } = request;
    // It holds what the client's Host header says.
    const path = URL.parse(url)?.pathname;
    if (path === undefined) return textAnswer("The address or the Host header is none.\n", 400);
    const handler = this.#routes.get(path);
    if (handler === undefined) return textAnswer("There is nothing here.\n", 404);
    if (method !== "GET" && method !== "HEAD") {
      const response = textAnswer("Only GET and HEAD are answered here.\n", 405);
      response.headers.set("allow", "GET, HEAD");
      return response;
    }
    try {
      return await handler(request);
    } catch (error) {
      logger.error("answering {method} {path} failed: {error}", { method, path, error });
      return textAnswer("The server made a mistake: its log says more.\n", 500);
    }
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
