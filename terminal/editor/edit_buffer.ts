import { boundaryFrom, graphemesOf, nextBoundary, previousBoundary } from "./graphemes.ts";
import { asTyped } from "./typed_text.ts";

/** More than a message may have; what is over is not taken, in UTF-16 units. */
const MAX_LENGTH = 100_000;
/** How many changes can be taken back. */
const MAX_UNDO = 500;

const WORD = /[\p{L}\p{N}\p{M}_]/u;
const SPACE = /\s/;

/** A text and the place in it. */
interface State {
  readonly text: string;
  readonly cursor: number;
}

/**
 * The text that is being edited, of one line or several, and the cursor in it, as Emacs and readline edit.
 *
 * - I1 The cursor is between two graphemes, never inside one.
 * - I2 The text holds no control character but newlines and tabs, and no lone surrogate.
 * - I3 {@link undo} gives text and cursor back as they were before the change; characters that were typed one after
 *   the other are one change.
 * - I4 No sequence of calls throws.
 *
 * Methods that answer a boolean answer whether they did something.
 */
export class EditBuffer {
  #text = "";
  #cursor = 0;
  /** What {@link yank} gives back. */
  #killed = "";
  readonly #undo: State[] = [];
  /** Where characters were typed up to, as long as nothing else was done. */
  #typedTo: number | undefined;

  /** The text. */
  get text(): string {
    return this.#text;
  }

  /** The place in it, in UTF-16 units. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Types or pastes at the cursor. */
  insert(text: string): boolean {
    const room = MAX_LENGTH - this.#text.length;
    const typed = asTyped(text).slice(0, Math.max(0, room)).toWellFormed();
    const isTyping = this.#typedTo === this.#cursor && !/\s/.test(typed);
    const at = this.#cursor;
    if (!this.#change(at, at, typed, isTyping)) return false;
    this.#typedTo = this.#cursor;
    return true;
  }

  /**
   * Puts another text in the place of a part of it.
   *
   * @param from The part's beginning, in UTF-16 units.
   * @param to Its end.
   * @param text What comes there; the cursor is behind it then.
   */
  replace(from: number, to: number, text: string): boolean {
    const [begin, end] = [Math.min(from, to), Math.max(from, to)];
    return this.#change(within(this.#text, begin), within(this.#text, end), asTyped(text));
  }

  /** Puts a whole text in its place, and the cursor at its end. */
  set(text: string): boolean {
    return this.#change(0, this.#text.length, asTyped(text).slice(0, MAX_LENGTH).toWellFormed());
  }

  /** Gives the text away, and is empty, with nothing to take back. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    this.#cursor = 0;
    this.#undo.length = 0;
    this.#typedTo = undefined;
    return text;
  }

  /** Backspace. */
  deleteLeft(): boolean {
    return this.#change(previousBoundary(this.#text, this.#cursor), this.#cursor, "");
  }

  /** Delete. */
  deleteRight(): boolean {
    return this.#change(this.#cursor, nextBoundary(this.#text, this.#cursor), "");
  }

  left(): boolean {
    return this.moveTo(previousBoundary(this.#text, this.#cursor));
  }

  right(): boolean {
    return this.moveTo(nextBoundary(this.#text, this.#cursor));
  }

  /** To the beginning of the word, or of the one before. */
  wordLeft(): boolean {
    return this.moveTo(this.#wordBegin());
  }

  /** To the end of the word, or of the next one. */
  wordRight(): boolean {
    return this.moveTo(this.#wordEnd());
  }

  /** To the beginning of the line, of several. */
  lineBegin(): boolean {
    return this.moveTo(this.#lineBegin(this.#cursor));
  }

  /** To its end. */
  lineEnd(): boolean {
    return this.moveTo(this.#lineEnd(this.#cursor));
  }

  /** To the line above, of several; false in the first one. */
  up(): boolean {
    const begin = this.#lineBegin(this.#cursor);
    return begin > 0 && this.#moveToLine(this.#lineBegin(begin - 1));
  }

  /** To the line below; false in the last one. */
  down(): boolean {
    const end = this.#lineEnd(this.#cursor);
    return end < this.#text.length && this.#moveToLine(end + 1);
  }

  /** Ctrl-U: takes away what is before the cursor in its line; at its beginning the newline. */
  killToBegin(): boolean {
    const begin = this.#lineBegin(this.#cursor);
    return this.#kill(begin === this.#cursor ? begin - 1 : begin, this.#cursor);
  }

  /** Ctrl-K: what is behind it; at its end the newline. */
  killToEnd(): boolean {
    const end = this.#lineEnd(this.#cursor);
    return this.#kill(this.#cursor, end === this.#cursor ? end + 1 : end);
  }

  /** Ctrl-W: the characters before it up to a blank. */
  killBlankWordLeft(): boolean {
    let at = this.#cursor;
    const skip = (isIn: (character: string) => boolean) => {
      while (at > 0 && isIn(this.#text[at - 1]!)) at--;
    };
    skip((character) => SPACE.test(character));
    skip((character) => !SPACE.test(character));
    return this.#kill(boundaryFrom(this.#text, at), this.#cursor);
  }

  /** Alt+Backspace: the word before it. */
  killWordLeft(): boolean {
    return this.#kill(this.#wordBegin(), this.#cursor);
  }

  /** Alt+D: the word behind it. */
  killWordRight(): boolean {
    return this.#kill(this.#cursor, this.#wordEnd());
  }

  /** Ctrl-Y: puts what was taken away last at the cursor. */
  yank(): boolean {
    return this.#change(this.#cursor, this.#cursor, this.#killed);
  }

  /** Ctrl-T: swaps the characters around the cursor; at the end of the line the two before it. */
  transpose(): boolean {
    const isAtEnd = this.#cursor === this.#lineEnd(this.#cursor);
    const middle = isAtEnd ? previousBoundary(this.#text, this.#cursor) : this.#cursor;
    const [from, to] = [previousBoundary(this.#text, middle), nextBoundary(this.#text, middle)];
    const [one, other] = [this.#text.slice(from, middle), this.#text.slice(middle, to)];
    if (one === "" || other === "" || (one + other).includes("\n")) return false;
    return this.#change(from, to, other + one);
  }

  /** Ctrl-_: takes the last change back. */
  undo(): boolean {
    const last = this.#undo.pop();
    if (last === undefined) return false;
    [this.#text, this.#cursor, this.#typedTo] = [last.text, last.cursor, undefined];
    return true;
  }

  /** Puts the cursor somewhere; inside a grapheme it goes behind it. */
  moveTo(at: number): boolean {
    const cursor = boundaryFrom(this.#text, at);
    if (cursor === this.#cursor) return false;
    [this.#cursor, this.#typedTo] = [cursor, undefined];
    return true;
  }

  #kill(from: number, to: number): boolean {
    const [begin, end] = [within(this.#text, from), within(this.#text, to)];
    const killed = this.#text.slice(begin, end);
    if (killed === "") return false;
    this.#killed = killed;
    return this.#change(begin, end, "");
  }

  /** The one place where the text changes. */
  #change(from: number, to: number, text: string, isSameChange = false): boolean {
    if (from === to && text === "") return false;
    const [before, old] = [this.#text, this.#cursor];
    this.#text = before.slice(0, from) + text + before.slice(to);
    // What was put in may join with what is behind it.
    this.#cursor = boundaryFrom(this.#text, from + text.length);
    this.#typedTo = undefined;
    if (isSameChange) return true;
    this.#undo.push({ text: before, cursor: old });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
    return true;
  }

  #wordBegin(): number {
    const before = [...this.#text.slice(0, this.#cursor)];
    let [at, index] = [this.#cursor, before.length];
    while (index > 0 && !WORD.test(before[index - 1]!)) at -= before[--index]!.length;
    while (index > 0 && WORD.test(before[index - 1]!)) at -= before[--index]!.length;
    // Inside a grapheme the next boundary may be where it began.
    const boundary = boundaryFrom(this.#text, at);
    return boundary < this.#cursor ? boundary : previousBoundary(this.#text, this.#cursor);
  }

  #wordEnd(): number {
    const behind = [...this.#text.slice(this.#cursor)];
    let [at, index] = [this.#cursor, 0];
    while (index < behind.length && !WORD.test(behind[index]!)) at += behind[index++]!.length;
    while (index < behind.length && WORD.test(behind[index]!)) at += behind[index++]!.length;
    return boundaryFrom(this.#text, at);
  }

  #lineBegin(at: number): number {
    return at === 0 ? 0 : this.#text.lastIndexOf("\n", at - 1) + 1;
  }

  #lineEnd(at: number): number {
    const end = this.#text.indexOf("\n", at);
    return end < 0 ? this.#text.length : end;
  }

  /** To the same column, in graphemes, of the line that begins there. */
  #moveToLine(begin: number): boolean {
    const column =
      graphemesOf(this.#text.slice(this.#lineBegin(this.#cursor), this.#cursor)).length;
    const line = graphemesOf(this.#text.slice(begin, this.#lineEnd(begin)));
    return this.moveTo(begin + line.slice(0, column).join("").length);
  }
}

function within(text: string, at: number): number {
  return boundaryFrom(text, Math.max(0, Math.min(at, text.length)));
}
