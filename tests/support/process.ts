import { fromFileUrl } from "@std/path";

const root = fromFileUrl(new URL("../../", import.meta.url));

/** How a program is started. */
export interface ProgramOptions {
  /** `deno run`'s own options. @default {["-A"]} */
  readonly deno?: readonly string[];
  /** The working directory. @default the project's root */
  readonly cwd?: string;
  /** More environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs it: its arguments are the program's command line. */
  readonly wrap?: readonly string[];
  /** Whether the test writes to its standard input. @default {false} */
  readonly stdin?: boolean;
}

/**
 * A real process of one of our programs, with its output line by line. Disposing it kills it and waits
 * until it is gone, so that a failing test leaves nothing.
 */
export class Program implements AsyncDisposable {
  /** What it has printed so far, by stream. */
  readonly lines: { readonly stdout: string[]; readonly stderr: string[] } = {
    stdout: [],
    stderr: [],
  };
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  readonly #ended: { stdout: boolean; stderr: boolean } = { stdout: false, stderr: false };
  #changed = Promise.withResolvers<void>();
  #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> | undefined;

  private constructor(process: Deno.ChildProcess, stdin: boolean) {
    this.#process = process;
    this.#stdin = stdin ? process.stdin.getWriter() : undefined;
    this.#reading = Promise.all([
      this.#read("stdout", process.stdout),
      this.#read("stderr", process.stderr),
    ]);
  }

  /**
   * Starts a program of the project.
   *
   * @param file The program, relative to the project's root.
   * @param args Its arguments.
   * @param options How it is started.
   */
  static start(file: string, args: readonly string[] = [], options: ProgramOptions = {}): Program {
    const { deno = ["-A"], cwd = root, env = {}, wrap = [], stdin = false } = options;
    const line = [...wrap, Deno.execPath(), "run", "-q", ...deno, root + file, ...args];
    const command = new Deno.Command(line[0]!, {
      args: line.slice(1),
      cwd,
      env: { NO_COLOR: "1", ...env },
      stdin: stdin ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
    });
    return new Program(command.spawn(), stdin);
  }

  /** Its process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Its exit status. */
  get status(): Promise<Deno.CommandStatus> {
    return this.#process.status;
  }

  /** Waits for the first line that matches, printed already or not yet, and gives the match. */
  async line(pattern: RegExp, from: "stdout" | "stderr" = "stdout"): Promise<RegExpExecArray> {
    for (let at = 0;;) {
      for (; at < this.lines[from].length; at++) {
        const match = pattern.exec(this.lines[from][at]!);
        if (match !== null) return match;
      }
      if (this.#ended[from]) {
        throw new Error(
          `The program ended without a line like ${pattern} on ${from}:\n${this.transcript}`,
        );
      }
      await this.#changed.promise;
    }
  }

  /** Everything it has printed, for the message of a failed test. */
  get transcript(): string {
    const { stdout, stderr } = this.lines;
    return [...stdout.map((line) => `out: ${line}`), ...stderr.map((line) => `err: ${line}`)]
      .join("\n");
  }

  /** Writes to its standard input. */
  async write(text: string): Promise<void> {
    await this.#stdin!.write(new TextEncoder().encode(text));
  }

  /** Ends its standard input. */
  async closeInput(): Promise<void> {
    const stdin = this.#stdin;
    this.#stdin = undefined;
    await stdin?.close();
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Waits for its end, and gives its exit code with all that it printed. */
  async finish(): Promise<{ code: number; stdout: string[]; stderr: string[] }> {
    await this.closeInput();
    const { code } = await this.#process.status;
    await this.#reading;
    return { code, ...this.lines };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#process.status;
    await this.#reading;
    // A pipe whose reader is gone cannot be closed in order any more.
    await this.#stdin?.abort().catch(() => {});
  }

  async #read(name: "stdout" | "stderr", stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.lines[name].push(...lines);
      this.#tell();
    }
    if (rest !== "") this.lines[name].push(rest);
    this.#ended[name] = true;
    this.#tell();
  }

  #tell(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }
}
