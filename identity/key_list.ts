import type { PublicKey } from "./device_key.ts";

const HEX_KEY = /^[0-9a-f]{64}$/i;
const FINGERPRINT = /^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/i;

/**
 * Keys that somebody wrote down, each as itself or as its fingerprint: who is let in, who is an admin.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { KeyList } from "@parley/parley";
 *
 * const list = KeyList.parse("# ann's laptop\n7K2QD-0XW3M-9ABCV-HJ4TE\n");
 * assert(list.has("00".repeat(32), "7K2QD-0XW3M-9ABCV-HJ4TE"));
 * ```
 */
export class KeyList {
  readonly #entries: ReadonlySet<string>;

  private constructor(entries: ReadonlySet<string>) {
    this.#entries = entries;
  }

  /**
   * Reads a list.
   *
   * @param text One key a line, in hexadecimal or as its fingerprint; `#` begins a comment.
   * @returns The list.
   * @throws {TypeError} A line is neither; its number is told.
   */
  static parse(text: string): KeyList {
    const entries = text.split("\n").flatMap((line, at) => {
      const entry = line.replace(/#.*/, "").trim();
      if (entry === "") return [];
      if (HEX_KEY.test(entry)) return [entry.toLowerCase()];
      if (FINGERPRINT.test(entry)) return [entry.toUpperCase()];
      throw new TypeError(
        `Line ${
          at + 1
        } is no key: 64 hexadecimal digits or a fingerprint as in 7K2QD-0XW3M-9ABCV-HJ4TE are allowed`,
      );
    });
    return new KeyList(new Set(entries));
  }

  /** How many entries there are. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Whether a key is on the list.
   *
   * @param key The public key.
   * @param fingerprint Its fingerprint, as `fingerprint` makes it.
   */
  has(key: PublicKey, fingerprint: string): boolean {
    return this.#entries.has(key) || this.#entries.has(fingerprint);
  }
}
