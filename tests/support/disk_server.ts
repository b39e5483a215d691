import { Program, type ProgramOptions } from "./process.ts";

/** A real server process that keeps its log in a folder. */
export interface DiskServer extends AsyncDisposable {
  readonly program: Program;
  readonly port: number;
}

/** What a server on that folder is started with: the set's permissions, and the folder's. */
export function onFolder(data: string): { args: string[]; deno: string[] } {
  return {
    args: [
      "--port",
      "0",
      "--no-web",
      "--rate-limit",
      "off",
      "--log-level",
      "error",
      "--guests",
      "any",
    ]
      .concat("--data", data),
    deno: ["-P=server", `--allow-read=${data}`, `--allow-write=${data}`],
  };
}

/**
 * Starts a server on a data folder, and waits until it listens.
 *
 * @param data The folder.
 * @param options How it is started, beside its permissions; `args` are more arguments.
 */
export async function startOnDisk(
  data: string,
  { args = [], ...options }: Omit<ProgramOptions, "deno"> & { readonly args?: string[] } = {},
): Promise<DiskServer> {
  const own = onFolder(data);
  const program = Program.start("server.ts", [...own.args, ...args], {
    ...options,
    deno: own.deno,
  });
  try {
    const [, port] = await program.line(/^chat listening on 127\.0\.0\.1:(\d+)$/);
    return {
      program,
      port: Number(port),
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** Kills a server as a power cut would: it gets to do nothing any more. */
export async function killHard({ program }: DiskServer): Promise<void> {
  program.kill("SIGKILL");
  await program.status;
}
