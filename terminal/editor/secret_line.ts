import type { Key } from "./keys.ts";

/** More than any secret has that somebody types, in characters. */
const MAX_CHARS = 1_024;

/** How a secret's typing ended. */
export interface SecretEnd {
  /** What was typed; undefined after Ctrl-C, or Ctrl-D. */
  readonly text: string | undefined;
}

/** A secret as it is typed: what a line editor would show is kept here, and shown nowhere. */
export class SecretLine {
  readonly #typed: string[] = [];

  /**
   * Takes a key.
   *
   * @param key What was pressed; what is no part of a secret (arrows and the like) does nothing.
   * @returns How it ended, once it has.
   */
  press(key: Key): SecretEnd | undefined {
    if (key.kind === "text") this.#type(key.text);
    // The newline that was copied with it is none of its characters.
    if (key.kind === "paste") this.#type(key.text.split("\n", 1)[0]!.replaceAll("\t", ""));
    if (key.kind !== "key" || key.alt) return undefined;
    const name = key.ctrl ? `ctrl+${key.name}` : key.name;
    if (name === "enter" || name === "ctrl+j") return { text: this.#typed.join("") };
    if (name === "ctrl+c" || name === "ctrl+d") return { text: undefined };
    if (name === "backspace") this.#typed.pop();
    if (name === "ctrl+u") this.#typed.length = 0;
    return undefined;
  }

  #type(text: string): void {
    for (const character of text) {
      if (this.#typed.length < MAX_CHARS) this.#typed.push(character);
    }
  }
}
