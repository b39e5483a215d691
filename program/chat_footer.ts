import type { Style } from "../terminal/style.ts";
import { statusBar, type StatusBarState } from "../terminal/status_bar.ts";

/** Messages that wait for their acknowledgement and are shown. */
const MAX_PENDING_SHOWN = 3;

/** What stands above the line that is being typed. */
export interface FooterState {
  /** Rows of each message that is not acknowledged, the oldest first. */
  readonly pending: readonly (readonly string[])[];
  /** How far transfers are; undefined where there are none. */
  readonly transfers: string | undefined;
  /** The last row. */
  readonly status: StatusBarState;
}

/**
 * The rows above the line that is being typed: what is pending, transfers, the status.
 *
 * @param state What they tell.
 * @param columns The terminal's width.
 * @param style How they look.
 */
export function footerRows(
  { pending, transfers, status }: FooterState,
  columns: number,
  style: Style,
): string[] {
  const shown = pending.slice(-MAX_PENDING_SHOWN);
  const before = pending.length - shown.length;
  const more = `… ${before} more before these`.slice(0, Math.max(0, columns - 1));
  return [
    ...(before === 0 ? [] : [style.pending(more)]),
    ...shown.flat(),
    ...(transfers === undefined ? [] : [transfers]),
    statusBar(status, columns, style),
  ];
}
