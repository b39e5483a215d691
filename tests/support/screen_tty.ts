import xterm from "@xterm/headless";
import { type Clock, systemClock } from "../../clock/clock.ts";
import type { Tty } from "../../terminal/editor/tty.ts";

/** A clock for which waiting is short; but a terminal's answer has its time. */
export const HASTY: Clock = {
  now: () => systemClock.now(),
  after: (delayMs, callback) =>
    systemClock.after(delayMs > 100 ? delayMs : Math.min(delayMs, 1), callback),
};

/** A terminal within the test: a real screen, typed at by the test. */
export class ScreenTty implements Tty {
  readonly screen: InstanceType<typeof xterm.Terminal>;
  /** What was written, one item a write. */
  readonly writes: string[] = [];
  isRaw = false;
  readonly #typed: Uint8Array[] = [];
  readonly #callbacks = new Set<(what: "size" | "resumed") => void>();
  #taker: ((bytes: Uint8Array | null) => void) | undefined;
  #isEnded = false;
  #written: Promise<void> = Promise.resolve();

  readonly #reflowsCursor: boolean;

  /**
   * @param options The size, and what becomes of the cursor's own row when it is too long: xterm.js leaves it to the
   *   program, most others (VTE, kitty, tmux) cut it as any other, and the cursor stays at its character.
   */
  constructor(options: { columns: number; rows: number; reflowsCursor?: boolean }) {
    const { columns: cols, rows, reflowsCursor = false } = options;
    this.#reflowsCursor = reflowsCursor;
    this.screen = new xterm.Terminal({
      cols,
      rows,
      reflowCursorLine: reflowsCursor,
      scrollback: 100_000,
      allowProposedApi: true,
    });
    this.screen.onData((data) => this.type(data));
  }

  listen(taker: (bytes: Uint8Array | null) => void): Disposable {
    this.#taker = taker;
    this.#give();
    return { [Symbol.dispose]: () => this.#taker = undefined };
  }

  write(text: string): void {
    this.writes.push(text);
    this.#written = new Promise((resolve) => this.screen.write(text, resolve));
  }

  size() {
    return { columns: this.screen.cols, rows: this.screen.rows };
  }

  setRaw(isRaw: boolean): void {
    this.isRaw = isRaw;
  }

  onChange(callback: (what: "size" | "resumed") => void): Disposable {
    this.#callbacks.add(callback);
    return { [Symbol.dispose]: () => void this.#callbacks.delete(callback) };
  }

  /** Types. */
  type(text: string): void {
    this.#typed.push(new TextEncoder().encode(text));
    this.#give();
  }

  /** Nobody can type any more. */
  end(): void {
    this.#isEnded = true;
    this.#give();
  }

  /** Gives away what was typed, each piece in a turn of its own. */
  #give(): void {
    setTimeout(() => {
      const taker = this.#taker;
      if (taker === undefined) return;
      const next = this.#typed.shift();
      if (next !== undefined) taker(next);
      else if (this.#isEnded) taker(null);
      if (this.#typed.length > 0) this.#give();
    }, 0);
  }

  /** What was typed while nobody took it. */
  get untaken(): string {
    return this.#typed.splice(0).map((bytes) => new TextDecoder().decode(bytes)).join("");
  }

  /** Waits until all that was written is on the screen, and what came of that, too. */
  async settled(): Promise<void> {
    for (
      let seen = -1;
      seen !== this.writes.length || (this.#typed.length > 0 && this.#taker !== undefined);
    ) {
      seen = this.writes.length;
      // Twice: a key is read in one turn, and drawn in another.
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
      await this.#written;
    }
  }

  /** The process goes on that was stopped. */
  async goOn(): Promise<void> {
    for (const callback of this.#callbacks) callback("resumed");
    await this.settled();
  }

  /** Becomes larger or smaller, as a window does. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.drag([{ columns, rows }]);
  }

  /** The same in several steps, faster than anybody draws. */
  async drag(sizes: readonly { readonly columns: number; readonly rows: number }[]): Promise<void> {
    await this.settled();
    for (const { columns, rows } of sizes) {
      const { row, column: at } = this.#placeInLine();
      const marker = this.screen.registerMarker(row - this.cursor.row)!;
      this.screen.resize(columns, rows);
      // The screen's own way only keeps the cursor's line, not its place in it.
      if (this.#reflowsCursor) await this.#moveCursor(marker.line, at, columns);
      marker.dispose();
    }
    for (const callback of this.#callbacks) callback("size");
    await this.settled();
  }

  /** To that cell of a line that begins in that row. */
  async #moveCursor(from: number, cells: number, columns: number): Promise<void> {
    const { active } = this.screen.buffer;
    let [row, left] = [from, cells];
    for (;;) {
      const filled = this.#filled(row, columns);
      if (left < filled || active.getLine(row + 1)?.isWrapped !== true) break;
      [row, left] = [row + 1, left - filled];
    }
    const to = `\x1b[${row - active.baseY + 1};${left + 1}H`;
    await new Promise<void>((resolve) => this.screen.write(to, resolve));
  }

  /** The row in which the cursor's line begins, and the cell of the line that the cursor is at. */
  #placeInLine(): { readonly row: number; readonly column: number } {
    let { row, column } = this.cursor;
    while (this.screen.buffer.active.getLine(row)?.isWrapped) {
      column += this.#filled(--row, this.screen.cols);
    }
    return { row, column };
  }

  /** Cells of a row that goes on in the next: one stays empty where a wide character has no room. */
  #filled(row: number, columns: number): number {
    const last = this.screen.buffer.active.getLine(row)!.getCell(columns - 1)!;
    return last.getCode() === 0 && last.getWidth() === 1 ? columns - 1 : columns;
  }

  /** Every row from the first one on, the scrollback with it, trailing blanks cut. */
  get rows(): string[] {
    const { active } = this.screen.buffer;
    const rows = Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true).trimEnd() ?? "",
    );
    while (rows.at(-1) === "") rows.pop();
    return rows;
  }

  /** The same as lines: rows that the screen's width has cut are one. */
  get lines(): string[] {
    const { active } = this.screen.buffer;
    const lines: string[] = [];
    for (let row = 0; row < active.length; row++) {
      const line = active.getLine(row)!;
      const text = line.translateToString(!active.getLine(row + 1)?.isWrapped);
      if (line.isWrapped) lines[lines.length - 1] += text;
      else lines.push(text);
    }
    const trimmed = lines.map((line) => line.trimEnd());
    while (trimmed.at(-1) === "") trimmed.pop();
    return trimmed;
  }

  /** Where the cursor is: its row, counted like those of {@link rows}, and its column. */
  get cursor(): { readonly row: number; readonly column: number } {
    const { active } = this.screen.buffer;
    return { row: active.baseY + active.cursorY, column: active.cursorX };
  }
}
