import { altKey, applicationKey, controlKey, type Key, named, sequenceKey } from "./key_names.ts";
import { asTyped } from "./typed_text.ts";

export type { Key, NamedKey } from "./key_names.ts";

/** Asks the terminal to mark pastes, and not to ("bracketed paste"). */
export const MARK_PASTES = { on: "\x1b[?2004h", off: "\x1b[?2004l" } as const;
/** Asks the terminal where the cursor is. */
export const ASK_POSITION = "\x1b[6n";

/** How a paste begins, and what a terminal puts at its end. */
const PASTE = { parameters: "200", end: "\x1b[201~" } as const;
/** A control sequence, or the beginning of one: parameters, intermediates, final (ECMA-48, 5.4). */
// deno-lint-ignore no-control-regex -- they are what it is about
const CSI = /^\x1b\[([0-?]*)([ -/]*)([@-~]?)/;
/** A key as VT100s and their heirs send it in application mode, perhaps with a modifier in it. */
// deno-lint-ignore no-control-regex
const SS3 = /^\x1bO(\d*(?:;\d*)?)([ -~]?)/;
/** The beginning of a string that a terminal answers with: OSC, DCS, APC. Alt with that key goes on otherwise. */
// deno-lint-ignore no-control-regex
const STRING = /^\x1b(?:\]\d|P[\d>!$+|]|_G)/;
/** What is no text. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;
/** Longer sequences are none that a key sends. */
const MAX_SEQUENCE = 256;
/** More than a message may have, in UTF-16 units. What is over is dropped. */
const MAX_PASTE = 1_000_000;

/** The most characters that somebody types, or a terminal answers, at once. */
const MAX_TYPED = 64;

/** What was made of the beginning of the input. */
interface Step {
  /** How much it was, in UTF-16 units. */
  readonly used: number;
  readonly key?: Key | undefined;
}

/**
 * Takes what comes from a terminal in raw mode apart into keys (ECMA-48, xterm's ctlseqs, kitty's and xterm's
 * `CSI … u` and `CSI 27 ; … ~`).
 *
 * - I1 The keys depend on the bytes only, not on how they were cut into chunks (but text may come in pieces): what
 *   may be the beginning of a longer sequence is held back until more comes, or until {@link flush}
 *   or {@link endPaste}.
 * - I2 A sequence that is not known is swallowed whole; nothing of it becomes text.
 * - I3 No control character but newline and tab comes out of a paste, none at all out of text.
 * - I4 It never throws, and what it holds is bounded.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { KeyDecoder } from "./keys.ts";
 *
 * const decoder = new KeyDecoder();
 * const keys = decoder.push(new TextEncoder().encode("a\x1b[1;5C"));
 * assertEquals(keys, [
 *   { kind: "text", text: "a" },
 *   { kind: "key", name: "right", ctrl: true, alt: false, shift: false },
 * ]);
 * ```
 */
export class KeyDecoder {
  // A byte order mark is a character that somebody may paste.
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  /** What came and is no key yet. */
  #held = "";
  /** What the input is in the middle of. */
  #within: "keys" | "paste" | "string" = "keys";
  /** The paste under way, as far as it has come. */
  #paste = "";
  /** Whether {@link endPaste} ended the last one, and its end may still come. */
  #isPasteOpen = false;

  /** Whether something waits for what follows it: then {@link flush} is to be called a moment later. */
  get isWaiting(): boolean {
    return this.#held !== "" && this.#within === "keys";
  }

  /** Whether a paste has begun and not ended: then {@link endPaste} is to be called when nothing comes for long. */
  get isPasting(): boolean {
    return this.#within === "paste";
  }

  /**
   * Takes what came from the terminal.
   *
   * @param chunk Bytes, however they were cut.
   * @returns The keys that are complete.
   */
  push(chunk: Uint8Array): Key[] {
    const text = this.#utf8.decode(chunk, { stream: true });
    if (this.#isPasteOpen && isOfPaste(text)) [this.#within, this.#paste] = ["paste", ""];
    this.#isPasteOpen = false;
    this.#held += text;
    return this.#decode(false);
  }

  /** Nothing followed: what was held back is keys of its own, a lone escape the Escape key. */
  flush(): Key[] {
    return this.isWaiting ? this.#decode(true) : [];
  }

  /**
   * Nothing has come for long: a paste under way counts as ended, so that one whose end is lost does not swallow all keys.
   * Where it was only slow its rest is another one.
   *
   * @returns What has come of it.
   */
  endPaste(): Key[] {
    if (!this.isPasting) return [];
    this.#isPasteOpen = true;
    return [this.#pasted()];
  }

  #decode(isFinal: boolean): Key[] {
    const keys: Key[] = [];
    while (this.#held !== "") {
      const step = this.#within === "paste"
        ? this.#takePaste(this.#held)
        : this.#within === "string"
        ? this.#passString(this.#held)
        : this.#takeKey(this.#held, isFinal);
      if (step === undefined) break;
      if (step.key !== undefined) keys.push(step.key);
      this.#held = this.#held.slice(step.used);
    }
    return keys;
  }

  /** What the text begins with; undefined where that is not whole. */
  #takeKey(text: string, isFinal: boolean): Step | undefined {
    const end = text.search(CONTROL);
    if (end !== 0) {
      const typed = end < 0 ? text : text.slice(0, end);
      return { used: typed.length, key: { kind: "text", text: typed } };
    }
    const first = text[0]!;
    if (first === "\x1b") return this.#takeEscape(text, isFinal);
    // The same in one character.
    const introducer = first === "\x9b" ? "\x1b[" : first === "\x8f" ? "\x1bO" : undefined;
    if (introducer === undefined) return { used: 1, key: controlKey(first) };
    this.#held = introducer + text.slice(1);
    return { used: 0 };
  }

  #takeEscape(text: string, isFinal: boolean): Step | undefined {
    const kind = text[1];
    if (kind === undefined) return isFinal ? { used: 1, key: named("escape") } : undefined;
    if (kind === "\x1b") return this.#takeTwoEscapes(text, isFinal);
    if ("[O]P_".includes(kind)) {
      if (text.length > 2) {
        if (kind === "[") return this.#takeControlSequence(text, isFinal);
        if (kind === "O") return this.#takeApplicationKey(text, isFinal);
        if (STRING.test(text)) {
          this.#within = "string";
          return { used: 2 };
        }
      } else if (!isFinal) return undefined;
    }
    const character = String.fromCodePoint(text.codePointAt(1)!);
    return { used: 1 + character.length, key: altKey(character) };
  }

  /** Some terminals put an escape before the sequence of a key for Alt; otherwise the first is a key. */
  #takeTwoEscapes(text: string, isFinal: boolean): Step | undefined {
    if (text.length < 4 && !isFinal && /^(?:[[O])?$/.test(text.slice(2))) return undefined;
    const escape = { used: 1, key: named("escape") };
    if (!/^[[O]./.test(text.slice(2))) return escape;
    const step = this.#takeEscape(text.slice(1), isFinal);
    if (step?.key?.kind === "key") {
      return { used: step.used + 1, key: { ...step.key, alt: true } };
    }
    // It is only looked at: what begins there (a paste, a string, something endless) comes after the Escape key.
    const isEndless = this.#held !== text;
    [this.#held, this.#within] = [text, "keys"];
    return step === undefined && !isEndless ? undefined : escape;
  }

  #takeControlSequence(text: string, isFinal: boolean): Step | undefined {
    const [all, parameters = "", intermediates = "", final = ""] = CSI.exec(text)!;
    if (final === "") {
      // It is cut, by the end of the chunk or by something that cannot be in it.
      if (all.length < text.length || isFinal) return { used: all.length };
      // Private, so that no key is made of it, and short.
      if (all.length > MAX_SEQUENCE) this.#held = "\x1b[?";
      return undefined;
    }
    if (final === "[" && all.length === 3) {
      // The Linux console's F1 to F5.
      if (text.length === 3 && !isFinal) return undefined;
      const number = "ABCDE".indexOf(text[3] ?? " ") + 1;
      return number > 0 ? { used: 4, key: named(`f${number}`) } : { used: 3 };
    }
    const isKnown = intermediates === "" && all.length <= MAX_SEQUENCE;
    if (isKnown && parameters === PASTE.parameters && final === "~") {
      this.#within = "paste";
      this.#paste = "";
      return { used: all.length };
    }
    return { used: all.length, key: isKnown ? sequenceKey(parameters, final) : undefined };
  }

  #takeApplicationKey(text: string, isFinal: boolean): Step | undefined {
    const [all, parameters = "", final = ""] = SS3.exec(text)!;
    const isKnown = all.length <= MAX_SEQUENCE;
    if (final === "") {
      if (all.length < text.length || isFinal) return { used: all.length };
      // As much of it as decides where it ends, and that it is no key.
      const begin = parameters.includes(";") ? ";" : "";
      if (!isKnown) this.#held = `\x1bO${begin}${"0".repeat(MAX_SEQUENCE)}`;
      return undefined;
    }
    return { used: all.length, key: isKnown ? applicationKey(parameters, final) : undefined };
  }

  #takePaste(text: string): Step | undefined {
    const at = text.indexOf(PASTE.end);
    const end = at < 0 ? text.length - overlap(text, PASTE.end) : at;
    this.#paste = (this.#paste + text.slice(0, end)).slice(0, MAX_PASTE);
    if (at < 0) return end === 0 ? undefined : { used: end };
    return { used: end + PASTE.end.length, key: this.#pasted() };
  }

  #pasted(): Key {
    const text = asTyped(this.#paste);
    [this.#within, this.#paste] = ["keys", ""];
    return { kind: "paste", text };
  }

  /** Up to BEL or ST; other control characters break it off, so that nobody waits for an end that never comes. */
  #passString(text: string): Step | undefined {
    const at = text.search(CONTROL);
    if (at < 0) return { used: text.length };
    if (text[at] === "\x1b" && text.length === at + 1) return at === 0 ? undefined : { used: at };
    this.#within = "keys";
    if (text[at] === "\x07" || text[at] === "\x9c") return { used: at + 1 };
    return { used: text.startsWith("\x1b\\", at) ? at + 2 : at };
  }
}

/** How many characters at the end of a text are the beginning of a mark. */
function overlap(text: string, mark: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--) {
    if (mark.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

/** Whether what comes after a pause is of the paste before it: its end is there, or nobody types so much at once. */
function isOfPaste(text: string): boolean {
  return text.includes(PASTE.end) || text.length > MAX_TYPED;
}
