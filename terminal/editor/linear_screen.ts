import { cellOf, cellsOf } from "../cells.ts";
import { graphemesOf } from "./graphemes.ts";
import { HeldText } from "./held_text.ts";
import type { LineScreen, ScreenSource } from "./line_screen.ts";
import type { SessionView } from "./line_session.ts";
import type { Tty } from "./tty.ts";

/** While a line is half typed so many texts wait at most. */
const MAX_HELD = 1_000;

/**
 * A terminal as a typewriter, for screen readers and for terminals that can do nothing else: what was written stays, no
 * escape sequence is written, there is no prompt and no footer.
 *
 * - I1 What is printed while a line is half typed waits until it is entered (or until there is too much of it, or Ctrl-L),
 *   so that nobody is interrupted.
 * - I2 A line that becomes another one (history, completion, a word taken away) is written anew in the next row.
 */
export class LinearScreen implements LineScreen {
  readonly #tty: Tty;
  readonly #source: ScreenSource;
  readonly #held = new HeldText();
  /** What is in the terminal of the line. */
  #shown: SessionView = { prompt: "", text: "", cursor: 0 };
  /** The candidates that were told last. */
  #told = "";
  #isSuspended = false;

  /**
   * @param tty The terminal.
   * @param source What is shown.
   */
  constructor(tty: Tty, source: ScreenSource) {
    this.#tty = tty;
    this.#source = source;
  }

  print(text: string): void {
    if (!this.#held.hasRoomFor(text)) this.clear();
    this.#held.push(text);
    if (this.#isSuspended) return;
    const isHalfTyped = this.#shown.text !== "" || this.#shown.prompt !== "";
    if (!isHalfTyped) this.#tty.write(this.#release());
    else if (this.#held.count > MAX_HELD) this.clear();
  }

  bell(): void {
    if (!this.#isSuspended) this.#tty.write("\x07");
  }

  refresh(): void {
    if (this.#isSuspended) return;
    const { prompt, text, cursor } = this.#source.view();
    const { columns } = this.#tty.size();
    // What stands before the line is told where it tells something: what is looked for, what is asked.
    const view = { prompt: this.#isPlain(prompt) ? "" : prompt, text, cursor };
    const told = this.#source.candidates().join("  ");
    const isNew = told !== "" && told !== this.#told;
    this.#told = told;
    const written = isNew
      ? `\r\n${this.#source.choice(Infinity) ?? ""}\r\n${whole(view)}`
      : change(this.#shown, view, columns);
    this.#shown = view;
    if (written !== "") this.#tty.write(written);
    if (text === "" && view.prompt === "" && this.#held.count > 0) {
      this.#tty.write(this.#release());
    }
  }

  entered(): void {
    if (this.#isSuspended) return;
    this.#shown = { prompt: "", text: "", cursor: 0 };
    this.#told = "";
    this.#tty.write("\r\n" + this.#release());
  }

  clear(): void {
    if (this.#isSuspended || this.#held.count === 0) return;
    this.#tty.write(`\r\n${this.#release()}${whole(this.#shown)}`);
  }

  resized(): void {}

  located(): void {}

  suspend(): void {
    if (this.#shown.text !== "" || this.#shown.prompt !== "") this.#tty.write("\r\n");
    this.#isSuspended = true;
  }

  resume(): void {
    this.#isSuspended = false;
    const { prompt, text, cursor } = this.#source.view();
    this.#shown = { prompt: this.#isPlain(prompt) ? "" : prompt, text, cursor };
    this.#tty.write(this.#release() + whole(this.#shown));
  }

  close(): void {
    const isHalfTyped = !this.#isSuspended &&
      (this.#shown.text !== "" || this.#shown.prompt !== "");
    this.#isSuspended = true;
    this.#tty.write((isHalfTyped ? "\r\n" : "") + this.#release());
  }

  /** A prompt of signs alone says nothing when it is read aloud. */
  #isPlain(prompt: string): boolean {
    return !/[\p{L}\p{N}]/u.test(prompt);
  }

  #release(): string {
    return this.#held.take().replaceAll("\n", "\r\n");
  }
}

/** A line as it is written in a new row, the cursor in its place where that is possible. */
function whole({ prompt, text }: SessionView): string {
  return prompt + echo(text);
}

/** What makes one line of another. */
function change(from: SessionView, to: SessionView, columns: number): string {
  if (from.prompt === to.prompt && from.text === to.text && from.cursor === to.cursor) return "";
  const isAppended = from.prompt === to.prompt && from.cursor === from.text.length &&
    to.cursor === to.text.length && to.text.startsWith(from.text);
  if (isAppended) return echo(to.text.slice(from.text.length));
  const fits = (view: SessionView) =>
    !view.text.includes("\n") && widthOf(view.prompt + view.text) < columns;
  const isSmall = from.prompt === to.prompt && fits(from) && fits(to) &&
    isOneStep(from.text, to.text);
  return isSmall ? inPlace(from, to) : `\r\n${whole(to)}`;
}

/** Whether one grapheme was put in or taken out, at most. */
function isOneStep(from: string, to: string): boolean {
  const [shorter, longer] = from.length < to.length ? [from, to] : [to, from];
  const same = commonLength(shorter, longer);
  const added = longer.slice(same, same + longer.length - shorter.length);
  return longer.slice(same + added.length) === shorter.slice(same) &&
    graphemesOf(added).length <= 1;
}

/** Goes back to where they differ, writes the rest, and goes back to the cursor. */
function inPlace(from: SessionView, to: SessionView): string {
  const same = Math.min(commonLength(from.text, to.text), from.cursor, to.cursor);
  const [old, now] = [echo(from.text.slice(same)), echo(to.text.slice(same))];
  if (old === now) {
    return back(from.text.slice(same, from.cursor)) + echo(to.text.slice(same, to.cursor));
  }
  const over = Math.max(0, cellsOf(old) - cellsOf(now));
  return back(from.text.slice(same, from.cursor)) + now + " ".repeat(over) + "\b".repeat(over) +
    back(to.text.slice(to.cursor));
}

/** How much both begin with, in UTF-16 units, in whole graphemes. */
function commonLength(one: string, other: string): number {
  const others = graphemesOf(other);
  let same = 0;
  for (const [index, grapheme] of graphemesOf(one).entries()) {
    if (others[index] !== grapheme) break;
    same += grapheme.length;
  }
  return same;
}

function back(text: string): string {
  return "\b".repeat(widthOf(text));
}

function widthOf(text: string): number {
  return cellsOf(echo(text));
}

/** A text as it is written. */
function echo(text: string): string {
  return graphemesOf(text).map((grapheme) =>
    grapheme === "\n" ? "\r\n" : cellOf(grapheme, Infinity).shown
  ).join("");
}
