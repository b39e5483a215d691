/** How large a terminal is, in cells. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a terminal is taken for that does not say, or is gone. */
export const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };

/** How large the terminal of this process is now. */
export function terminalSize(): TerminalSize {
  try {
    const { columns, rows } = Deno.consoleSize();
    // Some that are no real terminal say 0.
    return columns > 0 && rows > 0 ? { columns, rows } : USUAL_SIZE;
  } catch {
    // No descriptor that it looks at is a terminal; or it was closed.
    return USUAL_SIZE;
  }
}
