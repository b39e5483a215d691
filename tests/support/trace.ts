/** A system call in a trace of strace. */
export interface Call {
  readonly name: string;
  /** Its arguments as strace prints them. */
  readonly args: string;
  /** What it returned, as strace prints it: "0", "-1 EIO (…)". */
  readonly result: string;
  /** When it began and returned: places in the trace, which is in the order of what happened. */
  readonly began: number;
  readonly returned: number;
}

/** Whether strace is there. */
export function hasStrace(): boolean {
  try {
    return new Deno.Command("strace", { args: ["-V"] }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * The command that runs a program under strace, all its threads, as the process that was started: `-D`
 * makes strace the one beside.
 *
 * @param file Where the trace goes; it is whole when the program's output has ended.
 * @param calls What is traced.
 */
export function traced(file: string, calls: readonly string[]): string[] {
  return ["strace", "-D", "-f", "-qq", "-y", "-s", "8192", "-e", `trace=${calls.join()}`]
    .concat("-o", file);
}

/** Reads a trace: a call that others came between is there in two lines, and here in one. */
export function parseTrace(trace: string): Call[] {
  const calls: Call[] = [];
  const unfinished = new Map<string, { args: string; began: number }>();
  for (const [place, line] of trace.split("\n").entries()) {
    const begun = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/.exec(line);
    if (begun !== null) {
      const [, thread, name, args] = begun;
      unfinished.set(`${thread} ${name}`, { args: args!, began: place });
      continue;
    }
    const whole = /^(\d+) +(?:(\w+)\(|<\.\.\. (\w+) resumed>)(.*)\) += (.*)$/.exec(line);
    if (whole === null) continue;
    const [, thread, plain, resumed, rest, result] = whole;
    const name = plain ?? resumed!;
    const { args, began } = plain === undefined
      ? unfinished.get(`${thread} ${name}`) ?? { args: "", began: place }
      : { args: "", began: place };
    calls.push({ name, args: args + rest!, result: result!, began, returned: place });
  }
  return calls;
}
