import { hashFile, type HashKind } from "./hash.ts";
import type { Held, Part } from "./inbox.ts";
import { existsError } from "./incoming_file.ts";

/** What is done with a file of an equal size that is there. */
export interface EqualFileOptions {
  /** The file that is there; a real one, no link. */
  readonly path: string;
  /** Its size, in bytes. */
  readonly size: number;
  /** Its name, relative to the inbox. */
  readonly name: string;
  /** Which hash. */
  readonly hash: HashKind;
  /** Whether the data follows at once, without regard to what is there. */
  readonly inline: boolean;
  /** Makes the part of a file that turns out to be another one. */
  readonly make: () => Part;
  /** Whether another one is saved at all; else it is `exists`. */
  readonly savesOthers: boolean;
}

/**
 * A file of which one of the same name and size is there: it counts as received if it is the same, and
 * what is there is never written.
 */
export class EqualFile implements Part {
  readonly held: Held;
  readonly #options: EqualFileOptions;
  /** Where data goes that has come all the same. */
  #other: Part | undefined;

  private constructor(options: EqualFileOptions, held: Held) {
    this.#options = options;
    this.held = held;
  }

  /**
   * Hashes the file that is there.
   *
   * @param options The file, and what to do with another one.
   * @returns The part.
   */
  static async open(options: EqualFileOptions): Promise<EqualFile> {
    const { path, hash, size } = options;
    const hasher = await hashFile(path, hash);
    return new EqualFile(options, { size, hasher });
  }

  begin(offset: number): void {
    if (offset === this.held.size) return;
    const { inline, savesOthers, name, make } = this.#options;
    // The sender has compared: it is another file. Inline data is compared when it is here.
    if (!inline && !savesOthers) throw existsError(name);
    this.#other = make();
    this.#other.begin(0);
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#other?.write(bytes);
  }

  commit(hash: string): Promise<string> {
    const { name, savesOthers } = this.#options;
    if (this.#other === undefined) return Promise.resolve(name);
    const same = hash === this.held.hasher.digest();
    if (!same && savesOthers) return this.#other.commit(hash);
    this.abort();
    return same ? Promise.resolve(name) : Promise.reject(existsError(name));
  }

  abort(): void {
    this.#other?.abort();
  }
}
