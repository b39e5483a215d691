import { fromFileUrl, join } from "@std/path";
import { CommandFailed } from "./commands.ts";
import type { Contender, RunHow, Surroundings } from "./contender.ts";
import { announcedPort } from "./ports.ts";

const PROJECT = fromFileUrl(new URL("../../", import.meta.url));

/** How our two programs are run. */
export interface ParleyOptions {
  /** Further options of the receiver. */
  readonly receive?: readonly string[];
  /** Further options of the sender. */
  readonly send?: readonly string[];
  /** Grants everything, instead of the permissions that a careful person gives. @default {false} */
  readonly allPermissions?: boolean;
  /** Told the process ids, as soon as each runs. */
  readonly onStarted?: (program: "receiver" | "sender", pid: number) => void;
}

/**
 * Our two programs.
 *
 * @param surroundings Where they run.
 * @param name What the tables call them.
 * @param promises What they promise with these options.
 * @param options How they are run.
 */
export function parley(
  { commands, scratch }: Surroundings,
  name: string,
  promises: string,
  options: ParleyOptions = {},
): Contender {
  const { receive = [], send = [], allPermissions = false, onStarted } = options;
  const program = (set: "receive" | "send", folders: string[]) => [
    "run",
    "-q",
    ...(allPermissions ? ["-A"] : [`-P=${set}`, ...folders]),
    `transfer/${set}.ts`,
  ];
  return {
    name,
    promises,
    async send(path, to, { via = (port) => port, signal }: RunHow = {}) {
      const log = join(scratch, "receiver.log");
      await Deno.writeTextFile(log, "");
      const saves = receive.includes("--stdout") ? [] : ["--out", to];
      const receiver = commands.start(Deno.execPath(), [
        ...program("receive", [`--allow-read=${to}`, `--allow-write=${to}`]),
        ...["--port", "0", "--once", ...saves, ...receive],
      ], {
        cwd: PROJECT,
        // With --stdout the file goes to standard output, and what is told to standard error.
        ...(saves.length === 0 ? { complaints: log } : { output: log, complaints: `${log}.err` }),
      });
      onStarted?.("receiver", receiver.pid);
      try {
        const port = via(await announcedPort(log, receiver.ended));
        const seconds = await commands.run(Deno.execPath(), [
          ...program("send", [`--allow-read=${path}`]),
          ...[path, "--port", String(port), ...send],
        ], {
          cwd: PROJECT,
          onStarted: (pid) => onStarted?.("sender", pid),
          ...(signal === undefined ? {} : { signal }),
        });
        const { code } = await receiver.ended;
        if (code !== 0) throw new CommandFailed(`The receiver ended with ${code}: see ${log}`);
        return seconds;
      } finally {
        await receiver.stop();
      }
    },
  };
}
