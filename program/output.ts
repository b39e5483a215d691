const encoder = new TextEncoder();

/** Gathered lines above this many characters are written at once. */
const MAX_GATHERED = 65_536;

type Stream = "stdout" | "stderr";

/** Lines of one stream that wait to be written together. */
interface Run {
  readonly to: Stream;
  text: string;
}

/**
 * One line on standard output: what a script may read.
 *
 * @throws {Deno.errors.BrokenPipe} Nobody reads it any more; not where lines are gathered.
 */
export function print(text: string): void {
  lines.add("stdout", text);
}

/**
 * One line on standard error: what a person may read.
 *
 * @throws {Deno.errors.BrokenPipe} Nobody reads it any more; not where lines are gathered.
 */
export function complain(text: string): void {
  lines.add("stderr", text);
}

/**
 * From now on the lines of one turn of the event loop are written together, in order: for programs that
 * print thousands. What waits is written before the process ends, however it calls `Deno.exit`.
 *
 * @param onUnread Told once that nobody reads standard output any more. What a stream that nobody reads was
 *   to get is dropped.
 */
export function gatherLines(onUnread: () => void): void {
  lines.gather(onUnread);
  globalThis.addEventListener("unload", () => lines.leave());
}

/** Writes what waits. */
export function flushLines(): void {
  lines.flush();
}

/** What stands below the lines of a terminal, on standard error. */
export interface Footer {
  /** Takes it away, so that lines can be written where it is; it is drawn again by itself. */
  erase(): void;
}

/**
 * From now on lines wait until `flushLines`, which the footer's owner calls with each drawing, and
 * are written in the footer's place. Only where lines are gathered.
 *
 * @param footer What stands there, or undefined for nothing any more.
 */
export function standBelow(footer: Footer | undefined): void {
  lines.footer = footer;
}

class Lines {
  footer: Footer | undefined;
  #runs: Run[] = [];
  #waiting = 0;
  #isScheduled = false;
  #onUnread: (() => void) | undefined;
  readonly #unread = new Set<Stream>();

  add(to: Stream, line: string): void {
    if (this.#onUnread === undefined) return write(to, line + "\n");
    const last = this.#runs.at(-1);
    if (last?.to === to) last.text += line + "\n";
    else this.#runs.push({ to, text: line + "\n" });
    this.#waiting += line.length;
    if (this.#waiting > MAX_GATHERED) this.flush();
    else if (this.footer === undefined && !this.#isScheduled) {
      this.#isScheduled = true;
      setTimeout(() => {
        this.#isScheduled = false;
        this.flush();
      }, 0);
    }
  }

  /** The process ends: nothing stays behind, and nothing stands in the way of what comes after it. */
  leave(): void {
    this.footer?.erase();
    this.footer = undefined;
    this.flush();
  }

  gather(onUnread: () => void): void {
    this.#onUnread = onUnread;
  }

  flush(): void {
    if (this.#runs.length === 0) return;
    const runs = this.#runs;
    this.#runs = [];
    this.#waiting = 0;
    this.footer?.erase();
    for (const { to, text } of runs) this.#write(to, text);
  }

  #write(to: Stream, text: string): void {
    if (this.#unread.has(to)) return;
    try {
      write(to, text);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      this.#unread.add(to);
      if (to === "stdout") this.#onUnread!();
    }
  }
}

const lines = new Lines();

function write(to: Stream, text: string): void {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(Deno[to].writeSync(bytes));
}
