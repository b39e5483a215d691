import { fromFileUrl, join } from "@std/path";
import type { Commands } from "../transfer/commands.ts";
import { announcedPort, freePort, untilListening } from "../transfer/ports.ts";
import type { WireName } from "./job.ts";

/** The repository's folder. */
export const PROJECT = fromFileUrl(new URL("../../", import.meta.url));
/** The core that a server has for itself, and the one of the load. */
export const [SERVER_CORE, LOAD_CORE] = ["0", "1"];

/** A server that runs. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** What becomes of a message before it is delivered or acknowledged. */
  readonly promises: string;
  stop(): Promise<void>;
}

/** A server that can be started. */
export interface Server {
  readonly name: string;
  readonly wire: WireName;
  /** The most messages that may be under way, where it has a limit of its own. */
  readonly maxWindow?: number;
  /** The most members that it is measured with. */
  readonly maxMembers?: number;
  /** Starts it with a new, empty folder to keep things in. */
  start(folder: string): Promise<RunningServer>;
}

/** A command with a core of its own, and as many open files as the system allows. */
export function onCore(core: string, command: readonly string[]): [string, string[]] {
  const script = 'ulimit -n "$(ulimit -Hn)"; export NO_COLOR=1; exec "$@"';
  return ["taskset", ["-c", core, "sh", "-c", script, "sh", ...command]];
}

/** Starts one of our own programs, which says where it listens: the port of its first line, or of `what`. */
export async function startOurs(
  commands: Commands,
  folder: string,
  args: readonly string[],
  what?: "chat" | "web",
): Promise<Omit<RunningServer, "promises">> {
  const log = join(folder, "server.log");
  Deno.writeTextFileSync(log, "");
  const server = commands.start(...onCore(SERVER_CORE!, [Deno.execPath(), "run", "-q", ...args]), {
    cwd: PROJECT,
    output: log,
    complaints: join(folder, "server.err"),
  });
  const port = await announcedPort(log, server.ended, what);
  return { pid: server.pid, port, stop: () => server.stop() };
}

/**
 * Starts a server of others.
 *
 * @param commandOf The command that listens on a port of 127.0.0.1.
 */
export async function startPeer(
  commands: Commands,
  folder: string,
  commandOf: (port: number) => readonly string[],
): Promise<Omit<RunningServer, "promises">> {
  const port = freePort();
  const server = commands.start(...onCore(SERVER_CORE!, commandOf(port)), {
    output: join(folder, "server.log"),
    complaints: join(folder, "server.err"),
  });
  await untilListening(port);
  return { pid: server.pid, port, stop: () => server.stop() };
}
