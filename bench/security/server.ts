import { join } from "@std/path";
import { cpuBetween, type CpuTime, cpuTime } from "../chat/cpu_time.ts";
import { serverCommand } from "../chat/own_servers.ts";
import { LOAD_CORE, onCore, PROJECT, startOurs } from "../chat/server.ts";
import type { Bench } from "./bench.ts";
import type { Job } from "./load.ts";

/** What a load did to a server. */
export interface Loaded {
  /** How long the load took, in seconds. */
  readonly seconds: number;
  /** Processor time of the server meanwhile. */
  readonly cpu: CpuTime;
}

/** A server of ours on a core of its own. */
export interface LoadedServer {
  readonly pid: number;
  /** Has the load program do something; what stays of it stays until the server is stopped. */
  load(kind: Job["kind"], count: number): Promise<Loaded>;
  stop(): Promise<void>;
}

/**
 * Starts a chat server.
 *
 * @param bench Where.
 * @param isSecure Whether it speaks TLS.
 */
export async function startServer(bench: Bench, isSecure: boolean): Promise<LoadedServer> {
  const { commands, disk } = bench;
  const folder = Deno.makeTempDirSync({ dir: disk });
  const args = ["--no-web", "--log-level", "error", ...isSecure ? ["--tls"] : []];
  const { pid, port, stop } = await startOurs(commands, folder, serverCommand(folder, args));
  const certPath = join(folder, "data", "tls", "cert.pem");
  const cert = isSecure ? { cert: Deno.readTextFileSync(certPath) } : {};
  const loads: { stop(): Promise<void> }[] = [];
  return {
    pid,
    async load(kind, count) {
      const job: Job = { kind, port, count, ...cert };
      const output = join(folder, `load-${loads.length}.log`);
      Deno.writeTextFileSync(output, "");
      const before = cpuTime(pid);
      const load = commands.start(
        ...onCore(LOAD_CORE!, [
          ...[Deno.execPath(), "run", "-q", "-A", "bench/security/load.ts"],
          JSON.stringify(job),
        ]),
        { cwd: PROJECT, output, complaints: `${output}.err` },
      );
      loads.push(load);
      const { seconds } = await printed(output, load.ended);
      return { seconds, cpu: cpuBetween(before, cpuTime(pid)) };
    },
    async stop() {
      for (const load of loads) await load.stop();
      await stop();
    },
  };
}

const POLL_MS = 20;

/** The line that the load program prints when it is done. */
async function printed(
  path: string,
  ended: Promise<unknown>,
): Promise<{ readonly seconds: number }> {
  let hasEnded = false;
  ended.then(() => hasEnded = true);
  for (;;) {
    const text = await Deno.readTextFile(path);
    if (text.endsWith("\n")) return JSON.parse(text);
    if (hasEnded) throw new Error(`The load program ended: see ${path}.err`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
