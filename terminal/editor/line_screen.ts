import type { SessionView } from "./line_session.ts";

/** What a screen shows of an editor, asked anew each time. */
export interface ScreenSource {
  /** The line that is being edited. */
  view(): SessionView;
  /** What stands above it, from the top: rows of at most so many cells, safe for a terminal. */
  footer(columns: number): readonly string[];
  /** What Tab has found, where one has to choose. */
  choice(columns: number): string | undefined;
  candidates(): readonly string[];
}

/** Shows a line that is being edited, and prints above it. */
export interface LineScreen {
  /** Prints lines, each with its newline. */
  print(text: string): void;
  bell(): void;
  /** What {@link ScreenSource} answers may have changed. */
  refresh(): void;
  /** The line was entered, and the next one begins. */
  entered(): void;
  /** Ctrl-L. */
  clear(): void;
  /** The terminal may have another size. */
  resized(): void;
  /** The terminal's answer to where its cursor is. */
  located(column: number): void;
  /** Takes off what will not stay, and writes nothing until {@link resume}; what is printed waits, {@link HeldText}. */
  suspend(): void;
  /** Goes on, on a terminal that others have written to. */
  resume(): void;
  /** Takes off what will not stay, and prints what waits. */
  close(): void;
}
