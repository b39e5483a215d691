import { cellsOf } from "./cells.ts";

/** It begins so wide, for the names that most people have, and grows no further than so. */
const CELLS = { min: 8, max: 12 } as const;

/** The column in which names end: as wide as the widest that was shown, up to 12 cells. Longer ones stick out. */
export class NameColumn {
  #cells: number = CELLS.min;

  /** The spaces before a name that is shown; it makes the column as wide as it needs. */
  before(name: string): string {
    this.#cells = Math.max(this.#cells, Math.min(CELLS.max, cellsOf(name)));
    return this.beforePending(name);
  }

  /** The spaces before a name, in the column as it is. */
  beforePending(name: string): string {
    return " ".repeat(Math.max(0, this.#cells - cellsOf(name)));
  }
}
