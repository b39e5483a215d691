import { apiRoutes } from "../web/api_routes.ts";
import type { FileStore } from "../files/file_store.ts";
import { fileRoutes, noFileRoutes } from "../web/file_routes.ts";
import { gatewayRoutes } from "../web/gateway.ts";
import { guardRoutes, ownOrigins } from "../web/origin.ts";
import { pageRoutes } from "../web/page.ts";
import type { WebRoutes } from "../web/web_server.ts";
import type { MetricsSource } from "./chat_metrics.ts";
import type { ChatServer } from "./chat_server.ts";
import { statusRoutes } from "./status_routes.ts";

/** What {@link webRoutes} lead to. */
export interface WebRoutesOptions extends MetricsSource {
  /** The chat server. */
  readonly server: ChatServer;
  /** The address that the web server listens on. */
  readonly host: string;
  /** Whether the web server speaks TLS. @default {false} */
  readonly isSecure?: boolean;
  /** Origins that people reach it by beside its address: `https://chat.example`. @default none */
  readonly origins?: readonly string[];
  /** The files that people share. @default none are kept */
  readonly files?: FileStore | undefined;
}

/**
 * All that a chat server answers on the web: its page, its health and numbers, the chat on `/ws`, and what
 * programs may do.
 *
 * @param options What the routes lead to.
 * @returns The routes, for a `WebServer`.
 * @throws {TypeError} One of the origins is none.
 */
export function webRoutes(options: WebRoutesOptions): WebRoutes {
  const { server, host, isSecure = false, origins = [], files } = options;
  const check = ownOrigins({ host, isSecure, origins });
  const { hub } = server;
  const admit = (peer: string) => server.admit(peer);
  return {
    ...statusRoutes(options),
    ...pageRoutes(),
    ...guardRoutes({
      ...gatewayRoutes({ hub, admit }),
      ...files === undefined ? noFileRoutes() : fileRoutes({
        files,
        grant: (bearer) => hub.grant(bearer),
      }),
      ...apiRoutes({ hub, admit, version: options.version }),
    }, check),
  };
}
