import { type Clock, systemClock } from "../../clock/clock.ts";
import { FooterScreen } from "./footer_screen.ts";
import type { KeptLines } from "./input_history.ts";
import { KeyInput } from "./key_input.ts";
import { type Key, MARK_PASTES } from "./keys.ts";
import type { LineScreen } from "./line_screen.ts";
import { LineSession } from "./line_session.ts";
import { LinearScreen } from "./linear_screen.ts";
import { SecretLine } from "./secret_line.ts";
import { COLOURS, PLAIN } from "../style.ts";
import type { Complete } from "./tab_completion.ts";
import { processTty, type Tty } from "./tty.ts";

/** Keys that wait for a secret to be asked for. */
const MAX_AHEAD = 1_024;

/** How a {@link LineEditor} works. */
export interface LineEditorOptions {
  /** What stands before the line, safe for a terminal. */
  readonly prompt: string;
  /** Entered lines, the newest last; kept between runs by who gives it. @default {kept in memory} */
  readonly history?: KeptLines;
  /** Tab. */
  readonly complete?: Complete;
  /** Keys that the editor has no use for: Alt+1 … ; true where it was taken. */
  readonly onKey?: (key: Key) => boolean;
  /** Ctrl-X Ctrl-E: the text as edited elsewhere; undefined for no change. It has the terminal meanwhile. */
  readonly edit?: (text: string) => Promise<string | undefined>;
  /**
   * Tells lines after which secrets are asked for: what is typed behind one is for {@link LineEditor.secret}, however late
   * that asks, until {@link LineEditor.proceed}.
   */
  readonly asks?: (line: string) => boolean;
  /** Linear mode for screen readers: nothing is redrawn, no cursor movement, no footer. @default {false} */
  readonly isLinear?: boolean;
}

/**
 * The line at the bottom of the terminal, under the lines that come in.
 *
 * - I1 Printing leaves a half-typed line, and the cursor in it, as they are.
 * - I2 A line that was entered is taken off the screen: it comes back as the message that it became.
 * - I3 A pasted block is one line, shown with its lines and given with newlines.
 * - I4 What stands above it in the footer never gets into the scrollback.
 * - I5 `close` gives the terminal back as it was. It is idempotent.
 * - I6 Whatever happens in one turn of the event loop is one write.
 * - I7 What is typed between a line that `asks` and `proceed` gets into secrets only, never into a line.
 *
 * The caller closes it. Ctrl-C and Ctrl-D on an empty line, and the end of the input end {@link lines}; Ctrl-C on a line
 * that is half typed clears that (Ctrl-_ brings it back). Enter behind a `\`, and Alt+Enter, begin a new line in it.
 */
export class LineEditor implements Disposable {
  readonly #options: LineEditorOptions;
  readonly #tty: Tty;
  readonly #input: KeyInput;
  readonly #session: LineSession;
  readonly #screen: LineScreen;
  readonly #watch: Disposable;
  #footer: ((columns: number) => readonly string[]) | undefined;
  /** The secret that is asked for. */
  #secret: { readonly question: string; readonly press: (key: Key) => void } | undefined;
  /** What was typed before the secret was asked for that it may be meant for; undefined where none is expected. */
  #ahead: Key[] | undefined;
  readonly #lines: string[] = [];
  #wake: (() => void) | undefined;
  readonly #ended = Promise.withResolvers<void>();
  #closed = false;
  /** Whether somebody else has the terminal. */
  #isPaused = false;

  /**
   * @param options The prompt, and what keys do.
   * @param tty The terminal.
   * @param clock Whose time passes.
   */
  constructor(options: LineEditorOptions, tty: Tty = processTty, clock: Clock = systemClock) {
    this.#options = options;
    this.#tty = tty;
    this.#input = new KeyInput(tty, clock, (key) => {
      if (key === null) this.close();
      else this.#press(key);
    });
    const session = this.#session = new LineSession({
      prompt: options.prompt,
      ...options.history && { history: options.history },
      ...options.complete && { complete: options.complete },
      onFound: (outcome) => {
        if (outcome === "bell") this.bell();
        else this.refresh();
      },
    });
    const source = {
      view: () => {
        if (this.#secret === undefined) return session.view;
        const text = `${this.#secret.question}: `;
        return { prompt: "", text, cursor: text.length };
      },
      footer: (columns: number) => this.#footer?.(columns) ?? [],
      choice: (columns: number) => session.choice(columns),
      candidates: () => session.candidates,
    };
    const { dim } = Deno.noColor ? PLAIN : COLOURS;
    this.#screen = options.isLinear === true
      ? new LinearScreen(tty, source)
      : new FooterScreen({ tty, clock, source, dim });
    this.#watch = tty.onChange((what) => {
      if (what === "resumed") this.#resume();
      else this.#screen.resized();
    });
    this.#screen.refresh();
    this.#take(true);
  }

  /** Resolves when the editing has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Lines as they are entered, with real newlines, until the end. One reader only. */
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
   * Prints above the footer.
   *
   * @param text One or more lines, made safe for a terminal; without the last newline.
   */
  print(text: string): void {
    if (this.#closed) this.#tty.write(text.replaceAll("\n", "\r\n") + "\r\n");
    else this.#screen.print(text + "\n");
  }

  /**
   * Says what stands above the line that is being edited.
   *
   * @param footer Answers its rows, from the top; asked anew at each drawing. No row is wider than so many cells, each is
   *   safe for a terminal. Undefined for none.
   */
  setFooter(footer: ((columns: number) => readonly string[]) | undefined): void {
    this.#footer = footer;
    this.refresh();
  }

  /** Draws anew: the footer's rows may be others now. */
  refresh(): void {
    if (!this.#closed) this.#screen.refresh();
  }

  /** Rings. */
  bell(): void {
    if (!this.#closed) this.#screen.bell();
  }

  /**
   * Gives the terminal to somebody else for a while, who may ask the person something there. One at a time.
   *
   * @param work What they do. What is printed meanwhile is printed after it, the newest 4 MiB of it.
   */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed || this.#isPaused) return await work();
    this.#isPaused = true;
    this.#screen.suspend();
    this.#take(false);
    try {
      return await work();
    } finally {
      this.#isPaused = false;
      if (!this.#closed) {
        this.#take(true);
        this.#screen.resume();
      }
    }
  }

  /**
   * Asks for a secret; what is typed is not shown.
   *
   * @param question What to ask, safe for a terminal.
   * @returns What was typed; undefined after Ctrl-C, Ctrl-D, and where the editing ends.
   */
  async secret(question: string): Promise<string | undefined> {
    if (this.#closed || this.#isPaused || this.#secret !== undefined) return undefined;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const line = new SecretLine();
    const press = (key: Key) => {
      const end = this.#closed ? { text: undefined } : line.press(key);
      if (end === undefined) return;
      this.#secret = undefined;
      this.#screen.entered();
      this.refresh();
      resolve(end.text);
    };
    this.#secret = { question, press };
    this.refresh();
    const ahead = this.#ahead?.splice(0) ?? [];
    while (this.#secret?.press === press && ahead.length > 0) press(ahead.shift()!);
    this.#ahead?.unshift(...ahead);
    return await promise;
  }

  /** No secret is asked for any more: what was typed for one that never was is dropped. */
  proceed(): void {
    const { length = 0 } = this.#ahead ?? [];
    this.#ahead = undefined;
    if (length > 0) this.bell();
  }

  /** Ends the editing, and gives the terminal back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch[Symbol.dispose]();
    this.#secret?.press({ kind: "text", text: "" });
    this.#screen.close();
    // Who has the terminal for now has it in order already.
    if (!this.#isPaused) this.#take(false);
    this.#wake?.();
    this.#ended.resolve();
  }

  /** The same as {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Takes the terminal, or gives it back. */
  #take(isTaken: boolean): void {
    this.#input.stop();
    this.#tty.setRaw(isTaken);
    if (isTaken) this.#input.start();
    const isLinear = this.#options.isLinear === true;
    if (!isLinear) this.#tty.write(isTaken ? MARK_PASTES.on : MARK_PASTES.off);
  }

  /** The process was stopped and goes on: a shell has had the terminal meanwhile. */
  #resume(): void {
    if (this.#closed || this.#isPaused) return;
    this.#take(true);
    this.#screen.resume();
  }

  #press(key: Key): void {
    // What is typed for who has the terminal is not ours.
    if (this.#closed || this.#isPaused) return;
    if (key.kind === "position") return this.#screen.located(key.column - 1);
    if (this.#secret !== undefined) return this.#secret.press(key);
    if (this.#ahead !== undefined) return this.#keepAhead(key, this.#ahead);
    const outcome = this.#session.press(key);
    if (typeof outcome === "object") return this.#enter(outcome.entered);
    switch (outcome) {
      case "changed":
        return this.refresh();
      case "bell":
        return this.bell();
      case "end":
        return this.close();
      case "clear":
        return this.#screen.clear();
      case "edit":
        return void this.#edit();
      case "unused":
        return void this.#options.onKey?.(key);
      default:
        outcome satisfies never;
    }
  }

  #enter(line: string): void {
    this.#screen.entered();
    if (this.#options.asks?.(line) === true) this.#ahead = [];
    this.#lines.push(line);
    this.#wake?.();
  }

  #keepAhead(key: Key, ahead: Key[]): void {
    // Whoever is to ask may take long, or never do it.
    if (key.kind === "key" && key.ctrl && key.name === "c") return this.close();
    if (ahead.length < MAX_AHEAD) ahead.push(key);
  }

  async #edit(): Promise<void> {
    const { edit } = this.#options;
    if (edit === undefined || this.#isPaused) return this.bell();
    try {
      const text = await this.pause(() => edit(this.#session.text));
      if (text !== undefined) this.#session.set(text.replace(/\n+$/, ""));
    } catch {
      // Who gave `edit` tells what went wrong; the text stays as it was.
      this.bell();
    }
    this.refresh();
  }
}
