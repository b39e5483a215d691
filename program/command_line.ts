import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "./failure.ts";
import { SHELLS, type WantedCompletions, wantedCompletions } from "./wanted_completions.ts";

/** One option of a program: how it is shown, and how its value is read. */
export interface Option<T> {
  /** What stands for the value in `--help`; none for a flag. */
  readonly placeholder?: string;
  /** What it is for, in `--help`. */
  readonly doc: string;
  /** The default as `--help` shows it. */
  readonly shown?: string;
  /** What it may be, where that is one of some words. */
  readonly choices?: readonly string[];
  /**
   * Reads the value.
   *
   * @param value What was written; undefined where the option is absent, `true` for a flag.
   * @param flag The option as it is written, for the error.
   * @throws {UsageError} The value is not allowed.
   */
  read(value: string | true | undefined, flag: string): T;
}

/** What a program's command line may be. */
export interface CommandLine<O extends Record<string, Option<unknown>>> {
  /** The program's file name. */
  readonly program: string;
  /** What the program is called where it is installed. @default Its file's name, without `.ts`. */
  readonly command?: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** The options by name, without the dashes. */
  readonly options: O;
  /** What stands for the arguments in `--help`, where there may be some, and their least and greatest number. */
  readonly operands?: {
    readonly placeholder: string;
    readonly atLeast: number;
    /** @default {Infinity} */
    readonly atMost?: number;
  };
}

/** What was written: the options' values, and the arguments. */
export type CommandLineValues<O extends Record<string, Option<unknown>>> =
  & { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never }
  & { readonly operands: readonly string[] };

/** An option that is there or not. */
export function flag(doc: string): Option<boolean> {
  return { doc, read: (value) => value === true };
}

/** A word, or the default where it is absent; `shown` is the default in `--help` where that is another. */
export function word<D extends string | undefined>(
  placeholder: string,
  doc: string,
  otherwise: D,
  shown: string | undefined = otherwise,
): Option<string | D> {
  return {
    placeholder,
    doc,
    ...(shown === undefined ? {} : { shown }),
    read(value, name) {
      if (value === undefined) return otherwise;
      if (value === "" || value === true) {
        throw new UsageError(`${name} needs a value: ${name} ${placeholder}`);
      }
      return value;
    },
  };
}

/** One of some words, or the default where it is absent. */
export function choice<const W extends string, const D extends W | undefined>(
  words: readonly W[],
  doc: string,
  otherwise: D,
): Option<W | D> {
  const placeholder = words.join("|");
  return {
    ...word(placeholder, doc, otherwise),
    choices: words,
    read(value, name) {
      if (value === undefined) return otherwise;
      const found = words.find((allowed) => allowed === value);
      if (found === undefined) {
        throw new UsageError(`${name} cannot be ${show(value)}: allowed are ${words.join(", ")}`);
      }
      return found;
    },
  };
}

/** A whole number in a range, or the default where it is absent. */
export function integer<D extends number | undefined>(
  placeholder: string,
  doc: string,
  range: { readonly min: number; readonly max: number },
  otherwise: D,
): Option<number | D> {
  return {
    placeholder,
    doc,
    ...(otherwise === undefined ? {} : { shown: String(otherwise) }),
    read(value, name) {
      if (value === undefined) return otherwise;
      const number = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : NaN;
      if (!(number >= range.min && number <= range.max)) {
        throw new UsageError(
          `${name} cannot be ${
            show(value)
          }: a whole number from ${range.min} to ${range.max} is allowed`,
        );
      }
      return number;
    },
  };
}

const UNITS = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 } as const;

/** Reads a number of bytes, which may have a unit; NaN where it is none. */
export function parseBytes(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,16}(?:\.\d{1,9})?)([kmgt]?)$/i.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase() as keyof typeof UNITS];
  return digits === undefined ? NaN : Math.round(Number(digits) * factor);
}

/** A number of bytes, which may have a unit: `500`, `64K`, `1.5G`; they count in thousands. */
export function byteCount<D extends number | undefined>(
  doc: string,
  min: number,
  otherwise: D,
): Option<number | D> {
  return {
    placeholder: "BYTES",
    doc,
    ...(otherwise === undefined ? {} : { shown: String(otherwise) }),
    read(value, name) {
      if (value === undefined) return otherwise;
      const bytes = parseBytes(String(value));
      if (!(bytes >= min && bytes <= Number.MAX_SAFE_INTEGER)) {
        throw new UsageError(
          `${name} cannot be ${
            show(value)
          }: a number of bytes from ${min} on is allowed, with K, M, G or T for thousands, as in 10M`,
        );
      }
      return bytes;
    },
  };
}

/** The port to listen on (0 picks a free one) or to dial. */
export function port(doc: string, min: 0 | 1, otherwise: number): Option<number> {
  return integer("PORT", doc, { min, max: 65_535 }, otherwise);
}

/** A value as it is quoted in errors. */
export function show(value: string | true): string {
  return value === true || value === "" ? "empty" : JSON.stringify(value);
}

/**
 * Reads a command line.
 *
 * @param args The arguments, without the program's name.
 * @param line What they may be.
 * @returns The values; or the text to print, for `--help` and `--version`.
 * @throws {UsageError} An unknown option, a bad value, a missing or unwanted argument.
 */
export function readCommandLine<O extends Record<string, Option<unknown>>>(
  args: readonly string[],
  line: CommandLine<O>,
):
  | CommandLineValues<O>
  | { readonly help: true }
  | { readonly version: true }
  | { readonly completions: WantedCompletions } {
  const names = Object.keys(line.options);
  const isFlag = (name: string) => line.options[name]!.placeholder === undefined;
  // `deno task start -- --port 0` hands on the `--`; where there need be no operands it means nothing else.
  const own = (line.operands?.atLeast ?? 0) === 0 && args[0] === "--" ? args.slice(1) : args;
  refuseValues(own, names.filter(isFlag), line.program);
  const withValues = ["completions", ...names.filter((name) => !isFlag(name))];
  const parsed = parseArgs(joinValues(own, withValues), {
    boolean: ["help", "version", ...names.filter(isFlag)],
    string: ["_", ...withValues],
    alias: { help: "h" },
    unknown(arg, key) {
      if (key === undefined) return;
      throw new UsageError(
        `Unknown option ${show(arg)}: ${line.program} --help lists what there is`,
      );
    },
  });
  if (parsed["help"] === true) return { help: true };
  if (parsed["version"] === true) return { version: true };
  const completions = parsed["completions"];
  if (typeof completions === "string") {
    return { completions: wantedCompletions(completions, commandOf(line)) };
  }
  const operands = parsed._.map(String);
  if (line.operands === undefined && operands.length > 0) {
    throw new UsageError(
      `Unknown argument ${show(operands[0]!)}: ${line.program} takes options only, see --help`,
    );
  }
  const surplus = operands[line.operands?.atMost ?? Infinity];
  if (surplus !== undefined) {
    throw new UsageError(
      `Unknown argument ${
        show(surplus)
      }: ${line.program} takes ${line.operands?.placeholder}, see --help`,
    );
  }
  if (line.operands !== undefined && operands.length < line.operands.atLeast) {
    throw new UsageError(
      `${line.operands.placeholder} is missing: ${line.program} ${line.operands.placeholder}, see --help`,
    );
  }
  const values: Record<string, unknown> = { operands };
  for (const name of names) {
    const value = parsed[name];
    const written = value === false ? undefined : value as string | true | undefined;
    values[name] = line.options[name]!.read(written, `--${name}`);
  }
  return values as CommandLineValues<O>;
}

/** What a program is called where it is installed. */
function commandOf({ command, program }: CommandLine<Record<string, Option<unknown>>>): string {
  return command ?? program.replace(/^.*\//, "").replace(/\.ts$/, "");
}

/**
 * A flag with a value means something that it does not do. The value is not told: it may be a secret.
 *
 * @throws {UsageError} There is one.
 */
function refuseValues(args: readonly string[], flags: readonly string[], program: string): void {
  const end = args.indexOf("--");
  for (const arg of end < 0 ? args : args.slice(0, end)) {
    const [, name] = /^--([^=]+)=/.exec(arg) ?? [];
    if (name === undefined || !flags.includes(name)) continue;
    throw new UsageError(`--${name} takes no value: ${program} --help tells what it does`);
  }
}

/**
 * Writes `--port -1` as `--port=-1`, and an empty value likewise: parseArgs takes neither for a value,
 * and the error would be about something that nobody meant.
 */
function joinValues(args: readonly string[], names: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [arg, next] = [args[at]!, args[at + 1]];
    // What follows `--` are no options.
    if (arg === "--") return [...joined, ...args.slice(at)];
    const takesNext = names.includes(arg.slice(2)) && arg.startsWith("--") &&
      next !== undefined && !next.startsWith("--");
    joined.push(takesNext ? `${arg}=${next}` : arg);
    if (takesNext) at++;
  }
  return joined;
}

/**
 * The text of `--help`.
 *
 * @param line The command line.
 * @returns Lines of at most about 100 columns.
 */
export function helpText(line: CommandLine<Record<string, Option<unknown>>>): string {
  const rows = [
    ...Object.entries(line.options).map(([name, { placeholder, doc, shown }]) =>
      [
        `--${name}${placeholder === undefined ? "" : " " + placeholder}`,
        shown === undefined ? doc : `${doc} (default ${shown})`,
      ] as const
    ),
    ["-h, --help", "print this"] as const,
    ["--completions SHELL", `print completions for ${SHELLS.join(", ")}`] as const,
    ["--version", "print the version"] as const,
  ];
  const width = Math.max(...rows.map(([left]) => left.length));
  const operands = line.operands === undefined ? "" : ` ${line.operands.placeholder}`;
  return [
    line.summary,
    "",
    `Usage: deno run ${line.program}${operands} [OPTIONS]`,
    "",
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
  ].join("\n");
}
