/**
 * A key by its name: `up`, `down`, `left`, `right`, `home`, `end`, `pageup`, `pagedown`, `insert`, `delete`,
 * `backspace`, `enter`, `tab`, `escape`, `f1` to `f12`; with Ctrl or Alt also a character, letters in lower case.
 */
export interface NamedKey {
  readonly kind: "key";
  readonly name: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

/** What somebody did at a terminal. */
export type Key =
  /** Typed characters, none of them a control character. */
  | { readonly kind: "text"; readonly text: string }
  /** A pasted block, newlines as `\n`; no control character but those and tabs. */
  | { readonly kind: "paste"; readonly text: string }
  /** A key that is no character, or a character with Ctrl or Alt. */
  | NamedKey
  /** Where the cursor is, counted from 1: a terminal's answer to `CSI 6n`. */
  | { readonly kind: "position"; readonly row: number; readonly column: number };

/** What is held down with a key, as bits that are added: xterm's numbers less one. */
export const MODIFIER = { shift: 1, alt: 2, ctrl: 4 } as const;

/** By the final of `CSI …`, and of SS3. */
const FINALS: Readonly<Record<string, string>> = {
  ...{ A: "up", B: "down", C: "right", D: "left", F: "end", H: "home" },
  ...{ P: "f1", Q: "f2", R: "f3", S: "f4" },
};
/** By the final of SS3 alone: the keypad's. */
const KEYPAD: Readonly<Record<string, string>> = { ...FINALS, M: "enter", I: "tab" };
/** By the number of `CSI number ~`. */
const NUMBERS: Readonly<Record<string, string>> = {
  ...{ 1: "home", 2: "insert", 3: "delete", 4: "end", 5: "pageup", 6: "pagedown", 7: "home" },
  ...{ 8: "end", 11: "f1", 12: "f2", 13: "f3", 14: "f4", 15: "f5", 17: "f6", 18: "f7" },
  ...{ 19: "f8", 20: "f9", 21: "f10", 23: "f11", 24: "f12" },
};
/** By their code, those that are no characters. */
const CODES: Readonly<Record<number, string>> = {
  ...{ 8: "backspace", 9: "tab", 13: "enter", 27: "escape", 127: "backspace", 57_414: "enter" },
};
/** Where kitty has keys that are no characters. */
const FUNCTIONAL = { from: 57_344, to: 63_743 };

/** A key with what is held down, as {@link MODIFIER} bits. */
export function named(name: string, modifiers = 0): NamedKey {
  const has = (bit: number) => (modifiers & bit) !== 0;
  return {
    kind: "key",
    name,
    ctrl: has(MODIFIER.ctrl),
    alt: has(MODIFIER.alt),
    shift: has(MODIFIER.shift),
  };
}

/** The key behind one control character; undefined for those that none sends. */
export function controlKey(character: string, modifiers = 0): NamedKey | undefined {
  const code = character.charCodeAt(0);
  const name = CODES[code];
  if (name !== undefined) return named(name, modifiers);
  if (code >= 0x20) return undefined;
  const letter = code === 0 ? " " : String.fromCharCode(code + 0x40).toLowerCase();
  return named(letter, modifiers | MODIFIER.ctrl);
}

/** The key behind one character with Alt held down; undefined where there is none. */
export function altKey(character: string): NamedKey | undefined {
  const code = character.codePointAt(0)!;
  if (code < 0x20 || code >= 0x7f && code < 0xa0) return controlKey(character, MODIFIER.alt);
  const name = character.toLowerCase();
  return named(name, MODIFIER.alt | (name === character ? 0 : MODIFIER.shift));
}

/** The key behind `SS3 parameters final`. */
export function applicationKey(parameters: string, final: string): NamedKey | undefined {
  // rxvt's arrows with Ctrl.
  const isLower = /[a-d]/.test(final);
  const name = KEYPAD[isLower ? final.toUpperCase() : final];
  if (name === undefined) return undefined;
  return named(name, modifiersOf(parameters.split(";").at(-1)) | (isLower ? MODIFIER.ctrl : 0));
}

/** The key behind `CSI parameters final`; undefined where it is none that is known. */
export function sequenceKey(parameters: string, final: string): Key | undefined {
  if (!/^[\d;:]*$/.test(parameters)) return undefined;
  const [first = "", second = "", third] = parameters.split(";");
  const [, event] = second.split(":");
  // kitty tells of keys that are let go.
  if (event === "3") return undefined;
  const modifiers = modifiersOf(second);
  switch (final) {
    case "u":
      return codeKey(Number.parseInt(first), modifiers);
    case "~": {
      if (first === "27" && third !== undefined) return codeKey(Number.parseInt(third), modifiers);
      const name = NUMBERS[Number.parseInt(first)];
      return name === undefined ? undefined : named(name, modifiers);
    }
    case "Z":
      return named("tab", modifiers | MODIFIER.shift);
    case "R":
      if (second !== "") {
        return { kind: "position", row: Number.parseInt(first), column: Number.parseInt(second) };
      }
  }
  if (/[a-d]/.test(final)) {
    return parameters === "" ? named(FINALS[final.toUpperCase()]!, MODIFIER.shift) : undefined;
  }
  const name = FINALS[final];
  return name === undefined ? undefined : named(name, modifiers);
}

/** The key of a code, as kitty and xterm tell it where something is held down. */
function codeKey(code: number, modifiers: number): Key | undefined {
  const name = CODES[code];
  if (name !== undefined) return named(name, modifiers);
  if (Number.isNaN(code) || code > 0x10ffff || code >= 0xd800 && code < 0xe000) return undefined;
  if (code >= FUNCTIONAL.from && code <= FUNCTIONAL.to) return undefined;
  const character = String.fromCodePoint(code);
  if (code < 0x20 || code >= 0x7f && code < 0xa0) return undefined;
  const isText = (modifiers & (MODIFIER.ctrl | MODIFIER.alt)) === 0;
  return isText
    ? { kind: "text", text: character }
    : named(character.toLowerCase(), modifiers & (MODIFIER.ctrl | MODIFIER.alt | MODIFIER.shift));
}

function modifiersOf(parameter: string | undefined): number {
  const number = Number.parseInt(parameter ?? "");
  return Number.isNaN(number) || number < 1 ? 0 : number - 1;
}
