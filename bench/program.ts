// deno-lint-ignore-file no-console -- it prints for people
import { parseArgs } from "@std/cli/parse-args";
import { resolve } from "@std/path";
import { Commands } from "./transfer/commands.ts";
import { type SectionResult, verdict } from "./transfer/report.ts";

/** A bench that cannot be run as it was asked for. */
export class UsageError extends Error {}

/** How a bench was asked for. */
export interface Plan<Sizes> {
  readonly sizes: Sizes;
  /** Options that are words, by name; undefined where they were not given. */
  readonly words: Readonly<Record<string, string | undefined>>;
  /** Whether it is to show that it works, not how fast. */
  readonly isQuick: boolean;
}

/** What every bench is made in. */
export interface Workshop {
  /** Runs commands; ends them at the end, before the folders go. */
  readonly commands: Commands;
  /**
   * Makes a folder that is removed at the end.
   *
   * @param parent Where; the system's temp folder without.
   */
  folder(parent: string | undefined): Promise<string>;
}

/** A bench: sections, each of which prints tables and gives what was promised and what was measured. */
export interface BenchProgram<Sizes extends Readonly<Record<keyof Sizes, number>>, Bench> {
  /** What it is called in JSON. */
  readonly name: string;
  readonly usage: string;
  readonly sections: Readonly<Record<string, (bench: Bench) => Promise<SectionResult>>>;
  readonly full: Sizes;
  readonly quick: Sizes;
  /** Options that are numbers, and the size that each sets. */
  readonly numbers: Readonly<Record<string, keyof Sizes & string>>;
  /** Options that are words, beside `--only` and `--json`. */
  readonly words: readonly string[];
  /**
   * Makes what the sections are given.
   *
   * @throws {UsageError} It cannot be run here.
   */
  prepare(plan: Plan<Sizes>, workshop: Workshop): Promise<Bench>;
}

/**
 * Runs a bench as a program: reads the command line, runs the sections one after the other, says at the end
 * what was missed, and ends the process.
 *
 * `--only NAMES`, `--quick`, `--json FILE` and `--help` are every bench's.
 */
export async function runBench<Sizes extends Readonly<Record<keyof Sizes, number>>, Bench>(
  program: BenchProgram<Sizes, Bench>,
): Promise<never> {
  try {
    Deno.exit(await run(program));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${program.usage}`);
    Deno.exit(2);
  }
}

async function run<Sizes extends Readonly<Record<keyof Sizes, number>>, Bench>(
  program: BenchProgram<Sizes, Bench>,
): Promise<number> {
  const plan = planOf(program);
  const names = sectionsOf(program, plan.words["only"]);
  await using stack = new AsyncDisposableStack();
  const folders: string[] = [];
  // At once, so that a section that is interrupted makes no file in one meanwhile.
  stack.defer(() => folders.forEach((folder) => Deno.removeSync(folder, { recursive: true })));
  const commands = stack.use(new Commands());
  let interrupted: Promise<void> | undefined;
  const stop = () => interrupted ??= stack.disposeAsync().finally(() => Deno.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);

  const bench = await program.prepare(plan, {
    commands,
    async folder(parent) {
      const where = parent === undefined ? {} : { dir: resolve(parent) };
      const made = Deno.makeTempDirSync({ ...where, prefix: "parley-bench-" });
      folders.push(made);
      return await Deno.realPath(made);
    },
  });
  const results: SectionResult[] = [];
  let failed = 0;
  for (const name of names) {
    try {
      results.push(await program.sections[name]!(bench));
    } catch (error) {
      // What it met with is our own end.
      if (interrupted !== undefined) break;
      // The other sections' figures are worth having.
      failed++;
      console.log(`\nThe section "${name}" failed:`, error);
    }
  }
  if (interrupted !== undefined) await interrupted;
  const { sizes, words: { json } } = plan;
  if (json !== undefined) {
    const whole = { bench: program.name, deno: Deno.version.deno, sizes, results };
    await Deno.writeTextFile(json, `${JSON.stringify(whole, null, 2)}\n`);
  }
  console.log(`\n${summary(results)}`);
  return failed === 0 ? 0 : 1;
}

function planOf<Sizes extends Readonly<Record<keyof Sizes, number>>, Bench>(
  { usage, full, quick, numbers, words }: BenchProgram<Sizes, Bench>,
): Plan<Sizes> {
  const allWords = ["only", "json", ...words];
  const given = parseArgs(Deno.args, {
    string: [...allWords, ...Object.keys(numbers)],
    boolean: ["quick", "help"],
    unknown: (arg) => {
      throw new UsageError(`There is no ${arg}`);
    },
  });
  if (given["help"] === true) {
    console.log(usage);
    Deno.exit(0);
  }
  const isQuick = given["quick"] === true;
  const sizes: Record<string, number> = { ...(isQuick ? quick : full) };
  for (const [option, size] of Object.entries(numbers)) {
    const value = given[option];
    if (value === undefined) continue;
    sizes[size] = Number(value);
    if (!Number.isSafeInteger(sizes[size]) || sizes[size] < 1) {
      throw new UsageError(`--${option} is "${value}": say a whole number from 1 on`);
    }
  }
  const told = allWords.map((name) =>
    [name, typeof given[name] === "string" ? given[name] : undefined] as const
  );
  return { sizes: sizes as unknown as Sizes, words: Object.fromEntries(told), isQuick };
}

function sectionsOf(
  { sections }: { readonly sections: Readonly<Record<string, unknown>> },
  only: string | undefined,
): readonly string[] {
  const known = Object.keys(sections);
  const wanted = only?.split(",") ?? known;
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown === undefined) return wanted;
  throw new UsageError(`There is no section "${unknown}": there are ${known.join(", ")}`);
}

function summary(results: readonly SectionResult[]): string {
  const verdicts = results.flatMap(({ claims }) => claims).map(verdict);
  const missed = (what: RegExp) => verdicts.filter((text) => what.test(text)).length;
  return `${verdicts.length} promises: ${missed(/(floor|limit) MISSED/)} floors or limits missed, ${
    missed(/goal MISSED/)
  } goals missed, ${missed(/not measured/)} not measured`;
}
