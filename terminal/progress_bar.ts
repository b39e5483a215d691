import cliProgress, { type BarStream, type FormatOptions, type SingleBar } from "cli-progress";
import { cellsOf } from "./cells.ts";

/** Drawings a second: more is not seen, and costs. */
const DRAWS_PER_SECOND = 10;
const MAX_BAR_CELLS = 40;
/** Cells that stay free: a terminal may begin another row with the last one. */
const FREE_CELLS = 1;

/** What a line is made with. */
export interface LineTools {
  /** Cells that it may take. */
  readonly width: number;
  /** How many cells a text takes. */
  readonly measure: (text: string) => number;
  /** Draws a bar of at most 40 cells. */
  readonly bar: (fraction: number, cells: number) => string;
}

/** What a {@link ProgressBar} draws, and where. */
export interface ProgressBarOptions {
  /** Writes to the terminal, at once. */
  readonly write: (text: string) => void;
  /** The terminal's width, as of now. */
  readonly columns: () => number;
  /** Makes the line. */
  readonly line: (tools: LineTools) => string;
  /** Called before each drawing: to write what waits to be written above it. */
  readonly onDraw: () => void;
}

/** A line that was drawn. */
interface Drawn {
  readonly text: string;
  readonly cells: number;
}

/**
 * A line at the bottom of a terminal that is drawn ten times a second, by cli-progress.
 *
 * - I1 Nothing is asked for between two drawings, and what has not changed is not written again.
 * - I2 After `erase` the cursor is where the line began, and nothing of it is left: also on a terminal
 *   that has become narrower meanwhile.
 * - I3 Cursor and modes of the terminal are left alone, so that nothing has to be given back however the
 *   process ends.
 *
 * The caller stops it.
 */
export class ProgressBar implements Disposable {
  readonly #options: ProgressBarOptions;
  readonly #bar: SingleBar;
  /** What is on the screen; undefined for nothing. */
  #shown: Drawn | undefined;
  /** What is being written; undefined between drawings. */
  #drawing: string | undefined;
  /** Of the line that is being drawn. */
  #cells = 0;
  #isDrawn = false;

  /** @param options What is drawn, and where. Nothing is drawn yet. */
  constructor(options: ProgressBarOptions) {
    this.#options = options;
    const stream: BarStream = {
      isTTY: true,
      // The library would cut by code units, in the middle of characters: the line fits already.
      columns: Number.MAX_SAFE_INTEGER,
      write: (text) => {
        // What the library writes between drawings moves the cursor to where it once was.
        if (this.#drawing !== undefined) this.#drawing += text;
        return true;
      },
    };
    this.#bar = new cliProgress.SingleBar({
      stream,
      fps: DRAWS_PER_SECOND,
      barsize: MAX_BAR_CELLS,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      forceRedraw: true,
      // A line that is short enough needs no wrapping turned off.
      linewrap: true,
      format: (format) => this.#line(format),
    });
    this.#bar.on("redraw-pre", () => this.#begin());
    this.#bar.on("redraw-post", () => this.#end());
  }

  /** Draws from now on, until `stop`. */
  start(): void {
    if (this.#isDrawn) return;
    this.#isDrawn = true;
    this.#bar.start(1, 0);
  }

  /** Takes the line away until it is drawn next. */
  erase(): void {
    if (this.#shown === undefined) return;
    this.#shown = undefined;
    this.#options.write("\r\x1b[J");
  }

  /** Takes the line away, and draws no more. It is idempotent. */
  stop(): void {
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    this.#bar.stop();
    this.erase();
  }

  /** The same as {@link stop}. */
  [Symbol.dispose](): void {
    this.stop();
  }

  #line(format: FormatOptions): string {
    const line = this.#options.line({
      width: this.#options.columns() - FREE_CELLS,
      measure: cellsOf,
      bar: (fraction, barsize) => cliProgress.Format.BarFormat(fraction, { ...format, barsize }),
    });
    this.#cells = cellsOf(line);
    return line;
  }

  #begin(): void {
    if (!this.#isDrawn) return;
    if (this.#shown !== undefined && this.#shown.cells > this.#options.columns()) this.erase();
    this.#options.onDraw();
    this.#drawing = "";
  }

  #end(): void {
    const text = this.#drawing;
    this.#drawing = undefined;
    if (text === undefined || text === this.#shown?.text) return;
    this.#shown = { text, cells: this.#cells };
    // From its beginning all of it can be erased, also where the terminal cuts it into rows meanwhile.
    this.#options.write(text + "\r");
  }
}
