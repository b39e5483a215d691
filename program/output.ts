const encoder = new TextEncoder();

function writeLine(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = encoder.encode(text + "\n");
  while (bytes.length > 0) bytes = bytes.subarray(to.writeSync(bytes));
}

/**
 * One line on standard output: what a script may read.
 *
 * @throws {Deno.errors.BrokenPipe} Nobody reads it any more.
 */
export function print(text: string): void {
  writeLine(Deno.stdout, text);
}

/** One line on standard error: what a person may read. */
export function complain(text: string): void {
  writeLine(Deno.stderr, text);
}
