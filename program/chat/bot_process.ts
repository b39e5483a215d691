import { type Clock, delay, systemClock } from "../../clock/clock.ts";
import { splitWords } from "../../terminal/commands/words.ts";
import { boundedLines } from "./bounded_lines.ts";
import { Failure, UsageError } from "../failure.ts";
import type { LineReader } from "./say_lines.ts";

/** More than any text may have, so that one that is too long is still seen to be. */
const MAX_LINE_BYTES = 65_536;
/** How long a bot has to end by itself when its standard input has ended. */
const END_WITHIN_MS = 2_000;
/** How long it has when it was told to end by SIGTERM. */
const TERM_WITHIN_MS = 3_000;
/** How long what a bot left running may hold its standard output open, when the bot itself has ended. */
const LAST_WORDS_MS = 1_000;

/** A program and its arguments. */
export interface BotCommand {
  /** The program: a path, or a name that is looked up in PATH. */
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Reads a command line: words, with quotes as in a shell, and nothing else of a shell's. What peers write can never get
 * into one.
 *
 * @param text What `--exec` was given.
 * @throws {UsageError} A quotation mark is not closed, or there is no program.
 */
export function parseBotCommand(text: string): BotCommand {
  const words = splitWords(text);
  if (words === undefined) {
    throw new UsageError(
      `--exec cannot be ${JSON.stringify(text)}: a quotation mark is not closed`,
    );
  }
  const [program = "", ...args] = words.map((word) => word.text);
  if (program === "") throw new UsageError("--exec needs a program: --exec './bot.sh ARGUMENT'");
  return { program, args };
}

/**
 * A bot's process: what it reads and what it prints, a line each; its standard error is ours. Disposing it ends it.
 *
 * Ending: standard input is closed; after 2 s comes SIGTERM, 3 s later SIGKILL.
 */
export class BotProcess implements AsyncDisposable {
  /** What it prints. */
  readonly lines: LineReader;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #clock: Clock;
  #stopping: Promise<void> | undefined;

  /**
   * Starts it.
   *
   * @param command The program, which may be run.
   * @param env What is in its environment, beside our own.
   * @param clock Whose time passes while it is ended.
   * @throws {Failure} It cannot be started.
   */
  constructor(
    { program, args }: BotCommand,
    env: Readonly<Record<string, string>>,
    clock: Clock = systemClock,
  ) {
    try {
      this.#process = new Deno.Command(program, {
        args: [...args],
        env: { ...env },
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
    } catch (error) {
      const reason = error instanceof Deno.errors.NotFound
        ? "there is no such program. It is named by its path, or found in PATH"
        : error instanceof Error
        ? error.message
        : String(error);
      throw new Failure(`Cannot run ${program}: ${reason}`);
    }
    this.#clock = clock;
    this.#input = this.#process.stdin.getWriter();
    // Told where something is written.
    this.#input.closed.catch(() => {});
    this.lines = boundedLines(this.#process.stdout, MAX_LINE_BYTES).getReader();
  }

  /** Its exit code, when it has ended: 128 and the signal's number, where one ended it. */
  get ended(): Promise<number> {
    return this.#process.status.then(({ code }) => code);
  }

  /** Gives it a line. @throws It reads no more. */
  async write(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(line + "\n"));
  }

  /** Has it end, and waits until it has. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  /**
   * Gives up what it prints where that has no end: something that the bot has left running holds it open. To be called
   * when it has ended.
   *
   * @param said Resolves when everything was read.
   */
  async lastWords(said: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const late = delay(this.#clock, LAST_WORDS_MS, over.signal)
      .then(() => this.lines.cancel(), () => {});
    await Promise.race([said, late]);
    over.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.lines.cancel().catch(() => {});
  }

  async #stop(): Promise<void> {
    // Not waited for: a bot that does not read holds up what was written before.
    this.#input.close().catch(() => {});
    if (await this.#endsWithin(END_WITHIN_MS)) return;
    this.#kill("SIGTERM");
    if (await this.#endsWithin(TERM_WITHIN_MS)) return;
    this.#kill("SIGKILL");
    await this.ended;
  }

  async #endsWithin(ms: number): Promise<boolean> {
    const over = new AbortController();
    const late = delay(this.#clock, ms, over.signal).then(() => false, () => true);
    const isEnded = await Promise.race([this.ended.then(() => true), late]);
    over.abort();
    return isEnded;
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      // It has ended in this moment.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}
