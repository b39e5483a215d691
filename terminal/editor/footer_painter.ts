import { cellsOf, mostCellsOf } from "../cells.ts";
import { graphemesOf } from "./graphemes.ts";

// deno-lint-ignore no-control-regex -- text of it is as wide as it is long, but for colours
const ASCII = /^[\x00-\x7f]*$/;

/** What stands at the bottom of the screen. */
export interface Footer {
  /** Rows from the top, at least one; each narrower than the terminal, colours ended in it. */
  readonly rows: readonly string[];
  /** Where the cursor is: its row, and what stands before it there. */
  readonly cursor: { readonly row: number; readonly before: string };
}

/** A footer as it was drawn. */
interface Drawn extends Footer {
  readonly columns: number;
}

const ERASE_BELOW = "\x1b[J";
const ERASE_RIGHT = "\x1b[K";
/**
 * A terminal may think a character wider than we do: without automatic wrapping it spoils one row then, and not all
 * of them.
 */
const WRAP = { off: "\x1b[?7l", on: "\x1b[?7h" } as const;
// deno-lint-ignore no-control-regex -- colours are such
const COLOUR = /\x1b\[[\d;:]*m/g;

/**
 * Knows what of the screen's bottom is a footer, and what to write so that it becomes another one, or has text above it.
 *
 * - I1 Nothing above the footer is touched: text that was printed stays as it was, and moves up into the scrollback.
 * - I2 The cursor's column is where the terminal itself comes to by writing what stands before it: widths that are
 *   disputed put it nowhere else.
 * - I3 After a change of the width the footer is found where terminals move it: they join and cut lines anew, and
 *   every row of ours is a line of its own.
 */
export class FooterPainter {
  #drawn: Drawn | undefined;
  /** How many rows above the cursor the footer begins in a terminal of that width, where the terminal has told. */
  #found: { readonly columns: number; readonly above: number } | undefined;

  /** Whether the terminal may have lost some of what was drawn. */
  #isSpoiled = false;

  /**
   * Draws.
   *
   * @param text What is printed above, a newline at its end; or nothing.
   * @param footer What stands below it.
   * @param columns The terminal's width.
   * @returns What is to be written; nothing where nothing changes.
   */
  paint(text: string, footer: Footer, columns: number): string {
    const drawn = this.#drawn;
    const isSame = drawn !== undefined && drawn.columns === columns && !this.#isSpoiled;
    const written = text === "" && isSame
      ? change(drawn, footer)
      : (this.erase(columns) || "\r") + asLines(text, columns) + draw(footer, 0);
    this.#drawn = { ...footer, columns };
    this.#found = undefined;
    this.#isSpoiled = false;
    return written;
  }

  /**
   * Takes the footer off the screen, with the cursor where it began.
   *
   * @param columns The terminal's width.
   * @returns What is to be written.
   */
  erase(columns: number): string {
    const above = this.#found?.columns === columns ? this.#found.above : this.#rowsAbove(columns);
    const had = this.#drawn !== undefined;
    this.#drawn = this.#found = undefined;
    return had ? `${moved(-above)}\r${ERASE_BELOW}` : "";
  }

  /** The terminal has had another size, if only for a while: what it has cut off does not come back by itself. */
  spoil(): void {
    this.#isSpoiled = true;
  }

  /** Somebody else has written: nothing is known to be a footer, and the next one begins in the cursor's row. */
  forget(): void {
    this.#drawn = this.#found = undefined;
  }

  /**
   * Whether only the terminal knows where the cursor is: it is wider than before its own row became too long. Some
   * (VTE, kitty, tmux) cut that row as any other, some (xterm.js) leave it to the program.
   */
  isCursorLost(columns: number): boolean {
    const drawn = this.#drawn;
    return drawn !== undefined && this.#found?.columns !== columns && columns < drawn.columns &&
      cellsOf(drawn.cursor.before) >= columns;
  }

  /**
   * Tells where the cursor is, after {@link isCursorLost}.
   *
   * @param column Its column, from 0 on; undefined where the terminal did not say.
   * @param columns The terminal's width.
   */
  found(column: number | undefined, columns: number): void {
    const drawn = this.#drawn;
    if (drawn === undefined) return;
    const end = endOf(drawn.cursor.before, columns);
    // In doubt it was: a row too many that stays is better than one of what was printed that goes.
    const isLeft = column !== undefined && (column !== end.column || column === columns - 1);
    this.#found = { columns, above: this.#rowsAbove(columns) - (isLeft ? end.row : 0) };
  }

  /** How many rows are above the cursor's, in a terminal that may have become wider or narrower. */
  #rowsAbove(columns: number): number {
    if (this.#drawn === undefined) return 0;
    const { rows, cursor } = this.#drawn;
    if (columns === this.#drawn.columns) return cursor.row;
    const before = rows.slice(0, cursor.row).map((row) => rowsOf(row, columns));
    return before.reduce((sum, count) => sum + count, 0) + endOf(cursor.before, columns).row;
  }
}

/** What makes one footer of another, beginning at the first row that is not the same. */
function change(drawn: Drawn, footer: Footer): string {
  const { rows, cursor } = footer;
  let same = 0;
  while (same < rows.length && rows[same] === drawn.rows[same]) same++;
  const isSame = same === rows.length && same === drawn.rows.length;
  if (isSame) {
    const isThere = cursor.row === drawn.cursor.row && cursor.before === drawn.cursor.before;
    return isThere ? "" : `${moved(cursor.row - drawn.cursor.row)}\r${plainly(cursor.before)}`;
  }
  const from = Math.min(same, rows.length - 1, drawn.rows.length - 1);
  return `${moved(from - drawn.cursor.row)}\r${draw(footer, from)}`;
}

/** Draws from a row on, in which the cursor is, and puts it where it belongs. */
function draw({ rows, cursor }: Footer, from: number): string {
  const drawn = rows.slice(from).join(`${ERASE_RIGHT}\r\n`) + ERASE_BELOW;
  const back = moved(cursor.row - rows.length + 1);
  return `${WRAP.off}${drawn}${back}\r${cursor.before}${WRAP.on}`;
}

function plainly(text: string): string {
  return text === "" ? "" : `${WRAP.off}${text}${WRAP.on}`;
}

/** Moves the cursor so many rows down, or up. */
function moved(rows: number): string {
  return rows === 0 ? "" : rows < 0 ? `\x1b[${-rows}A` : `\x1b[${rows}B`;
}

/**
 * In raw mode a newline alone goes straight down. A row of a message fits; where it would not if the terminal drew
 * characters of ambiguous width in two cells, its end may be lost, and never begin a row.
 */
function asLines(text: string, columns: number): string {
  return text.split("\n").map((line) => {
    const isDisputed = !ASCII.test(line) && cellsOf(line) <= columns &&
      mostCellsOf(line, true) > columns;
    return isDisputed ? plainly(line) : line;
  }).join("\r\n");
}

/** How many rows a line takes that the terminal has cut. */
function rowsOf(line: string, columns: number): number {
  const { row, column } = endOf(line, columns);
  // A row that is full has not begun the next one.
  return row + (column > 0 || row === 0 ? 1 : 0);
}

/** Where a line ends that the terminal has cut: wide characters go on to the next row whole. */
function endOf(line: string, columns: number): { readonly row: number; readonly column: number } {
  const text = line.replaceAll(COLOUR, "");
  const cells = cellsOf(text);
  if (cells === text.length) return { row: Math.floor(cells / columns), column: cells % columns };
  let [row, column] = [0, 0];
  for (const grapheme of graphemesOf(text)) {
    const width = cellsOf(grapheme);
    if (column + width > columns) [row, column] = [row + 1, 0];
    column += width;
    if (column >= columns) [row, column] = [row + 1, 0];
  }
  return { row, column };
}
