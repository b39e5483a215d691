/** A command that did not do what it was asked for. */
export class CommandFailed extends Error {
  override name = "CommandFailed";
}

/** How long a command may take to end when it is asked to, in milliseconds. */
const GRACE_MS = 2_000;

/** How a command is run. */
export interface RunOptions {
  /** Its working folder. */
  readonly cwd?: string;
  /** Kills it, as a power cut would. */
  readonly signal?: AbortSignal;
  /** Told its process id as soon as it runs. */
  readonly onStarted?: (pid: number) => void;
}

/** A command that runs in the background. */
export interface Background {
  readonly pid: number;
  readonly ended: Promise<Deno.CommandStatus>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
}

/** Runs commands, and ends at its own end all that still run. */
export class Commands implements AsyncDisposable {
  readonly #running = new Set<Deno.ChildProcess>();
  #isEnding = false;

  /**
   * Runs a command to its end, without input; what it prints is dropped.
   *
   * @returns How many seconds it took, from its start to its end.
   * @throws {CommandFailed} It ended with another code than 0; with what it wrote to standard error.
   * @throws The signal's reason.
   */
  async run(command: string, args: readonly string[], options: RunOptions = {}): Promise<number> {
    const { signal, onStarted, cwd } = options;
    signal?.throwIfAborted();
    const startedAt = performance.now();
    const process = this.#spawn(command, args, "piped", cwd);
    onStarted?.(process.pid);
    const kill = () => this.#end(process, "SIGKILL");
    signal?.addEventListener("abort", kill);
    try {
      const complaint = new Response(process.stderr).text();
      const { code } = await process.status;
      const seconds = (performance.now() - startedAt) / 1_000;
      signal?.throwIfAborted();
      // Read after the clock has stopped: a daemon of its own may hold the pipe open.
      if (code !== 0) throw new CommandFailed(`${command} ended with ${code}: ${await complaint}`);
      return seconds;
    } finally {
      signal?.removeEventListener("abort", kill);
    }
  }

  /**
   * Starts a command in the background, with its output in files: nobody is woken by what it prints.
   *
   * @param output Where standard output goes.
   * @param complaints Where standard error goes.
   */
  start(
    command: string,
    args: readonly string[],
    { cwd, output = "/dev/null", complaints = "/dev/null" }: {
      readonly cwd?: string;
      readonly output?: string;
      readonly complaints?: string;
    } = {},
  ): Background {
    // `exec` leaves no shell behind: the process id is the command's own.
    const script = 'out=$1 err=$2; shift 2; exec "$@" > "$out" 2> "$err"';
    const shell = ["-c", script, "sh", output, complaints, command, ...args];
    const process = this.#spawn("sh", shell, "null", cwd);
    return {
      pid: process.pid,
      ended: process.status,
      stop: async () => {
        this.#end(process);
        await process.status;
      },
    };
  }

  /** Ends everything that still runs; from now on nothing can be started. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    const running = [...this.#running];
    for (const process of running) this.#end(process);
    const killing = setTimeout(() => {
      for (const process of running) this.#end(process, "SIGKILL");
    }, GRACE_MS);
    await Promise.all(running.map(({ status }) => status));
    clearTimeout(killing);
  }

  #spawn(
    command: string,
    args: readonly string[],
    stderr: "piped" | "null",
    cwd: string | undefined,
  ): Deno.ChildProcess {
    if (this.#isEnding) throw new CommandFailed(`Cannot start ${command}: the bench is ending`);
    const process = new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr,
      ...(cwd === undefined ? {} : { cwd }),
    }).spawn();
    this.#running.add(process);
    process.status.then(() => this.#running.delete(process));
    return process;
  }

  #end(process: Deno.ChildProcess, signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): void {
    if (this.#running.has(process)) process.kill(signal);
  }
}

/** Whether the system has this command. */
export async function isInstalled(command: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", 'command -v "$1"', "sh", command],
    stdout: "null",
  }).output();
  return success;
}
