import { join } from "@std/path";
import { ChatClient, formatBearer } from "../../mod.ts";
import { serverCommand } from "../chat/own_servers.ts";
import { PROJECT } from "../chat/server.ts";
import { announcedPort } from "../transfer/ports.ts";
import type { Bench } from "./bench.ts";

/** A server with its web port. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  /** Its chat port. */
  readonly port: number;
  /** The folder of its files. */
  readonly files: string;
  /** The file that curl reads its `Authorization` from: nothing secret on a command line. */
  readonly headers: string;
}

/** Starts a server on a new folder, which goes with it. */
export async function startServer({ commands, work, scratch }: Bench): Promise<RunningServer> {
  const folder = Deno.makeTempDirSync({ dir: work, prefix: "server-" });
  const log = join(scratch, "web-server.log");
  Deno.writeTextFileSync(log, "");
  const server = commands.start(
    Deno.execPath(),
    ["run", "-q", ...serverCommand(folder, ["--web-port", "0"])],
    { cwd: PROJECT, output: log, complaints: `${log}.err` },
  );
  const webPort = await announcedPort(log, server.ended, "web");
  const port = await announcedPort(log, server.ended, "chat");
  await using client = await ChatClient.connect({ host: "127.0.0.1", port, name: "probe" });
  const headers = join(scratch, "headers");
  const bearer = formatBearer({ name: client.name, token: client.token! });
  Deno.writeTextFileSync(headers, `Authorization: Bearer ${bearer}\n`, { mode: 0o600 });
  return {
    port,
    url: `http://127.0.0.1:${webPort}/`,
    files: join(folder, "data", "files"),
    headers,
    async [Symbol.asyncDispose]() {
      await server.stop();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}
