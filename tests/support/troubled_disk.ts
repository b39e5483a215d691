import type { Program } from "./process.ts";
import { TempFolder } from "./temp.ts";

/** A disk that gets into trouble and out of it, as the program has it that was started with `wrap`. */
export interface TroubledDisk extends AsyncDisposable {
  /** The folder that is on it. */
  readonly path: string;
  /** The command that a program is started by to have it. */
  readonly wrap: readonly string[];
  /** From now on it says no. */
  begin(program: Program): Promise<void>;
  /** It takes everything again. */
  end(): Promise<void>;
}

const SIZE = "6m";

/** A small file system in memory, which is gone with its program, and which another file fills. */
export class FullDisk implements TroubledDisk {
  readonly #temp = new TempFolder();
  readonly path = this.#temp.path;
  readonly wrap = [
    ...["unshare", "-rm", "sh", "-c"],
    `mount -t tmpfs -o size=${SIZE} tmpfs '${this.path}' && exec "$@"`,
    "sh",
  ];
  #filler = "";

  begin({ pid }: Program): Promise<void> {
    this.#filler = `/proc/${pid}/root${this.path}/filler`;
    using file = Deno.openSync(this.#filler, { write: true, createNew: true });
    const block = new Uint8Array(4_096);
    try {
      while (file.writeSync(block) > 0);
    } catch (error) {
      if (!(error instanceof Error) || !/No space left/.test(error.message)) throw error;
    }
    return Promise.resolve();
  }

  end(): Promise<void> {
    Deno.removeSync(this.#filler);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#temp[Symbol.asyncDispose]();
  }
}

/** A disk of which some system calls fail, as strace's `inject` says: `pwrite64:error=EROFS`. */
export class FailingDisk implements TroubledDisk {
  readonly #temp = new TempFolder();
  readonly path = this.#temp.path;
  readonly wrap = [];
  readonly #faults: readonly string[];
  #strace: Deno.ChildProcess | undefined;
  #said: ReadableStreamDefaultReader<string> | undefined;

  constructor(faults: readonly string[]) {
    this.#faults = faults;
  }

  async begin({ pid }: Program): Promise<void> {
    const calls = this.#faults.map((fault) => fault.split(":")[0]).join();
    const strace = this.#strace = new Deno.Command("strace", {
      args: ["-f", "-o", "/dev/null", "-p", `${pid}`, "-e", `trace=${calls}`]
        .concat(this.#faults.flatMap((fault) => ["-e", `inject=${fault}`])),
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    // It says so when it has attached to every thread that there is.
    const reader = this.#said = strace.stderr.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    for (let part = await reader.read(); !/attached/.test(said += part.value ?? "");) {
      if (part.done) throw new Error(`strace cannot attach: ${said}`);
      part = await reader.read();
    }
  }

  async end(): Promise<void> {
    const strace = this.#strace;
    if (strace === undefined) return;
    this.#strace = undefined;
    try {
      strace.kill("SIGINT");
    } catch (error) {
      // It has ended with the program that it traced.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#said?.cancel();
    await strace.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await this.#temp[Symbol.asyncDispose]();
  }
}
