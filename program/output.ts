import { type Footer, type LineStream, LineWriter } from "./line_writer.ts";

const encoder = new TextEncoder();

const lines = new LineWriter(write);

function write(to: LineStream, text: string): void {
  let bytes = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(Deno[to].writeSync(bytes));
}

/**
 * One line on standard output: what a script may read.
 *
 * @throws {Deno.errors.BrokenPipe} Nobody reads it any more; not where lines are gathered.
 */
export function print(text: string): void {
  lines.add("stdout", text);
}

/** One line on standard error: what a person may read. */
export function complain(text: string): void {
  lines.add("stderr", text);
}

/**
 * From now on the lines of one turn of the event loop are written together, in order. What waits is
 * written before the process ends, wherever it calls `Deno.exit`.
 *
 * @param onUnread Told once that nobody reads standard output any more.
 */
export function gatherLines(onUnread: () => void): void {
  lines.gather(onUnread);
  globalThis.addEventListener("unload", () => lines.leave());
}

/** Writes what waits. */
export function flushLines(): void {
  lines.flush();
}

/**
 * Keeps something at the bottom of the terminal that standard error is. Where lines are gathered, they wait
 * until its owner calls {@link flushLines}, with each drawing.
 *
 * @param footer What stands there; undefined for nothing any more.
 */
export function standBelow(footer: Footer | undefined): void {
  lines.standBelow(footer);
}

/** Writes what stands at the bottom of the terminal that standard error is: at once, and no line. */
export function writeFooter(text: string): void {
  write("stderr", text);
}
