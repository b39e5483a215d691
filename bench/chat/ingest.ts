import { plural } from "../transfer/bench.ts";
import { median } from "../transfer/compare.ts";
import { type Claim, finishSection, heading, say, type SectionResult } from "../transfer/report.ts";
import type { Bench } from "./bench.ts";
import { compare, medianOf, rate, rateTable } from "./compare.ts";
import { diskSyncMs } from "./disk_sync.ts";
import { latencyTable, ms } from "./latency.ts";
import { SYNCED } from "./nats.ts";
import { onDisk } from "./on_disk.ts";

const SENDERS = 100;
const IN_FLIGHT = 50;
const [FLOOR, GOAL] = [20_000, 40_000];
const SYNCS_GOAL = 2;

/** How fast messages are stored and acknowledged: many senders at once, and one who waits each time. */
export async function ingest(bench: Bench): Promise<SectionResult> {
  const { disk, diskSystem, servers, sizes: { rounds, storedEach, storedAlone } } = bench;
  const contenders = [servers.parley, servers.jetStream];
  const job = (members: number, inFlight: number, messages: number) => () =>
    ({ kind: "ingest", members, inFlight, messages, warmUp: Math.ceil(messages / 5) }) as const;
  const together = await compare(
    bench,
    contenders,
    job(SENDERS, IN_FLIGHT, storedEach),
  );
  heading(
    `Stored by ${SENDERS} senders, ${IN_FLIGHT} in flight each, on ${diskSystem.type}, ${
      plural(rounds, "round")
    }`,
  );
  rateTable(together, "acknowledged");
  say("\nEach sender has a room, or subject, of its own; ours also gets its own message back.");

  const syncs = [diskSyncMs(disk)];
  const alone = await compare(bench, contenders, job(1, 1, storedAlone));
  syncs.push(diskSyncMs(disk));
  const syncMs = median(syncs);
  heading(`Acknowledged to one sender, one in flight; one fdatasync takes ${ms(syncMs)}`);
  latencyTable(alone);

  const p50 = medianOf(alone, "parley", ({ latencyMs }) => latencyMs!.p50);
  const [ours, theirs] = ["parley", "JetStream"].map((name) => medianOf(together, name, rate));
  const claims: Claim[] = [
    { claim: "acknowledged a second", measured: ours!, unit: "/s", floor: FLOOR, goal: GOAL },
    {
      claim: `acknowledged, of JetStream with ${SYNCED}`,
      // What is not synced is another thing: it stands in the table.
      measured: together[1]?.runs[0]?.promises === SYNCED ? ours! / theirs! : NaN,
      unit: "times",
      floor: 1,
    },
    {
      claim: "one in flight: p50, in fdatasyncs",
      measured: p50 / syncMs,
      unit: "times",
      goal: SYNCS_GOAL,
      isLimit: true,
    },
    onDisk([...together, ...alone]),
  ];
  const result = { section: "ingest", rounds, syncMs, together, alone, claims };
  finishSection(result, "chat");
  return result;
}
