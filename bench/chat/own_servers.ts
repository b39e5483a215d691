import { join } from "@std/path";
import { ChatClient } from "../../mod.ts";
import type { Commands } from "../transfer/commands.ts";
import { type Server, startOurs } from "./server.ts";

/** What our server promises that keeps its log on a disk. */
export const ON_DISK = "each message on disk";

/** Our own server, as `deno task start` does. */
export function parley(commands: Commands): Server {
  return {
    name: "parley",
    wire: "frames",
    async start(folder) {
      const server = await startOurs(commands, folder, serverCommand(folder, ["--no-web"]));
      const stored = await storedBy(server.port);
      const promises = stored === "disk" ? ON_DISK : `NOT on disk: in ${stored}`;
      return { ...server, promises };
    },
  };
}

/** The same server, by the WebSockets of its web port. */
export function parleyOnWeb(commands: Commands): Server {
  return {
    name: "parley over WebSockets",
    wire: "socket",
    async start(folder) {
      const command = serverCommand(folder, ["--web-port", "0"]);
      return { ...await startOurs(commands, folder, command, "web"), promises: ON_DISK };
    },
  };
}

/** What our server is started with, to keep its log in a folder. */
export function serverCommand(folder: string, args: readonly string[]): readonly string[] {
  const data = join(folder, "data");
  Deno.mkdirSync(data);
  return [
    ...["--v8-flags=--max-semi-space-size=8,--heap-growing-percent=100"],
    ...["-P=server", `--allow-read=${data}`, `--allow-write=${data}`, "server.ts"],
    ...["--port", "0", "--rate-limit", "off", "--data", data, "--max-connections", "20000"],
    ...["--guests", "any"],
    ...args,
  ];
}

/** What no server can pass that is written for Deno. */
export function copier(commands: Commands): Server {
  return {
    name: "copier",
    wire: "frames",
    async start(folder) {
      const server = await startOurs(commands, folder, ["-A", "bench/chat/load/copier.ts"]);
      return { ...server, promises: "nothing: what sockets and the load program carry" };
    },
  };
}

/** What an acknowledgement of a server of ours promises. */
async function storedBy(port: number): Promise<string> {
  const address = { host: "127.0.0.1", port };
  await using client = await ChatClient.connect({ ...address, name: "probe", room: "probe" });
  return (await client.send("probe", "What does an acknowledgement promise?")).stored;
}
