import { ChatServer, type ChatServerOptions } from "../../server/chat_server.ts";
import type { FileStore } from "../../files/file_store.ts";
import { EventLoopLag } from "../../server/event_loop_lag.ts";
import { webRoutes, type WebRoutesOptions } from "../../server/web_routes.ts";
import { CommitMeter } from "../../log/commit_meter.ts";
import { WebServer } from "../../web/web_server.ts";

/** A chat server with its web port, both on ports of their own. */
export interface WebHouse extends AsyncDisposable {
  readonly server: ChatServer;
  readonly web: WebServer;
  readonly url: string;
}

/** Starts both; without a pace, unless the limits say so. */
export async function openWebHouse(
  options: Omit<ChatServerOptions, "files"> & Pick<WebRoutesOptions, "origins"> & {
    readonly files?: FileStore | undefined;
  } = {},
): Promise<WebHouse> {
  const { origins = [], files, ...chat } = options;
  const server = ChatServer.listen({
    port: 0,
    ...chat,
    ...files && { files },
    limits: { requestBurst: 0, ...chat.limits },
  });
  const lag = new EventLoopLag();
  const host = "127.0.0.1";
  const commits = new CommitMeter();
  const { tls } = options;
  const isSecure = tls !== undefined;
  const routes = webRoutes({
    isSecure,
    server,
    host,
    commits,
    lag,
    version: "1.2.3",
    origins,
    files,
  });
  const web = await WebServer.listen({ port: 0, routes, ...tls && { tls } });
  return {
    server,
    web,
    url: web.url,
    async [Symbol.asyncDispose]() {
      lag[Symbol.dispose]();
      await server.close();
      await web.close();
    },
  };
}
