import type { TransferProgress } from "../transfer/progress.ts";
import { cellsOf } from "./cells.ts";
import { progressLine } from "./progress_line.ts";
import type { Style } from "./style.ts";

/** Cells that stay free: a terminal may begin another row with the last one. */
const FREE_CELLS = 1;
/** Narrower than this there is no room to tell anything. */
const MIN_COLUMNS = 20;
/** Narrower than this there is no room to tell of the others. */
const MIN_COLUMNS_FOR_MORE = 60;

/** A transfer as a status tells of it. */
export interface StatusTransfer {
  /** What is done: `sending`. */
  readonly verb: string;
  /** How far it is. */
  readonly progress: TransferProgress;
}

/**
 * One line about the transfers of a chat: `sending  42% ███░░░  12.3 MB/s  ETA 1:05  plan.pdf (and 1 more)`.
 *
 * @param transfers Those under way; the first one is told of. At least one.
 * @param columns The terminal's width.
 * @param style How it looks.
 * @returns At most `columns - 1` cells.
 */
export function statusLine(
  transfers: readonly StatusTransfer[],
  columns: number,
  style: Style,
): string {
  const [{ verb, progress } = transfers[0]!] = transfers;
  if (columns < MIN_COLUMNS) return verb.slice(0, Math.max(0, columns - FREE_CELLS));
  const before = `${verb} `;
  const more = columns < MIN_COLUMNS_FOR_MORE ? 0 : transfers.length - 1;
  const after = more === 0 ? "" : ` (and ${more} more)`;
  const width = columns - FREE_CELLS - before.length - after.length;
  const line = progressLine([progress], { width, style, bar, measure: cellsOf });
  return before + line + after;
}

function bar(fraction: number, cells: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * cells);
  return "█".repeat(full) + "░".repeat(cells - full);
}
