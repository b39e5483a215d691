/** Lines that may wait for their acknowledgement: no more are read meanwhile. */
const MAX_UNACKNOWLEDGED = 256;

/** Lines as they come. */
export type LineReader = ReadableStreamDefaultReader<string>;

/** How {@link sayLines} says them. */
export interface SayLinesOptions {
  /** Says a line; resolves when it is acknowledged. */
  readonly say: (line: string) => Promise<unknown>;
  /** Told of each line that was not said. Lines count from 1 on. */
  readonly onFailed: (line: number, error: unknown) => void;
}

/**
 * Says each line as it comes, until their end; blank ones are left out. At most 256 wait for their acknowledgement,
 * and no more lines are read meanwhile: whoever writes them is held up.
 *
 * @param lines The lines; cancelling them ends it.
 * @param options How they are said.
 * @returns Whether every line was acknowledged; after the last one was, or could not be.
 */
export async function sayLines(
  lines: LineReader,
  { say, onFailed }: SayLinesOptions,
): Promise<boolean> {
  let [number, waiting, isAllSaid] = [0, 0, true];
  let proceed = () => {};
  const settled = () => new Promise<void>((resolve) => proceed = resolve);
  const begin = async (line: string, at: number) => {
    waiting++;
    try {
      await say(line);
    } catch (error) {
      isAllSaid = false;
      onFailed(at, error);
    }
    waiting--;
    proceed();
  };
  for (;;) {
    const { value: line, done } = await lines.read();
    if (done) break;
    number++;
    if (line.trim() === "") continue;
    void begin(line, number);
    while (waiting >= MAX_UNACKNOWLEDGED) await settled();
  }
  while (waiting > 0) await settled();
  return isAllSaid;
}
