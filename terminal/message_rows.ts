import { mostCellsOf } from "./cells.ts";
import type { Range } from "./mentions.ts";
import { rowBreaks } from "./row_breaks.ts";

/** A line that somebody wrote. */
export interface WrittenLine {
  /** Escaped, without colours. */
  readonly text: string;
  /** How a part of it looks. @default as it is */
  readonly style?: (part: Range) => string;
}

/** How lines become rows. */
export interface RowLayout {
  /** What stands before the first line, with colours. */
  readonly head: string;
  /** The terminal's width; Infinity where rows are not to be broken. */
  readonly columns: number;
  /** The cells before the bar of further rows. */
  readonly indent: number;
  /** `| `, with colours. */
  readonly bar: string;
}

/** A terminal may begin another row with its last cell. */
const FREE_CELLS = 1;
/** The cells of the bar and the space behind it. */
const BAR_CELLS = 2;
/** Narrower than this nothing can be read; then rows are broken by the terminal. */
const MIN_CELLS = 4;

/**
 * The rows of what somebody wrote: the first behind its head, all others behind the bar, which nobody can write.
 *
 * - I1 A row is as wide as the terminal at most, however that draws its characters, or holds one word of ASCII that is wider: nothing of what
 *   somebody wrote begins a row of the terminal, but such a word's end.
 *
 * @param lines What was written, at least one line.
 * @param layout How.
 */
export function messageRows(lines: readonly WrittenLine[], layout: RowLayout): string[] {
  const { head, columns, indent, bar } = layout;
  const margin = " ".repeat(indent) + bar;
  const others = Math.max(MIN_CELLS, columns - FREE_CELLS - indent - BAR_CELLS);
  const rows: string[] = [];
  for (const { text, style = (part: Range) => text.slice(part.from, part.to) } of lines) {
    const isFirst = rows.length === 0;
    const first = isFirst ? columns - FREE_CELLS - mostCellsOf(head) : others;
    const parts = columns === Infinity
      ? [{ from: 0, to: text.length }]
      : rowBreaks(text, { first, others });
    for (const part of parts) rows.push((rows.length === 0 ? head : margin) + style(part));
  }
  return rows;
}

/** Whether something fits behind a row. */
export function fitsBehind(row: string, text: string, columns: number): boolean {
  return columns === Infinity || mostCellsOf(row) + mostCellsOf(text) <= columns - FREE_CELLS;
}
