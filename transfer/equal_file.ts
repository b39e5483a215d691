import type { DiskSync } from "./disk_sync.ts";
import { type Hasher, hashFile, type HashKind } from "./hash.ts";
import type { Held, Part } from "./inbox.ts";
import { existsError } from "./incoming_file.ts";
import { isSameFile } from "./same_file.ts";

/** What is done with a file of an equal size that is there. */
export interface EqualFileOptions {
  /** Its name, relative to the inbox. */
  readonly name: string;
  /** Whether the data follows at once, without regard to what is there. */
  readonly inline: boolean;
  /** Makes the part of a file that turns out to be another one. */
  readonly make: () => Part;
  /** Whether another one is saved at all; else it is `exists`. */
  readonly savesOthers: boolean;
  /** Makes sure that the one that is there is durable. */
  readonly settle: () => Promise<void>;
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

  /**
   * A file of which one is there that may be the same.
   *
   * @param held The size and hash of the one that is there.
   * @param options What to do with another one.
   */
  constructor(held: Held, options: EqualFileOptions) {
    this.held = held;
    this.#options = options;
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

  async commit(hash: string): Promise<string> {
    const { name, savesOthers, settle } = this.#options;
    if (this.#other !== undefined) {
      const isSame = hash === this.held.hasher.digest();
      if (!isSame && savesOthers) return await this.#other.commit(hash);
      this.abort();
      if (!isSame) throw existsError(name);
    }
    await settle();
    return name;
  }

  abort(keep = false): void {
    this.#other?.abort(keep);
  }
}

/**
 * Hashes a file that is there, and makes its content durable: it may stand for one that is promised to be.
 *
 * @param path Its path.
 * @param there What was found there: a real file, no link.
 * @param kind Which hash.
 * @param sync Makes it durable; undefined where it need not be.
 * @returns The hasher; undefined where it cannot be read, or something else has the path now.
 */
export async function hashFound(
  path: string,
  there: Deno.FileInfo,
  kind: HashKind,
  sync: DiskSync | undefined,
): Promise<Hasher | undefined> {
  try {
    using file = await Deno.open(path);
    // A link that was planted after the look leads to somebody else's file: not even its hash is told.
    if (!isSameFile(there, await file.stat())) return undefined;
    const hasher = await hashFile(file, kind);
    await sync?.file(file);
    return hasher;
  } catch {
    // What cannot be read cannot be told to be the same: it is treated as another file.
    return undefined;
  }
}
