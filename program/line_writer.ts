/** Where a line goes. */
export type LineStream = "stdout" | "stderr";

/** What stands below the lines of a terminal. */
export interface Footer {
  /** Takes it away, so that lines can be written where it is; it is drawn again by itself. */
  erase(): void;
}

/** Gathered lines above this many characters are written at once. */
const MAX_GATHERED = 65_536;

/** Lines of one stream that wait to be written together. */
interface Run {
  readonly to: LineStream;
  text: string;
}

/**
 * Writes lines to two streams: at once, or, for programs that print thousands, those of a turn of the
 * event loop together.
 *
 * ```
 * at once --gather--> a turn's lines together <--footer--> until the footer is drawn
 * ```
 *
 * - I1 Lines come out in the order in which they went in, whichever stream they are for.
 * - I2 Where a footer stands, lines are written in its place only, after it was taken away.
 */
export class LineWriter {
  readonly #write: (to: LineStream, text: string) => void;
  readonly #unread = new Set<LineStream>();
  #runs: Run[] = [];
  #waiting = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #footer: Footer | undefined;
  #onUnread: (() => void) | undefined;

  /** @param write Writes text; throws `BrokenPipe` where nobody reads it any more. */
  constructor(write: (to: LineStream, text: string) => void) {
    this.#write = write;
  }

  /**
   * Takes a line.
   *
   * @throws {Deno.errors.BrokenPipe} Nobody reads it any more; not where lines are gathered.
   */
  add(to: LineStream, line: string): void {
    if (this.#onUnread === undefined) return this.#write(to, line + "\n");
    const last = this.#runs.at(-1);
    if (last?.to === to) last.text += line + "\n";
    else this.#runs.push({ to, text: line + "\n" });
    this.#waiting += line.length;
    if (this.#waiting > MAX_GATHERED) this.flush();
    else if (this.#footer === undefined) this.#timer ??= setTimeout(() => this.flush(), 0);
  }

  /**
   * Gathers from now on.
   *
   * @param onUnread Told once that nobody reads standard output any more. What a stream that nobody reads
   *   was to get is dropped.
   */
  gather(onUnread: () => void): void {
    this.#onUnread = onUnread;
  }

  /**
   * Lets lines wait until `flush`, which the footer's owner calls with each drawing.
   *
   * @param footer What stands there; undefined for nothing any more.
   */
  standBelow(footer: Footer | undefined): void {
    this.#footer = footer;
    if (footer === undefined) this.flush();
    else this.#unschedule();
  }

  /** Writes what waits. */
  flush(): void {
    this.#unschedule();
    if (this.#runs.length === 0) return;
    const runs = this.#runs;
    this.#runs = [];
    this.#waiting = 0;
    this.#footer?.erase();
    for (const { to, text } of runs) this.#tryWrite(to, text);
  }

  /** Ends: takes the footer away, and writes what waits. */
  leave(): void {
    this.#footer?.erase();
    this.standBelow(undefined);
  }

  #unschedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tryWrite(to: LineStream, text: string): void {
    if (this.#unread.has(to)) return;
    try {
      this.#write(to, text);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      this.#unread.add(to);
      if (to === "stdout") this.#onUnread!();
    }
  }
}
