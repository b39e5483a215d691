import { createInterface, type Interface } from "node:readline";
import { PassThrough } from "node:stream";
import process from "node:process";
import { MARK_PASTES, PASTED_NEWLINE, PasteFilter } from "./paste_filter.ts";
import { SecretLine } from "./secret_line.ts";

/** What Node's readline knows and its types do not tell. */
type Editor = Interface & { prevRows: number; line: string; cursor: number };

/**
 * The line at the bottom of the terminal, edited by Node's readline, under the lines that come in.
 *
 * - I1 Printing leaves a half-typed line, and the cursor in it, as they are.
 * - I2 A line that was entered is taken off the screen: it comes back as the message that it became.
 * - I3 A pasted block is one line, with `↵` for its newlines, and is given with newlines.
 * - I4 A status is a line of its own above it, and changing it moves neither.
 * - I5 `close` gives the terminal back as it was. It is idempotent.
 *
 * The caller closes it. Ctrl-C, Ctrl-D on an empty line, and the end of the input end {@link lines}.
 */
export class LineEditor implements Disposable {
  readonly #editor: Editor;
  readonly #input: PassThrough;
  readonly #stopReading: () => void;
  readonly #divert: (taker: ((text: string) => void) | undefined) => void;
  /** Ends the asking for a secret, where one is asked for. */
  #endSecret: (() => void) | undefined;
  readonly #lines: string[] = [];
  #wake: (() => void) | undefined;
  #closed = false;
  readonly #prompt: string;
  #status: string | undefined;
  #isPaused = false;
  /** What was to be printed while somebody else had the terminal. */
  readonly #held: string[] = [];

  /** @param prompt What stands before the line. */
  constructor(prompt: string) {
    this.#prompt = prompt;
    const { input, stop, divert } = filteredInput();
    this.#input = input;
    this.#stopReading = stop;
    this.#divert = divert;
    this.#editor = createInterface({
      input,
      output: process.stdout,
      terminal: true,
      prompt,
      historySize: 1_000,
      removeHistoryDuplicates: true,
    }) as Editor;
    this.#editor.on("line", (line) => this.#enter(line));
    this.#editor.on("close", () => this.close());
    this.#editor.on("SIGINT", () => this.close());
    // Readline would stop the process with a signal, which it is not permitted to send.
    this.#editor.on("SIGTSTP", () => {});
    process.stdout.write(MARK_PASTES.on);
    this.#editor.prompt();
  }

  /** Lines as they are entered, until the end. One reader only. */
  async *lines(): AsyncGenerator<string, void, void> {
    for (;;) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
        yield line;
      }
      if (this.#closed) return;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /**
   * Prints above the line that is being edited.
   *
   * @param text One or more lines, made safe for a terminal; without the last newline.
   */
  print(text: string): void {
    if (this.#closed) {
      process.stdout.write(text + "\n");
      return;
    }
    if (this.#isPaused) {
      this.#held.push(text + "\n");
      return;
    }
    this.#printFrom(this.#editor.getCursorPos().rows, text + "\n");
  }

  /**
   * Shows a line above the one that is being edited, until it is told otherwise.
   *
   * @param status One line, made safe for a terminal and narrower than it; undefined for none.
   */
  setStatus(status: string | undefined): void {
    if (status === this.#status) return;
    this.#status = status;
    const { rows } = this.#editor.getCursorPos();
    this.#editor.setPrompt(status === undefined ? this.#prompt : `${status}\n${this.#prompt}`);
    if (!this.#closed && !this.#isPaused) this.#printFrom(rows, "");
  }

  /**
   * Gives the terminal to somebody else for a while, who may ask the person something there. One at a time.
   *
   * @param work What they do. What is printed meanwhile is printed after it.
   */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed || this.#isPaused) return await work();
    this.#isPaused = true;
    process.stdout.write(erase(this.#editor.getCursorPos().rows) + MARK_PASTES.off);
    process.stdin.setRawMode(false);
    try {
      return await work();
    } finally {
      this.#isPaused = false;
      if (!this.#closed) {
        process.stdin.setRawMode(true);
        process.stdout.write(MARK_PASTES.on);
        this.#printFrom(0, this.#held.splice(0).join(""));
      }
    }
  }

  /**
   * Asks for a secret; what is typed is not shown. What is printed meanwhile is printed after it.
   *
   * @param question What to ask, safe for a terminal.
   * @returns What was typed; undefined after Ctrl-C, Ctrl-D, and where the editing ends.
   */
  async secret(question: string): Promise<string | undefined> {
    if (this.#closed || this.#isPaused) return undefined;
    this.#isPaused = true;
    process.stdout.write(`${erase(this.#editor.getCursorPos().rows)}${question}: `);
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const line = new SecretLine();
    this.#endSecret = () => resolve(undefined);
    this.#divert((text) => {
      const end = line.push(text);
      if (end === undefined) return;
      this.#divert(undefined);
      resolve(end.text);
      if (end.rest !== "") this.#input.write(end.rest);
    });
    try {
      return await promise;
    } finally {
      this.#divert(undefined);
      this.#endSecret = undefined;
      this.#isPaused = false;
      if (!this.#closed) this.#printFrom(0, this.#held.splice(0).join(""));
    }
  }

  /** Ends the editing, and gives the terminal back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#endSecret?.();
    // What was half typed goes, and with it the prompt.
    const rows = this.#isPaused ? 0 : this.#editor.getCursorPos().rows;
    process.stdout.write(erase(rows) + this.#held.splice(0).join("") + MARK_PASTES.off);
    this.#editor.close();
    this.#stopReading();
    this.#input.destroy();
    this.#wake?.();
  }

  /** The same as {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #enter(line: string): void {
    const editor = this.#editor;
    // Readline has begun a new row and forgotten the line; only it knows how many rows that had.
    editor.line = line;
    editor.cursor = line.length;
    const { rows } = editor.getCursorPos();
    editor.line = "";
    editor.cursor = 0;
    this.#printFrom(rows + 1, "");
    this.#lines.push(line.replaceAll(PASTED_NEWLINE, "\n"));
    this.#wake?.();
  }

  /** Prints where the line began, so many rows above the cursor, and the line again below. */
  #printFrom(rows: number, text: string): void {
    process.stdout.write(erase(rows) + text);
    this.#editor.prevRows = 0;
    this.#editor.prompt(true);
  }
}

/** Goes up so many rows and clears from there to the end of the screen. */
function erase(rows: number): string {
  return (rows > 0 ? `\x1b[${rows}A` : "") + "\r\x1b[J";
}

/** Standard input without pastes, as the terminal that readline wants. */
function filteredInput(): {
  readonly input: PassThrough;
  readonly stop: () => void;
  /** Gives what is typed to somebody else, until undefined is given. */
  readonly divert: (taker: ((text: string) => void) | undefined) => void;
} {
  let taker: ((text: string) => void) | undefined;
  const filter = new PasteFilter();
  const decoder = new TextDecoder();
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(isRaw: boolean) {
      process.stdin.setRawMode(isRaw);
      return input;
    },
  });
  const onData = (chunk: Uint8Array) => {
    const text = decoder.decode(chunk, { stream: true });
    if (taker === undefined) input.write(filter.push(text));
    else taker(text);
  };
  const onEnd = () => void input.end();
  process.stdin.on("data", onData);
  process.stdin.on("end", onEnd);
  return {
    input,
    divert: (wanted) => taker = wanted,
    stop() {
      process.stdin.off("data", onData);
      process.stdin.off("end", onEnd);
      process.stdin.pause();
    },
  };
}
