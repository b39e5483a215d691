import { join } from "@std/path";
import type { Commands } from "../transfer/commands.ts";
import { type Server, startPeer } from "./server.ts";

/** The stream that JetStream keeps, and the subjects that go into it. */
const STREAM = { name: "BENCH", subjects: ["r.>"], storage: "file", num_replicas: 1 } as const;

/** `nats-server`, which hands on and keeps nothing. */
export function nats(commands: Commands, command: string): Server {
  return {
    name: "nats-server",
    wire: "nats",
    async start(folder) {
      const server = await startPeer(
        commands,
        folder,
        (port) => [command, "-a", "127.0.0.1", "-p", String(port)],
      );
      return { ...server, promises: "nothing is stored" };
    },
  };
}

/** What JetStream promises that can be compared with ours. */
export const SYNCED = "file storage, sync_interval: always";

/** JetStream, with a sync for each message where this version knows how to ask for it. */
export function jetStream(commands: Commands, command: string): Server {
  return {
    name: "JetStream",
    wire: "jetstream",
    async start(folder) {
      const config = join(folder, "nats.conf");
      const write = (more: string) =>
        Deno.writeTextFileSync(
          config,
          `jetstream { store_dir: ${JSON.stringify(join(folder, "data"))}${more} }\n`,
        );
      write(", sync_interval: always");
      const check = new Deno.Command(command, { args: ["-c", config, "-t"] });
      const { success } = await check.output();
      if (!success) write("");
      const server = await startPeer(
        commands,
        folder,
        (port) => [command, "-c", config, "-a", "127.0.0.1", "-p", String(port)],
      );
      await createStream(server.port);
      const promises = success
        ? SYNCED
        : `file storage, NOT synced: ${await versionOf(command)} has no sync_interval`;
      return { ...server, promises };
    },
  };
}

async function versionOf(command: string): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args: ["--version"] }).output();
  return new TextDecoder().decode(stdout).trim().replace(": v", " ");
}

async function createStream(port: number): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const config = JSON.stringify(STREAM);
  const subject = `$JS.API.STREAM.CREATE.${STREAM.name}`;
  const request = `CONNECT {"verbose":false}\r\nSUB a 1\r\nPUB ${subject} a ${config.length}\r\n`;
  await connection.write(new TextEncoder().encode(`${request}${config}\r\n`));
  let said = "";
  for await (const text of connection.readable.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (said.includes('"did_create":true')) return;
    if (said.includes('"error"') || said.includes("-ERR")) break;
  }
  throw new Error(`JetStream made no stream: ${said}`);
}
