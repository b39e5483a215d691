/** What waits above this many characters, its writer should wait for. */
const FULL_AT = 65_536;

/**
 * Lines for a pipe whose reader may be slow, or gone: they are written in order while the event loop goes on, so that
 * signals and the connection are answered meanwhile.
 *
 * - I1 Who awaits {@link PipeOutput.ready} before adding a line has at most twice 64 Ki characters and two lines wait.
 * - I2 Once nobody reads any more it is told once, and lines are thrown away.
 */
export class PipeOutput {
  readonly #write: (bytes: Uint8Array) => Promise<number>;
  readonly #onBroken: (error: Error) => void;
  #waiting = "";
  #writing: Promise<void> | undefined;
  #broken: Error | undefined;

  /**
   * Begins with nothing to write.
   *
   * @param write Writes some bytes, and answers how many: `Deno.stdout.write`.
   * @param onBroken Told, once, why nothing can be written any more: `BrokenPipe` where nobody reads.
   */
  constructor(
    write: (bytes: Uint8Array) => Promise<number>,
    onBroken: (error: Error) => void,
  ) {
    this.#write = write;
    this.#onBroken = onBroken;
  }

  /** Why nothing can be written any more; undefined while it can. */
  get broken(): Error | undefined {
    return this.#broken;
  }

  /** Takes a line, without its end; it is written as soon as those before it are. */
  add(line: string): void {
    if (this.#broken !== undefined) return;
    this.#waiting += line + "\n";
    this.#writing ??= this.#drain();
  }

  /** Resolves when there is room: at once, or when everything has been written, or cannot be. */
  ready(): Promise<void> {
    return this.#waiting.length < FULL_AT ? Promise.resolve() : this.flush();
  }

  /** Resolves when everything has been written, or cannot be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    const encoder = new TextEncoder();
    try {
      // A turn's lines go out together.
      await Promise.resolve();
      while (this.#waiting !== "") {
        let bytes = encoder.encode(this.#waiting);
        this.#waiting = "";
        while (bytes.length > 0) bytes = bytes.subarray(await this.#write(bytes));
      }
    } catch (error) {
      this.#waiting = "";
      this.#broken = error instanceof Error ? error : new Error(String(error));
      this.#onBroken(this.#broken);
    } finally {
      this.#writing = undefined;
    }
  }
}
