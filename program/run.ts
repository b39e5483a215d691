import { type CommandLine, helpText, type Option, readCommandLine } from "./command_line.ts";
import type { CommandLineValues } from "./command_line.ts";
import { Failure, UsageError } from "./failure.ts";
import { complain, flushLines, print } from "./output.ts";
import { VERSION } from "./version.ts";
import type { WantedCompletions } from "./wanted_completions.ts";

/**
 * Runs a program: arguments in, exit code out. `--help`, `--version` and every error end here.
 *
 * Exit 0 means done, 1 failed, 2 that the command line was wrong. The process ends even if something
 * is still open.
 *
 * @param line The program's command line.
 * @param main What it does; answers the exit code.
 */
export async function runProgram<O extends Record<string, Option<unknown>>>(
  line: CommandLine<O>,
  main: (values: CommandLineValues<O>) => Promise<number>,
): Promise<never> {
  const code = await outcome(line, main);
  flushLines();
  Deno.exit(code);
}

/** Loaded only where it is wanted: hardly ever. */
async function printCompletions(
  line: CommandLine<Record<string, Option<unknown>>>,
  { shell, command }: WantedCompletions,
): Promise<void> {
  const { completionScript } = await import("./completions.ts");
  print(completionScript(line, shell, command).trimEnd());
}

async function outcome<O extends Record<string, Option<unknown>>>(
  line: CommandLine<O>,
  main: (values: CommandLineValues<O>) => Promise<number>,
): Promise<number> {
  try {
    const values = readCommandLine(Deno.args, line);
    if ("help" in values && values.help === true) print(helpText(line));
    else if ("version" in values && values.version === true) print(`parley ${VERSION}`);
    else if ("completions" in values) {
      await printCompletions(line, values.completions as WantedCompletions);
    } else return await main(values as CommandLineValues<O>);
    return 0;
  } catch (error) {
    // Whoever read our output has gone: there is nobody to tell.
    if (error instanceof Deno.errors.BrokenPipe) return 1;
    if (error instanceof UsageError) {
      complain(`${line.program}: ${error.message}`);
      return 2;
    }
    if (error instanceof Failure) {
      complain(`${line.program}: ${error.message}`);
      return 1;
    }
    complain(
      `${line.program}: unexpected: ${error instanceof Error ? error.stack : String(error)}`,
    );
    return 1;
  }
}
