import { plural } from "../transfer/bench.ts";
import { median } from "../transfer/compare.ts";
import { type Claim, finishSection, heading, say, type SectionResult } from "../transfer/report.ts";
import type { Bench } from "./bench.ts";
import { compare, medianOf } from "./compare.ts";
import { diskSyncMs } from "./disk_sync.ts";
import { latencyTable, ms } from "./latency.ts";
import { onDisk } from "./on_disk.ts";

const MEMBERS = 100;
const PER_SECOND = 1_000;
const WARM_UP_SECONDS = 2;
const [LIMIT, GOAL] = [2, 1.2];

/** How late a message is delivered where a server is far from having too much to do. */
export async function paced(bench: Bench): Promise<SectionResult> {
  const { disk, servers: { parley, nats, mosquitto, copier }, sizes } = bench;
  const syncs = [diskSyncMs(disk)];
  const figures = await compare(bench, [parley, nats, mosquitto, copier], () => ({
    kind: "paced",
    members: MEMBERS,
    perSecond: PER_SECOND,
    seconds: sizes.pacedSeconds,
    warmUpSeconds: WARM_UP_SECONDS,
  }));
  syncs.push(diskSyncMs(disk));
  const syncMs = median(syncs);
  heading(
    `Delivery of ${PER_SECOND.toLocaleString("en")} messages a second to ${MEMBERS} members, ${
      plural(sizes.pacedSeconds, "second")
    }, ${plural(sizes.rounds, "round")}`,
  );
  latencyTable(figures);
  say(`\nOne fdatasync of an append of 4 KiB on the same disk takes ${ms(syncMs)}.`);
  const p99 = (name: string) => medianOf(figures, name, ({ latencyMs }) => latencyMs!.p99);
  const claims: Claim[] = [
    {
      claim: "p99 of delivery, of nats-server's plus one fdatasync",
      measured: p99("parley") / (p99("nats-server") + syncMs),
      unit: "times",
      floor: LIMIT,
      goal: GOAL,
      isLimit: true,
    },
    onDisk(figures),
  ];
  const result = { section: "paced", rounds: sizes.rounds, syncMs, figures, claims };
  finishSection(result, "chat");
  return result;
}
