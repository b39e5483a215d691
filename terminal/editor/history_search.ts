import { graphemesOf } from "./graphemes.ts";
import type { InputHistory } from "./input_history.ts";

/** Ctrl-R: looks for older lines while it is typed what they contain. */
export class HistorySearch {
  readonly #history: InputHistory;
  #query = "";
  #found: { readonly line: string; readonly index: number } | undefined;

  /** @param history The lines. */
  constructor(history: InputHistory) {
    this.#history = history;
  }

  /** What is looked for. */
  get query(): string {
    return this.#query;
  }

  /** The line that was found; undefined where there is none. */
  get line(): string | undefined {
    return this.#found?.line;
  }

  /** More of what is looked for was typed: the line that was found stays where it has that too. */
  type(text: string): boolean {
    this.#query += text.replaceAll("\n", " ");
    return this.#find(this.#found === undefined ? undefined : this.#found.index + 1);
  }

  /** Backspace. */
  deleteLeft(): boolean {
    this.#query = graphemesOf(this.#query).slice(0, -1).join("");
    if (this.#query !== "") return this.#find(undefined);
    this.#found = undefined;
    return true;
  }

  /** Ctrl-R again: the next older one. */
  older(): boolean {
    return this.#query !== "" && this.#find(this.#found?.index);
  }

  #find(before: number | undefined): boolean {
    const found = this.#history.find(this.#query, before);
    if (found !== undefined) this.#found = found;
    return found !== undefined;
  }
}
