/** More than any secret has that somebody types. */
const MAX_CHARS = 1_024;

/** Begin and end of what is pasted, arrows and the like: none of it is part of a secret. */
// deno-lint-ignore no-control-regex
const SEQUENCE = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])/;
/** One that has not come whole. */
// deno-lint-ignore no-control-regex
const BEGUN = /^\x1b(?:\[[0-?]*[ -/]*|O)?$/;

/** How a secret's typing ended. */
export interface SecretEnd {
  /** What was typed; undefined after Ctrl-C, or Ctrl-D. */
  readonly text: string | undefined;
  /** What was typed behind it. */
  readonly rest: string;
}

/** A secret as it is typed: what a line editor would show is kept here, and shown nowhere. */
export class SecretLine {
  readonly #typed: string[] = [];
  #held = "";

  /**
   * Takes what was typed.
   *
   * @param text Keys, as a terminal in raw mode gives them.
   * @returns How it ended, once it has.
   */
  push(text: string): SecretEnd | undefined {
    let left = this.#held + text;
    this.#held = "";
    while (left !== "") {
      if (BEGUN.test(left)) {
        this.#held = left;
        return undefined;
      }
      const sequence = SEQUENCE.exec(left)?.[0];
      if (sequence !== undefined) {
        left = left.slice(sequence.length);
        continue;
      }
      const key = String.fromCodePoint(left.codePointAt(0)!);
      left = left.slice(key.length);
      if (key === "\r" || key === "\n") return { text: this.#typed.join(""), rest: left };
      if (key === "\x03" || key === "\x04") return { text: undefined, rest: left };
      this.#take(key);
    }
    return undefined;
  }

  #take(key: string): void {
    if (key === "\x7f" || key === "\b") this.#typed.pop();
    else if (key === "\x15") this.#typed.length = 0;
    else if (key >= " " && this.#typed.length < MAX_CHARS) this.#typed.push(key);
  }
}
