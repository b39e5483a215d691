import { type Cell, cellOf, cellsOf, cutToCells } from "../cells.ts";
import { graphemesOf } from "./graphemes.ts";

/** What is laid out, and where. */
export interface LayoutOptions {
  readonly text: string;
  /** The place in the text, in UTF-16 units, between two graphemes. */
  readonly cursor: number;
  /** What stands before the text, safe for a terminal; left out where it would take more than half of a row. */
  readonly prompt: string;
  /** The terminal's width. */
  readonly columns: number;
  /** The most rows that may be shown, from 1 on. */
  readonly maxRows: number;
  /** Makes a row stand back. */
  readonly dim: (text: string) => string;
}

/** A text as rows of a terminal. */
export interface Layout {
  /** From the top; each leaves the terminal's last column free, unless it has only one. */
  readonly rows: readonly string[];
  /** Where the cursor is: its row, its column, and what stands before it in that row. */
  readonly cursor: { readonly row: number; readonly column: number; readonly before: string };
}

/** Stands before the further lines of a text, right under the prompt. */
const CONTINUED = "… ";

/** A row while it is being filled. */
interface Row {
  shown: string;
  width: number;
}

/**
 * Lays out a line that is being edited: what fits into a row, where the cursor stands.
 *
 * A line that is too long goes on in the next row, at its beginning; wide characters are never cut in two. The lines of
 * a text that has several begin with `…` under the prompt. Of more rows than may be shown those around the cursor
 * are, below a row that tells of the others.
 *
 * @param options The text, and the terminal.
 * @returns The rows, at least one.
 */
export function layoutLine(options: LayoutOptions): Layout {
  const { prompt, columns, maxRows, dim } = options;
  const width = Math.max(1, columns - 1);
  const promptWidth = cellsOf(prompt);
  const isPrompted = promptWidth * 2 <= width;
  const first: Row = isPrompted ? { shown: prompt, width: promptWidth } : { shown: "", width: 0 };
  const further = isPrompted ? " ".repeat(Math.max(0, promptWidth - 2)) + CONTINUED : "";
  const { rows, cursor } = fill(options, width, first, further);
  const hidden = rows.length - maxRows;
  if (hidden <= 0) return { rows: rows.map(({ shown }) => shown), cursor };
  // One row less is for telling of the others.
  const height = Math.max(1, maxRows - 1);
  const top = Math.min(Math.max(0, cursor.row - Math.floor(height / 2)), rows.length - height);
  const window = rows.slice(top, top + height).map(({ shown }) => shown);
  const note = maxRows < 2
    ? []
    : [dim(cutToCells(othersText(top, rows.length - top - height), width))];
  return {
    rows: [...note, ...window],
    cursor: { ...cursor, row: cursor.row - top + note.length },
  };
}

function othersText(above: number, below: number): string {
  const parts = [
    ...(above > 0 ? [`${above} more above`] : []),
    ...(below > 0 ? [`${below} more below`] : []),
  ];
  return `… ${parts.join(", ")}`;
}

function fill(
  { text, cursor }: LayoutOptions,
  width: number,
  first: Row,
  further: string,
): { readonly rows: readonly Row[]; readonly cursor: Layout["cursor"] } {
  const rows = [first];
  let found: Layout["cursor"] | undefined;
  let at = 0;
  const place = () => {
    const last = rows.at(-1)!;
    if (at === cursor) found = { row: rows.length - 1, column: last.width, before: last.shown };
  };
  const put = ({ shown, width: cells }: Cell) => {
    const row = rows.at(-1)!;
    if (row.width + cells <= width) {
      row.shown += shown;
      row.width += cells;
    } else rows.push({ shown, width: cells });
  };
  for (const [index, line] of text.split("\n").entries()) {
    if (index > 0) {
      at++;
      rows.push({ shown: further, width: cellsOf(further) });
    }
    for (const grapheme of graphemesOf(line)) {
      const cell = cellOf(grapheme, width);
      const row = rows.at(-1)!;
      // The cursor stands on what is behind it, in the next row where that is there.
      if (at === cursor && row.width + cell.width > width) rows.push({ shown: "", width: 0 });
      place();
      put(cell);
      at += grapheme.length;
    }
    place();
  }
  return { rows, cursor: found ?? { row: 0, column: 0, before: "" } };
}
