import { join } from "@std/path";
import { type Bench, plural, SMALL_FILE_BYTES } from "./bench.ts";
import { compare } from "./compare.ts";
import type { Contender } from "./contender.ts";
import { parley } from "./parley.ts";
import {
  type Claim,
  compareTable,
  finishSection,
  heading,
  type SectionResult,
  timesAsFast,
} from "./report.ts";
import { writeSmallFiles } from "./test_data.ts";

/** Many small files over loopback, in memory: what a file costs beside its bytes. */
export function smallFiles(bench: Bench): Promise<SectionResult> {
  const { peers, work, workSystem } = bench;
  const to = `from ${workSystem.type} to ${workSystem.type}`;
  const contenders = [
    parley(bench, "parley", "verified by SHA-256, synced"),
    parley(bench, "parley -A", "the same, with all permissions", { allPermissions: true }),
    parley(bench, "parley --hash xxh128", "verified by xxh128, synced", {
      send: ["--hash", "xxh128"],
    }),
    peers.rsync?.("rsync daemon", "verified by xxh128, not synced"),
    peers.scp,
  ];
  return compareSmallFiles(bench, { section: "small", to, into: work }, contenders, [
    ["parley", "rsync daemon", 0.5, 0.85],
    ["parley -A", "rsync daemon", 0.5, 1],
    ["parley", "scp -r", 5, 10],
  ]);
}

/** The same files to a disk: what it costs that they are there when the power fails. */
export function smallFilesToDisk(bench: Bench): Promise<SectionResult> {
  const { peers, disk, diskSystem, workSystem } = bench;
  const to = `from ${workSystem.type} to ${diskSystem.type}` +
    (diskSystem.isDisk ? "" : " (NO disk: say --disk DIR)");
  const contenders = [
    parley(bench, "parley", "durable: each file and its folder; verified by SHA-256"),
    parley(bench, "parley --no-fsync", "durable: nothing; verified by SHA-256", {
      receive: ["--no-fsync"],
    }),
    peers.rsync?.(
      "rsync --fsync",
      "durable: each file, not that its folder holds it; verified by xxh128",
      ["--whole-file", "--fsync"],
    ),
    peers.rsync?.("rsync daemon", "durable: nothing; verified by xxh128"),
  ];
  // One contender shall not pay for what another one has left to write.
  const before = () => bench.commands.run("sync", []);
  return compareSmallFiles(
    bench,
    { section: "disk", to, into: disk, before, keeps: true },
    contenders,
    [
      ["parley", "rsync --fsync", 2, 4],
    ],
  );
}

async function compareSmallFiles(
  { work, sizes: { rounds, smallFiles } }: Bench,
  { section, to, into, before, keeps = false }: {
    section: string;
    to: string;
    into: string;
    before?: () => Promise<unknown>;
    keeps?: boolean;
  },
  contenders: readonly (Contender | undefined)[],
  promised: readonly (readonly [ours: string, theirs: string, floor: number, goal: number])[],
): Promise<SectionResult> {
  const path = join(work, "many");
  writeSmallFiles(path, smallFiles, SMALL_FILE_BYTES);
  const figures = await compare(path, contenders.filter((one) => one !== undefined), {
    rounds,
    into,
    keeps,
    ...(before === undefined ? {} : { before }),
  });
  Deno.removeSync(path, { recursive: true });

  heading(
    `${plural(smallFiles, "file")} of 4 KiB over loopback, ${to}, ${plural(rounds, "round")}`,
  );
  compareTable(figures, ["files/s", (seconds) => (smallFiles / seconds).toFixed(0)]);
  const claims = promised.map(([ours, theirs, floor, goal]): Claim => ({
    claim: `${ours}, of ${theirs}`,
    measured: timesAsFast(figures, ours, theirs),
    unit: "times",
    floor,
    goal,
  }));
  const result = { section, way: to, files: smallFiles, rounds, figures, claims };
  finishSection(result);
  return result;
}
