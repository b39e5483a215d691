import type { Clock } from "../../clock/clock.ts";
import { FooterPainter } from "./footer_painter.ts";
import { HeldText } from "./held_text.ts";
import { ASK_POSITION } from "./keys.ts";
import { layoutLine } from "./line_layout.ts";
import type { LineScreen, ScreenSource } from "./line_screen.ts";
import type { Tty } from "./tty.ts";

/** How long a terminal may take to say where its cursor is. */
const LOCATE_WITHIN_MS = 300;

/** A window that is being dragged has another size many times a second: it is waited for the last one. */
const RESIZED_AFTER_MS = 60;

/** What a {@link FooterScreen} is made of. */
export interface FooterScreenOptions {
  readonly tty: Tty;
  readonly clock: Clock;
  readonly source: ScreenSource;
  /** Makes a row stand back. */
  readonly dim: (text: string) => string;
}

/**
 * A screen with a footer: what is printed scrolls, the line that is being edited stays below it.
 *
 * - I1 Whatever happens in one turn of the event loop is one write, unless that would be megabytes.
 * - I2 In a terminal of few rows the line is shown first, then of the footer the rows next to it, and one row is left
 *   for what is printed.
 */
export class FooterScreen implements LineScreen {
  readonly #options: FooterScreenOptions;
  readonly #painter = new FooterPainter();
  /** What is to be printed at the next drawing. */
  readonly #printed = new HeldText();
  #isRinging = false;
  #isClearing = false;
  #isSuspended = false;
  /** The next drawing. */
  #drawing: Disposable | undefined;
  /** The size that was drawn for. */
  #size: { readonly columns: number; readonly rows: number };
  /** The wait for the last of several sizes: what is drawn for one would be read by a terminal of another. */
  #resizing: Disposable | undefined;
  /** The wait for the terminal's answer: nothing can be drawn meanwhile. */
  #locating: Disposable | undefined;

  /** @param options The terminal, and what is shown. */
  constructor(options: FooterScreenOptions) {
    this.#options = options;
    this.#size = options.tty.size();
  }

  print(text: string): void {
    if (!this.#isSuspended && !this.#printed.hasRoomFor(text)) this.#draw();
    this.#printed.push(text);
    this.refresh();
  }

  bell(): void {
    this.#isRinging = true;
    this.refresh();
  }

  refresh(): void {
    if (this.#isSuspended) return;
    this.#drawing ??= this.#options.clock.after(0, () => this.#draw());
  }

  entered(): void {
    this.refresh();
  }

  clear(): void {
    this.#isClearing = true;
    this.refresh();
  }

  resized(): void {
    this.#resizing?.[Symbol.dispose]();
    this.#resizing = this.#options.clock.after(RESIZED_AFTER_MS, () => {
      this.#resizing = undefined;
      this.#size = this.#options.tty.size();
      this.#painter.spoil();
      if (!this.#isSuspended) this.#draw();
    });
  }

  located(column: number): void {
    if (this.#locating !== undefined) this.#found(column);
  }

  suspend(): void {
    this.#stop();
    this.#isSuspended = true;
    this.#options.tty.write(this.#painter.erase(this.#columns()));
  }

  resume(): void {
    this.#isSuspended = false;
    this.#painter.forget();
    this.refresh();
  }

  close(): void {
    this.#stop();
    this.#isSuspended = true;
    const text = this.#printed.take().replaceAll("\n", "\r\n");
    this.#options.tty.write(this.#painter.erase(this.#columns()) + text);
  }

  #draw(): void {
    this.#drawing?.[Symbol.dispose]();
    this.#drawing = undefined;
    if (this.#locating !== undefined || this.#resizing !== undefined) return;
    const { tty, clock, source, dim } = this.#options;
    const { columns, rows } = tty.size();
    // It is known before it is told.
    if (columns !== this.#size.columns || rows !== this.#size.rows) return this.resized();
    if (this.#painter.isCursorLost(columns)) {
      tty.write(ASK_POSITION);
      this.#locating = clock.after(LOCATE_WITHIN_MS, () => this.#found(undefined));
      return;
    }
    const line = layoutLine({
      ...source.view(),
      columns,
      maxRows: Math.max(1, Math.floor(rows / 2)),
      dim,
    });
    const width = Math.max(1, columns - 1);
    const choice = source.choice(width);
    const above = [...source.footer(width), ...choice === undefined ? [] : [dim(choice)]];
    const room = Math.max(0, rows - 1 - line.rows.length);
    const shown = above.slice(Math.max(0, above.length - room));
    const cursor = { ...line.cursor, row: line.cursor.row + shown.length };
    const footer = { rows: [...shown, ...line.rows], cursor };
    let written = this.#painter.paint(this.#printed.take(), footer, columns);
    if (this.#isClearing) {
      written += this.#clearing(columns, rows) + this.#painter.paint("", footer, columns);
    }
    if (this.#isRinging) written += "\x07";
    this.#isRinging = this.#isClearing = false;
    if (written !== "") tty.write(written);
  }

  /** Lets what is on the screen go up into the scrollback. */
  #clearing(columns: number, rows: number): string {
    return `${this.#painter.erase(columns)}\x1b[${rows}B${"\n".repeat(rows)}\x1b[H`;
  }

  #found(column: number | undefined): void {
    this.#locating?.[Symbol.dispose]();
    this.#locating = undefined;
    this.#painter.found(column, this.#columns());
    this.#draw();
  }

  #columns(): number {
    return this.#options.tty.size().columns;
  }

  #stop(): void {
    this.#drawing?.[Symbol.dispose]();
    this.#locating?.[Symbol.dispose]();
    this.#resizing?.[Symbol.dispose]();
    this.#drawing = this.#locating = this.#resizing = undefined;
  }
}
