import { join } from "@std/path";
import type { Contender } from "./contender.ts";
import { arrivedIn, contentOf } from "./test_data.ts";

/** What one contender did. */
export interface Figure {
  readonly contender: string;
  readonly promises: string;
  /** One for each round that counts. */
  readonly seconds: readonly number[];
  /** Why there are fewer rounds than asked for. */
  readonly failure?: string;
}

/** How contenders are compared. */
export interface CompareOptions {
  /** How often each sends; they take turns, so that a noisy machine treats them alike. */
  readonly rounds: number;
  /** Whether one more round comes first, which is not counted: it warms caches. @default {true} */
  readonly warmUp?: boolean;
  /** The folder in which each run gets a new folder to send into. */
  readonly into: string;
  /**
   * Whether what arrived is removed only after the last run: for a while after files were removed a disk
   * may be slower in making new ones (ext4 looks past every number it has freed in the last seconds).
   * @default {false}
   */
  readonly keeps?: boolean;
  /** Done before each run. */
  readonly before?: () => Promise<unknown>;
  /** Leads a dial to a port by a slow link. */
  readonly via?: (port: number) => number;
  /** Who takes longer is stopped, and runs no more. */
  readonly deadlineMs?: number;
}

/**
 * Lets contenders send the same data in turn, and looks that it has arrived each time.
 *
 * @param path The file or folder that they send.
 * @param contenders Who takes part.
 * @param options How often, into which folder.
 * @returns A figure for each, in their order.
 */
export async function compare(
  path: string,
  contenders: readonly Contender[],
  options: CompareOptions,
): Promise<Figure[]> {
  const { rounds, warmUp = true, into, keeps = false, before, via, deadlineMs } = options;
  const content = contentOf(path);
  const figures = contenders.map(({ name, promises }) => ({
    contender: name,
    promises,
    seconds: [] as number[],
    failure: undefined as string | undefined,
  }));
  const kept: string[] = [];
  const runOnce = async (contender: Contender): Promise<number> => {
    const to = join(into, `in-${kept.length}`);
    Deno.mkdirSync(to);
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new Error(`stopped after ${deadlineMs! / 1_000} s`)),
      deadlineMs ?? 0x7fff_ffff,
    );
    try {
      await before?.();
      const how = { signal: deadline.signal, ...(via === undefined ? {} : { via }) };
      const seconds = await contender.send(path, to, how);
      const arrived = arrivedIn(to);
      if (arrived.bytes !== content.bytes || arrived.files !== content.files) {
        throw new Error(`only ${arrived.files} files of ${arrived.bytes} bytes have arrived`);
      }
      return seconds;
    } finally {
      clearTimeout(timer);
      if (keeps) kept.push(to);
      else Deno.removeSync(to, { recursive: true });
    }
  };
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    for (const [at, contender] of contenders.entries()) {
      const figure = figures[at]!;
      if (figure.failure !== undefined) continue;
      try {
        const seconds = await runOnce(contender);
        if (round >= 0) figure.seconds.push(seconds);
      } catch (error) {
        figure.failure = error instanceof Error ? error.message : String(error);
      }
    }
  }
  for (const folder of kept) Deno.removeSync(folder, { recursive: true });
  return figures.map(({ failure, ...figure }) =>
    failure === undefined ? figure : { ...figure, failure }
  );
}

/** The middle one; of an even number the mean of both in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? NaN) + (high ?? NaN)) / 2;
}
