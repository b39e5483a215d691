/** What a terminal puts around a paste, once it was asked to. */
const BEGIN = "\x1b[200~";
const END = "\x1b[201~";
/** Asks the terminal to mark pastes, and not to. */
export const MARK_PASTES = { on: "\x1b[?2004h", off: "\x1b[?2004l" } as const;

/** Stands for a newline while a pasted block is being edited. */
export const PASTED_NEWLINE = "↵";

/**
 * Takes pastes out of what is typed, so that a pasted newline does not send anything: a block of
 * several lines becomes one line with `↵` for its newlines ("bracketed paste", xterm's control
 * sequences).
 *
 * - I1 The output depends on the input only, not on its chunks; but an escape at the end of one is
 *   let through at once, because it may be the key.
 * - I2 Of a paste nothing gets through that is a key: no control character.
 */
export class PasteFilter {
  /** The end of the input so far, where it may be the beginning of a mark. */
  #held = "";
  #pasted: string | undefined;

  /**
   * Takes what came from the terminal.
   *
   * @param chunk Text.
   * @returns What the line editor is to get.
   */
  push(chunk: string): string {
    let input = this.#held + chunk;
    let output = "";
    for (;;) {
      const mark = this.#pasted === undefined ? BEGIN : END;
      const at = input.indexOf(mark);
      const end = at < 0 ? input.length - overlap(input, mark) : at;
      if (this.#pasted === undefined) output += input.slice(0, end);
      else this.#pasted += input.slice(0, end);
      input = input.slice(end);
      if (at < 0) break;
      input = input.slice(mark.length);
      if (this.#pasted !== undefined) output += asOneLine(this.#pasted);
      this.#pasted = this.#pasted === undefined ? "" : undefined;
    }
    // A lone escape is a key of its own; holding it back would swallow it.
    if (this.#pasted === undefined && input === "\x1b") {
      this.#held = "";
      return output + input;
    }
    this.#held = input;
    return output;
  }
}

function asOneLine(pasted: string): string {
  return pasted.replace(/[\r\n]+$/, "")
    .replaceAll(/\r\n|\r|\n/g, PASTED_NEWLINE)
    .replaceAll("\t", "    ")
    // deno-lint-ignore no-control-regex -- keys that nobody pressed
    .replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "");
}

/** How many characters at the end of a text are the beginning of a mark. */
function overlap(text: string, mark: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--) {
    if (mark.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
