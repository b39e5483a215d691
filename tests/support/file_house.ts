import { FileStore, type FileStoreOptions } from "../../files/file_store.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import { ChatServer, type ChatServerOptions } from "../../server/chat_server.ts";
import { ChatClient } from "../../client/chat_client.ts";
import type { ChatClientOptions } from "../../client/options.ts";
import { TempFolder } from "./temp.ts";

/** A real server with real files, and how clients come to it. */
export interface FileHouse extends AsyncDisposable {
  readonly server: ChatServer;
  readonly store: FileStore;
  /** A member of the lobby. */
  connect(name: string, options?: Partial<ChatClientOptions>): Promise<ChatClient>;
}

/** Opens a server with files in a folder that goes with it. */
export async function openFileHouse(
  options: { store?: Partial<FileStoreOptions>; server?: ChatServerOptions } = {},
): Promise<FileHouse> {
  const temp = new TempFolder();
  const registry = memoryRegistry();
  const store = await FileStore.open(temp.path, { registry, fsync: false, ...options.store });
  const server = ChatServer.listen({
    port: 0,
    registry,
    files: store,
    limits: { requestBurst: 0 },
    ...options.server,
  });
  return {
    server,
    store,
    connect: (name, more = {}) =>
      ChatClient.connect({ ...server.address, name, room: "lobby", ...more }),
    async [Symbol.asyncDispose]() {
      await server.close();
      await store.close();
      await temp[Symbol.asyncDispose]();
    },
  };
}

/** The SHA-256 of bytes, as hexadecimal. */
export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** What shows that a client is who it says. */
export function bearerOf({ name, token }: ChatClient): string {
  return formatBearer({ name, token: token! });
}
