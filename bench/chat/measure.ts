import { join } from "@std/path";
import type { Commands } from "../transfer/commands.ts";
import type { Job, JobResult } from "./job.ts";
import { LOAD_CORE, onCore, PROJECT, type RunningServer, type Server } from "./server.ts";

const POLL_MS = 20;

/** What one run of a job on one server came to. */
export interface Run extends JobResult {
  readonly promises: string;
  /** The most memory that the server had resident, in bytes. */
  readonly peakBytes: number;
}

/** A job without its server. */
export type Work = Job extends infer J ? J extends Job ? Omit<J, "wire" | "port" | "pid"> : never
  : never;

/**
 * Starts a server on a new folder, lets the load program do a job with it, and stops it.
 *
 * @param disk Where the folder is made.
 * @param job What the load program is to do.
 * @param whileHere Done while the load program's connections are still there.
 * @throws {Error} The load program failed; with what it wrote.
 */
export async function measure(
  { commands, disk }: { readonly commands: Commands; readonly disk: string },
  server: Server,
  job: Work,
  { beforeLoad, whileHere }: {
    readonly beforeLoad?: (server: RunningServer) => Promise<void>;
    readonly whileHere?: (server: RunningServer) => Promise<void>;
  } = {},
): Promise<Run> {
  const folder = Deno.makeTempDirSync({ dir: disk, prefix: `${server.name}-` });
  // Some servers give up their rights, and write there nevertheless.
  Deno.chmodSync(folder, 0o777);
  try {
    const running = await server.start(folder);
    try {
      await beforeLoad?.(running);
      const { pid, port, promises } = running;
      const whole = { ...job, wire: server.wire, port, pid } as Job;
      const result = await load(commands, folder, whole, () => whileHere?.(running));
      return { ...result, promises, peakBytes: memoryOf(pid, "VmHWM") };
    } finally {
      await running.stop();
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Memory of a process as /proc tells it, in bytes. */
export function memoryOf(pid: number, field: "VmRSS" | "VmHWM"): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1_024;
}

async function load(
  commands: Commands,
  folder: string,
  job: Job,
  whileHere: () => Promise<void> | undefined,
): Promise<JobResult> {
  const [output, complaints] = [join(folder, "load.json"), join(folder, "load.err")];
  Deno.writeTextFileSync(output, "");
  const program = ["run", "-q", "-A", "bench/chat/load/main.ts", JSON.stringify(job)];
  const [command, args] = onCore(LOAD_CORE!, [Deno.execPath(), ...program]);
  const running = commands.start(command, args, { cwd: PROJECT, output, complaints });
  let hasEnded = false;
  running.ended.then(() => hasEnded = true);
  try {
    for (;;) {
      const ended = hasEnded;
      const text = Deno.readTextFileSync(output);
      if (text.endsWith("\n")) {
        await whileHere();
        return JSON.parse(text);
      }
      if (ended) throw new Error(complaintIn(Deno.readTextFileSync(complaints)));
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    // Only who is idle does not end by itself; the others may be ending in this moment.
    if (job.kind === "idle") await running.stop();
    else await running.ended;
  }
}

/** What went wrong, without where: one line, where there is one. */
function complaintIn(text: string): string {
  return /^error: Uncaught (?:\(in promise\) )?(.*)$/m.exec(text)?.[1] ?? text.slice(0, 1_000);
}
