// deno-lint-ignore-file no-console -- it prints for people
import { type Figure, median } from "./compare.ts";

/** A figure that somebody has promised, and what was measured. */
export interface Claim {
  /** What is measured. */
  readonly claim: string;
  /** NaN where it could not be measured. */
  readonly measured: number;
  readonly unit: "times" | "%" | "MiB" | "MB" | "KiB" | "s" | "ms" | "/s";
  /** Missing this is a fault. */
  readonly floor?: number;
  /** Missing this wants an explanation. */
  readonly goal?: number;
  /** Whether less is better. @default {false} */
  readonly isLimit?: boolean;
}

/** What a section has found; printed as a line of JSON under its tables. */
export interface SectionResult {
  readonly section: string;
  readonly claims: readonly Claim[];
  readonly [detail: string]: unknown;
}

/** What a claim comes to. */
export function verdict({ measured, floor, goal, isLimit = false }: Claim): string {
  const reaches = (bound: number) => isLimit ? measured <= bound : measured >= bound;
  if (Number.isNaN(measured)) return "not measured";
  if (floor !== undefined && !reaches(floor)) return isLimit ? "limit MISSED" : "floor MISSED";
  if (goal === undefined) return "met";
  if (floor === undefined) return reaches(goal) ? "goal met" : "goal MISSED";
  return reaches(goal) ? "floor and goal met" : "floor met, goal MISSED";
}

/** Says something between tables. */
export function say(text: string): void {
  console.log(text);
}

/** Begins a section or a part of one. */
export function heading(title: string): void {
  console.log(`\n### ${title}\n`);
}

/**
 * Prints a table.
 *
 * @param columns The heads; those that begin with `:` are text, others numbers.
 * @param rows The cells.
 */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  console.log(line(columns.map((column) => column.replace(/^:/, ""))));
  console.log(`|${columns.map((column) => column.startsWith(":") ? "---" : "---:").join("|")}|`);
  for (const row of rows) console.log(line(row));
}

/**
 * Prints a table of contenders.
 *
 * @param figures What they did; the first is what the others' ratio is of.
 * @param speed A further column: what it is called, and what comes of the median.
 */
export function compareTable(
  figures: readonly Figure[],
  [column, speedOf]: readonly [string, (seconds: number) => string],
): void {
  const own = median(figures[0]?.seconds ?? []);
  table(
    [":", "median s", "min s", column, "first row is × as fast", ":promises"],
    figures.map(({ contender, promises, seconds, failure }) => {
      if (seconds.length === 0) return [contender, "–", "–", "–", "–", oneLine(failure ?? "")];
      const middle = median(seconds);
      const note = failure === undefined ? promises : `${promises}; then ${oneLine(failure)}`;
      const [least, ratio] = [Math.min(...seconds), middle / own];
      return [contender, fixed(middle), fixed(least), speedOf(middle), fixed(ratio), note];
    }),
  );
}

/** How many digits of a figure mean something. */
const DIGITS: Readonly<Record<Claim["unit"], number>> = {
  times: 2,
  "%": 1,
  MiB: 0,
  MB: 0,
  KiB: 1,
  s: 1,
  ms: 0,
  "/s": 0,
};

/** Prints what was promised beside what was measured, and then the section's line of JSON. */
export function finishSection(result: SectionResult, bench = "transfer"): void {
  if (result.claims.length > 0) console.log();
  if (result.claims.length > 0) {
    table(
      [":promised", "measured", "floor", "goal", ":"],
      result.claims.map((claim) => {
        const { measured, unit, floor, goal, isLimit = false } = claim;
        const write = (value: number) =>
          `${value.toFixed(DIGITS[unit])} ${unit === "times" ? "×" : unit}`;
        return [
          claim.claim,
          Number.isNaN(measured) ? "–" : write(measured),
          floor === undefined ? "–" : `${isLimit ? "at most " : ""}${write(floor)}`,
          goal === undefined ? "–" : write(goal),
          verdict(claim),
        ];
      }),
    );
  }
  console.log();
  const claims = result.claims.map((claim) => ({ ...claim, verdict: verdict(claim) }));
  console.log(JSON.stringify({ bench, deno: Deno.version.deno, ...result, claims }));
}

/**
 * How many times as fast as another a contender is, by their medians.
 *
 * @returns NaN where either has no figure.
 */
export function timesAsFast(figures: readonly Figure[], ours: string, theirs: string): number {
  const secondsOf = (name: string) =>
    median(figures.find(({ contender }) => contender === name)?.seconds ?? []);
  return secondsOf(theirs) / secondsOf(ours);
}

/** Two digits behind the point. */
export function fixed(value: number): string {
  return value.toFixed(2);
}

/** Text as a cell of a table takes it. */
export function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, "; ").replaceAll("|", "\\|");
}
