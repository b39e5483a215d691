import { median } from "../transfer/compare.ts";
import type { Commands } from "../transfer/commands.ts";
import { oneLine, table } from "../transfer/report.ts";
import { measure, type Run, type Work } from "./measure.ts";
import type { Server } from "./server.ts";

/** What one server did. */
export interface Figure {
  readonly server: string;
  /** One for each round. */
  readonly runs: readonly Run[];
  /** Why there are fewer rounds than asked for. */
  readonly failure?: string;
}

/**
 * Lets servers do the same job in turn, each time started anew.
 *
 * @param bench Where, and how often.
 * @param servers Who takes part; undefined is left out.
 * @param jobOf The job; the slower ones may do less of it.
 */
export async function compare(
  bench: {
    readonly commands: Commands;
    readonly disk: string;
    readonly sizes: { readonly rounds: number };
  },
  servers: readonly (Server | undefined)[],
  jobOf: (server: Server) => Work,
): Promise<Figure[]> {
  const contenders = servers.filter((server) => server !== undefined).map((server) => ({
    server,
    runs: [] as Run[],
    failure: undefined as string | undefined,
  }));
  for (let round = 0; round < bench.sizes.rounds; round++) {
    for (const contender of contenders) {
      if (contender.failure !== undefined) continue;
      try {
        contender.runs.push(await measure(bench, contender.server, jobOf(contender.server)));
      } catch (error) {
        contender.failure = error instanceof Error ? error.message : String(error);
      }
    }
  }
  return contenders.map(({ server, runs, failure }) => ({
    server: server.name,
    runs,
    ...(failure === undefined ? {} : { failure }),
  }));
}

/** The median of something of a server's runs; NaN where there is none. */
export function medianOf(
  figures: readonly Figure[],
  server: string,
  what: (run: Run) => number,
): number {
  return median(figures.find((figure) => figure.server === server)?.runs.map(what) ?? []);
}

/** Deliveries, or acknowledgements, a second. */
export function rate({ count, seconds }: Run): number {
  return count / seconds;
}

/** The most memory of a run, in millions of bytes. */
export function peakMegabytes({ peakBytes }: Run): number {
  return peakBytes / 1e6;
}

/** A number that people read. */
export function whole(value: number): string {
  return Number.isNaN(value) ? "–" : Math.round(value).toLocaleString("en");
}

/**
 * Prints a table of servers: how much they did, and whether they or the load had no time left.
 *
 * @param what What is counted: "deliveries".
 */
export function rateTable(figures: readonly Figure[], what: string): void {
  const columns = [":", `${what}/s`, "least", "most", "CPU ns each", "of it kernel"];
  table(
    [...columns, "server busy", "load busy", "peak MB", ":what is stored"],
    figures.map(({ server, runs, failure }) => {
      if (runs.length === 0) return [server, ...Array(8).fill("–"), oneLine(failure ?? "")];
      const middle = (of: (run: Run) => number) => median(runs.map(of));
      const used = ({ serverCpu: { user, system } }: Run) => user + system;
      const promises = runs[0]!.promises;
      return [
        server,
        whole(middle(rate)),
        whole(Math.min(...runs.map(rate))),
        whole(Math.max(...runs.map(rate))),
        whole(middle((run) => 1e9 * used(run) / run.count)),
        percent(middle((run) => run.serverCpu.system / used(run))),
        percent(middle((run) => used(run) / run.seconds)),
        percent(middle(({ loadCpu: { user, system }, seconds }) => (user + system) / seconds)),
        whole(middle(peakMegabytes)),
        failure === undefined ? promises : `${promises}; then ${oneLine(failure)}`,
      ];
    }),
  );
}

function percent(share: number): string {
  return Number.isNaN(share) ? "–" : `${(100 * share).toFixed(0)} %`;
}
