import type { Claim } from "../transfer/report.ts";
import type { Figure } from "./compare.ts";
import { ON_DISK } from "./own_servers.ts";

/** That our server was measured as people run it: with every message on disk. */
export function onDisk(figures: readonly Figure[]): Claim {
  const runs = figures.filter(({ server }) => server === "parley").flatMap(({ runs }) => runs);
  const stored = runs.filter(({ promises }) => promises === ON_DISK).length;
  return {
    claim: "runs with every message on disk",
    measured: 100 * stored / runs.length,
    unit: "%",
    floor: 100,
  };
}
