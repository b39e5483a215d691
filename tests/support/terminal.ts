import xterm from "@xterm/headless";

/** When a test that would hang fails instead, and shows the screen. */
const DEADLINE_MS = 20_000;

/** A program in a real terminal (a pty, by `script`), and what its screen shows. */
export class TestTerminal implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #reading: Promise<void>;
  /** Everything that the program wrote. */
  #raw = "";
  #ended = false;
  #waiting: (() => void)[] = [];

  /**
   * @param command The shell command to run.
   * @param options The size; what else is in the environment.
   */
  constructor(
    command: string,
    options: { cols?: number; rows?: number; env?: Record<string, string> } = {},
  ) {
    const { cols = 70, rows = 14, env = {} } = options;
    this.#screen = new xterm.Terminal({ cols, rows, scrollback: 10_000, allowProposedApi: true });
    // What the terminal itself is asked for; a program that has ended wants no answer.
    this.#screen.onData((answer) => void this.type(answer).catch(() => {}));
    this.#process = new Deno.Command("script", {
      args: ["-qfec", `stty cols ${cols} rows ${rows}; exec ${command}`, "/dev/null"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      env: { TERM: "xterm-256color", NO_COLOR: "1", SHELL: "/bin/sh", ...env },
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** The lines of the screen, from the first to the last that has text, trailing blanks cut. */
  get lines(): string[] {
    const { active } = this.#screen.buffer;
    const lines = Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? "",
    );
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  /** The lines as they were written: rows that only the screen's width has cut are one. */
  get text(): string {
    const { active } = this.#screen.buffer;
    let text = "";
    for (let row = 0; row < active.length; row++) {
      const line = active.getLine(row);
      text += (row > 0 && line?.isWrapped === false ? "\n" : "") +
        (line?.translateToString(!active.getLine(row + 1)?.isWrapped) ?? "");
    }
    return text.trimEnd();
  }

  /** The line that the cursor is in, and its column. */
  get cursor(): { readonly line: string; readonly column: number } {
    const { active } = this.#screen.buffer;
    const line = active.getLine(active.baseY + active.cursorY)?.translateToString(true) ?? "";
    return { line, column: active.cursorX };
  }

  /** Everything that the program wrote, control sequences included. */
  get raw(): string {
    return this.#raw;
  }

  /** Types. */
  async type(keys: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(keys));
  }

  /**
   * Becomes larger or smaller, as a terminal's window does: first the screen, then the program is told.
   *
   * @param cols Its new width.
   * @param rows Its new height.
   */
  async resize(cols: number, rows: number): Promise<void> {
    this.#screen.resize(cols, rows);
    const child = await this.#child();
    const { success } = await new Deno.Command("stty", {
      args: [
        "-F",
        await Deno.readLink(`/proc/${child}/fd/0`),
        "cols",
        `${cols}`,
        "rows",
        `${rows}`,
      ],
    }).output();
    if (!success) throw new Error("Cannot set the terminal's size");
  }

  /** Goes away, as a terminal does whose window is closed. @returns When the program has ended, too. */
  async hangUp(): Promise<void> {
    const args = ["--pid", `${await this.#child()}`, "-f", "/dev/null"];
    const watch = new Deno.Command("tail", { args }).spawn();
    this.#process.kill("SIGKILL");
    const deadline = setTimeout(() => watch.kill(), DEADLINE_MS);
    const { success } = await watch.status;
    clearTimeout(deadline);
    if (!success) throw new Error("The program goes on without its terminal");
  }

  /** Sends the program a signal. */
  async signal(name: Deno.Signal): Promise<void> {
    Deno.kill(await this.#child(), name);
  }

  /** Waits until the screen shows what is wanted; fails with the screen if that does not come. */
  async until(isShown: (lines: readonly string[]) => boolean): Promise<void> {
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, DEADLINE_MS);
    try {
      while (!isShown(this.lines)) {
        if (this.#ended || isLate) {
          const why = isLate ? "The screen does not show it" : "The program ended";
          throw new Error(`${why}:\n${this.lines.join("\n")}`);
        }
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Waits until some line contains the text, however the screen's width cuts it. */
  async untilLine(text: string): Promise<void> {
    await this.until(() => this.text.includes(text));
  }

  /** Waits until the text is as wanted, however the screen's width cuts it. */
  async untilText(wanted: RegExp): Promise<void> {
    await this.until(() => wanted.test(this.text));
  }

  /**
   * Answers a permission question of Deno's.
   *
   * @param count Which one it is, from 1 on.
   * @param key What is typed.
   */
  async answer(count: number, key: "y" | "n"): Promise<void> {
    const occur = (pattern: RegExp) => (this.#raw.match(pattern) ?? []).length;
    await this.until(() => occur(/Allow\?/g) >= count);
    // Deno throws away what was typed before it listens, which it does a moment after the question is there.
    for (let isAnswered = false; !isAnswered;) {
      await this.type(`${key}\r`);
      const late = Promise.withResolvers<false>();
      const timer = setTimeout(() => late.resolve(false), 1_000);
      const answered = this.until(() => occur(/(Granted|Denied) /g) >= count);
      answered.catch(() => {});
      isAnswered = await Promise.race([answered.then(() => true), late.promise]);
      clearTimeout(timer);
    }
  }

  /** Waits for the program's end. @returns Its exit code. */
  async ended(): Promise<number> {
    const { code } = await this.#process.status;
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await this.#input.close().catch(() => {});
    await this.ended();
    this.#screen.dispose();
  }

  /** The program's process: the child of `script`. */
  async #child(): Promise<number> {
    const { pid } = this.#process;
    const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
    return Number(children.split(" ")[0]);
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#process.stdout) {
      const text = decoder.decode(chunk, { stream: true });
      this.#raw += text;
      await new Promise<void>((resolve) => this.#screen.write(text, resolve));
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
