import { join } from "@std/path";
import { type Bench, plural } from "./bench.ts";
import { compare } from "./compare.ts";
import { parley } from "./parley.ts";
import { compareTable, finishSection, heading, type SectionResult, timesAsFast } from "./report.ts";
import { writeNoise } from "./test_data.ts";

/** One big file over loopback: hash, copy and system calls, with program start. */
export async function bigFile(bench: Bench): Promise<SectionResult> {
  const { peers, work, sizes: { rounds, bigMiB } } = bench;
  const path = join(work, "big.bin");
  writeNoise(path, bigMiB * 2 ** 20);
  const contenders = [
    parley(bench, "parley", "verified by SHA-256, synced"),
    parley(bench, "parley --hash xxh128", "verified by xxh128, synced", {
      send: ["--hash", "xxh128"],
    }),
    peers.nc,
    peers.socat,
    peers.rsync?.("rsync daemon", "verified by xxh128, not synced"),
    peers.scp,
  ].filter((contender) => contender !== undefined);
  const figures = await compare(path, contenders, { rounds, into: work });
  Deno.removeSync(path);

  const { type } = bench.workSystem;
  heading(
    `One file of ${bigMiB} MiB over loopback, from ${type} to ${type}, ${plural(rounds, "round")}`,
  );
  const bytes = bigMiB * 2 ** 20;
  compareTable(figures, ["MB/s", (seconds) => (bytes / seconds / 1e6).toFixed(0)]);
  const speed = (ours: string, theirs: string, floor: number, goal?: number) => ({
    claim: `${ours}, of ${theirs}`,
    measured: timesAsFast(figures, ours, theirs),
    unit: "times" as const,
    floor,
    ...(goal === undefined ? {} : { goal }),
  });
  const result = {
    section: "big",
    fileSystem: type,
    bytes,
    rounds,
    figures,
    claims: [
      speed("parley", "nc", 0.6, 0.75),
      speed("parley", "scp -r", 1.5),
      speed("parley --hash xxh128", "nc", 0.8, 1.1),
      speed("parley --hash xxh128", "rsync daemon", 0.8, 1.1),
    ],
  };
  finishSection(result);
  return result;
}
