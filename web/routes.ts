import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

const encoder = new TextEncoder();

/** What a handler is told beside the request. */
export interface WebContext {
  /** What the route's `:names` stand for, decoded; what is no text in UTF-8 finds no route. */
  readonly params: Readonly<Record<string, string>>;
  /** The client's address, printable: `127.0.0.1:50000`. */
  readonly peer: string;
  /** The connection itself, where the client wants it for something else: see `acceptWebSocket`. */
  readonly upgrade?: Upgrade;
}

/** A connection that is to be taken over. */
export interface Upgrade {
  /** The request as the system has it. */
  readonly incoming: IncomingMessage;
  /** The connection. */
  readonly socket: Socket;
  /** What came behind the request's head already. */
  readonly head: Uint8Array;
}

/** What a handler answers that has taken the connection over. */
export const SWITCHED: Response = new Response(null);

/** Answers the requests of one route. */
export type WebHandler = (request: Request, context: WebContext) => Response | Promise<Response>;

/**
 * Handlers by method and path: `"GET /healthz"`, `"PUT /api/files/:name"`. A `:name` stands for one segment.
 * `GET` answers `HEAD` too.
 */
export type WebRoutes = Readonly<Record<string, WebHandler>>;

/** What answers on paths of one shape. */
export interface Route {
  /** As it was given: `/api/files/:name`. */
  readonly path: string;
  /** Each is a text, or the name that stands for any. */
  readonly segments: readonly (string | { readonly name: string })[];
  readonly handlers: Map<string, WebHandler>;
  /** Its methods, as the header `allow` tells them. */
  readonly allowed: string;
}

/** Routes as they are looked through. */
export function routesOf(routes: WebRoutes): readonly Route[] {
  const byPath = new Map<string, Map<string, WebHandler>>();
  for (const [key, handler] of Object.entries(routes)) {
    const [method, path] = key.split(" ") as [string, string];
    const handlers = byPath.get(path) ?? new Map();
    byPath.set(path, handlers.set(method, handler));
  }
  return [...byPath].map(([path, handlers]) => ({
    path,
    segments: path.split("/").map((part) => part.startsWith(":") ? { name: part.slice(1) } : part),
    handlers,
    allowed: [...handlers.keys()].flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method])
      .join(", "),
  }));
}

/** The route of a path. What `:names` stand for is decoded after the path was cut: `%2F` cuts nothing. */
export function findRoute(
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
  const body = encoder.encode(text);
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "content-length": String(body.length),
  };
  return new Response(body, { status, headers });
}
