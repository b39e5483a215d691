import { cellsOf, cutToCells } from "../cells.ts";
import type { Completion } from "../commands/completion.ts";
import type { EditBuffer } from "./edit_buffer.ts";
import { escapeText } from "../escape.ts";
import { boundaryFrom, previousBoundary } from "./graphemes.ts";

/** Finds what may be completed at a place in a text. */
export type Complete = (
  text: string,
  cursor: number,
) => Completion | undefined | Promise<Completion | undefined>;

/** Candidates among which Tab goes. */
interface Choice {
  readonly candidates: readonly string[];
  readonly from: number;
  /** The text as it is while nothing else was typed. */
  text: string;
  /** Its part that a candidate replaces ends here. */
  to: number;
  /** Which one is in the text; -1 for their common beginning. */
  index: number;
}

/** Between two candidates. */
const GAP = "  ";

/**
 * Tab: one candidate is put in; of several first what all begin with, then one after the other.
 *
 * - I1 What is found late is put in only where nothing was typed meanwhile.
 */
export class TabCompletion {
  readonly #buffer: EditBuffer;
  readonly #complete: Complete;
  #choice: Choice | undefined;
  /** The search under way, which a newer one makes void. */
  #search = 0;

  /**
   * @param buffer Where it is put in.
   * @param complete Finds candidates.
   */
  constructor(buffer: EditBuffer, complete: Complete) {
    this.#buffer = buffer;
    this.#complete = complete;
  }

  /**
   * Tab was pressed.
   *
   * @param step 1, or -1 for going back among the candidates.
   * @returns Whether something was found; a promise where that takes a while.
   */
  press(step: 1 | -1): boolean | Promise<boolean> {
    const choice = this.#choice;
    if (choice !== undefined && choice.text === this.#buffer.text) {
      this.#turn(choice, step);
      return true;
    }
    const { text, cursor } = this.#buffer;
    const search = ++this.#search;
    const found = this.#complete(text, cursor);
    if (!(found instanceof Promise)) return this.#apply(found);
    return found.then((completion) => {
      const isStale = search !== this.#search || text !== this.#buffer.text ||
        cursor !== this.#buffer.cursor;
      // Whoever typed on does not want to hear of it.
      return isStale || this.#apply(completion);
    });
  }

  /** Something else was pressed: the candidates go, and a search under way is void. */
  reset(): void {
    this.#choice = undefined;
    this.#search++;
  }

  /**
   * The candidates as a row of a terminal; undefined where there is nothing to choose.
   *
   * @param columns The cells that there are.
   */
  row(columns: number): string | undefined {
    if (this.#choice === undefined) return undefined;
    const { candidates, index } = this.#choice;
    // From the chosen one on: it is to be seen. Those before it are shown where there is room.
    const from = Math.max(0, index);
    let cells = 0;
    const shown: string[] = [];
    const put = (at: number) => {
      const text = escapeText(candidates[at]!.trimEnd());
      cells += cellsOf(text) + (shown.length === 0 ? 0 : GAP.length);
      return text;
    };
    for (let at = from; at < candidates.length && cells <= columns; at++) shown.push(put(at));
    for (let at = from - 1; at >= 0 && cells < columns; at--) {
      const text = put(at);
      if (cells <= columns) shown.unshift(text);
    }
    return cutToCells(shown.join(GAP), columns);
  }

  /** All of them, for who reads line by line. */
  get candidates(): readonly string[] {
    return this.#choice?.candidates ?? [];
  }

  #apply(completion: Completion | undefined): boolean {
    if (completion === undefined || completion.candidates.length === 0) return false;
    const { from, to, candidates } = completion;
    const put = candidates.length === 1 ? candidates[0]! : commonBeginning(candidates);
    // A beginning that is less than what was typed (its case was another one) takes nothing away.
    const isLess = candidates.length > 1 && put.length < to - from;
    if (!isLess) this.#buffer.replace(from, to, put);
    if (candidates.length > 1) {
      const { text, cursor } = this.#buffer;
      this.#choice = { candidates, from, text, to: isLess ? to : cursor, index: -1 };
    }
    return true;
  }

  #turn(choice: Choice, step: 1 | -1): void {
    const { length } = choice.candidates;
    choice.index = choice.index < 0 && step < 0
      ? length - 1
      : (choice.index + step + length) % length;
    this.#buffer.replace(choice.from, choice.to, choice.candidates[choice.index]!);
    choice.text = this.#buffer.text;
    choice.to = this.#buffer.cursor;
  }
}

/** What all begin with, in whole characters. */
function commonBeginning([first = "", ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && other[same] === first[same]) same++;
    length = same;
  }
  const end = boundaryFrom(first, length);
  return first.slice(0, end > length ? previousBoundary(first, end) : end);
}
