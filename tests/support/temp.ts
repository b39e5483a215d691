import { join } from "@std/path";

/** A folder that is gone after the test. */
export class TempFolder implements AsyncDisposable {
  readonly path: string;

  constructor(path: string = Deno.makeTempDirSync({ prefix: "parley-" })) {
    this.path = path;
  }

  /** The path of a file in it. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file, and gives its path. */
  async write(name: string, content: string | Uint8Array<ArrayBuffer>): Promise<string> {
    const path = this.file(name);
    await (typeof content === "string"
      ? Deno.writeTextFile(path, content)
      : Deno.writeFile(path, content));
    return path;
  }

  /** The names in it, hidden ones too, in order; without the journals of receipts. */
  names(): string[] {
    return [...Deno.readDirSync(this.path)].map(({ name }) => name)
      .filter((name) => !this.#isJournal(name)).sort();
  }

  /** The names of the journals of receipts. */
  journals(): string[] {
    return [...Deno.readDirSync(this.path)].map(({ name }) => name).filter(this.#isJournal).sort();
  }

  #isJournal(name: string): boolean {
    return /^\.recv-[-\d]+\.journal$/.test(name);
  }

  /**
   * Waits until the folder is as wanted, looking again at each change that the system tells of.
   *
   * @param isSo What is looked at; a file that goes meanwhile counts as not so.
   */
  async until(isSo: () => boolean): Promise<void> {
    const look = () => {
      try {
        return isSo();
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    };
    // The watch comes first, so that no change falls between it and the look.
    using watcher = Deno.watchFs(this.path);
    if (look()) return;
    for await (const _change of watcher) if (look()) return;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true }).catch((error) => {
      // A test may have taken the folder away itself.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** Bytes that no compression shortens and every test run has the same of. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
