import { textAnswer, type WebRoutes } from "./web_server.ts";

/** What {@link ownOrigins} needs to know. */
export interface OriginOptions {
  /** The address that the server listens on. */
  readonly host: string;
  /** Whether the server speaks TLS: its own page is an https one then. @default {false} */
  readonly isSecure?: boolean;
  /** Origins that people reach it by, `https://chat.example`: behind a proxy, or by a name. */
  readonly origins?: readonly string[];
}

/**
 * Says whether a request is the server's own page's, or another program's.
 *
 * @param request The request.
 * @returns The answer that refuses it; undefined where it may go on.
 */
export type OriginCheck = (request: Request) => Response | undefined;

const IP_ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

/**
 * Makes the check that keeps other sites' pages out: a browser lets them write to any address, and
 * connect WebSockets to it.
 *
 * - `Host` must be an IP address, `localhost`, the address that is listened on, or that of an origin that
 *   was named: another site's name that was pointed here (DNS rebinding) is none of them. Else 421.
 * - `Origin`, where there is one, must be `Host`'s, or one that was named. Else 403. Programs that are no
 *   browsers send none.
 *
 * @param options The server's addresses.
 * @returns The check.
 * @throws {TypeError} One of the origins is none.
 */
export function ownOrigins({ host, isSecure = false, origins = [] }: OriginOptions): OriginCheck {
  const named = new Set(origins.map(parseOrigin));
  const hosts = new Set([...named].map((origin) => new URL(origin).host));
  // A page that came in the clear may be anybody's, under the same address.
  const schemes = isSecure ? /^https:$/ : /^https?:$/;
  const bound = host.includes(":") ? `[${host}]` : host.toLowerCase();
  return (request) => {
    // It holds what the Host header says.
    const url = URL.parse(request.url);
    if (url === null || !(isLocal(url.hostname, bound) || hosts.has(url.host))) {
      return textAnswer(
        "This server is not known by that name: reach it by its address, or start it with --web-origin.\n",
        421,
      );
    }
    const origin = request.headers.get("origin");
    if (origin === null || named.has(origin)) return undefined;
    const from = URL.parse(origin);
    const isOwn = from !== null && from.host === url.host && schemes.test(from.protocol);
    if (isOwn) return undefined;
    return textAnswer("Only this server's own page may do this, not another site's.\n", 403);
  };
}

/**
 * Puts a check before each of some routes.
 *
 * @param routes The routes.
 * @param check What has to let a request through.
 * @returns The same routes, guarded.
 */
export function guardRoutes(routes: WebRoutes, check: OriginCheck): WebRoutes {
  return Object.fromEntries(
    Object.entries(routes).map(([key, handler]) => [
      key,
      (request, context) => check(request) ?? handler(request, context),
    ]),
  );
}

/**
 * Reads an origin as somebody wrote it.
 *
 * @param text `https://chat.example`; a slash at its end is let pass.
 * @returns The origin as browsers write it.
 * @throws {TypeError} It is none.
 */
export function parseOrigin(text: string): string {
  const url = URL.parse(text);
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) &&
    url.href === `${url.origin}/`;
  if (isOrigin) return url.origin;
  throw new TypeError(
    `Cannot take ${
      JSON.stringify(text)
    } as an origin: it is a scheme and a host, as in https://chat.example`,
  );
}

function isLocal(hostname: string, bound: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === bound ||
    IP_ADDRESS.test(hostname);
}
