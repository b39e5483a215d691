import { plural } from "../transfer/bench.ts";
import {
  type Claim,
  finishSection,
  fixed,
  heading,
  type SectionResult,
  table,
} from "../transfer/report.ts";
import type { Bench } from "./bench.ts";
import { measure, memoryOf } from "./measure.ts";

const ROOMS = 100;
const [LIMIT_KIB, GOAL_KIB] = [16, 12];
const [JOIN_LIMIT_SECONDS, RUSH_LIMIT_SECONDS] = [10, 5];
const LOOK_MS = 1_000;
/** Memory that has changed by less than this in so many looks is calm. */
const CALM_SHARE = 0.005;
const CALM_LOOKS = 8;

/** What a member costs who says nothing, and how long it takes until many are there. */
export async function idle(bench: Bench): Promise<SectionResult> {
  const { servers: { parley }, sizes: { idleMembers, rush, calmSeconds } } = bench;
  let [before, after] = [NaN, NaN];
  const crowd = await measure(
    bench,
    parley,
    { kind: "idle", members: idleMembers, rooms: ROOMS },
    {
      beforeLoad: async ({ pid }) => {
        before = await calmMemory(pid, calmSeconds);
      },
      whileHere: async ({ pid }) => {
        after = await calmMemory(pid, calmSeconds);
      },
    },
  );
  const rushed = await measure(
    bench,
    parley,
    { kind: "idle", members: rush, rooms: 1 },
  );

  const eachKiB = (after - before) / idleMembers / 1_024;
  heading("Members who say nothing, 1 round");
  table([":", "joined within s", "CPU s", "MB before", "MB after", "KiB each", "peak MB"], [
    [
      `${plural(idleMembers, "member")} in ${ROOMS} rooms`,
      fixed(crowd.joinSeconds),
      fixed(crowd.serverCpu.user + crowd.serverCpu.system),
      (before / 1e6).toFixed(0),
      (after / 1e6).toFixed(0),
      eachKiB.toFixed(1),
      (crowd.peakBytes / 1e6).toFixed(0),
    ],
    [
      `${plural(rush, "member")} in one room`,
      fixed(rushed.joinSeconds),
      fixed(rushed.serverCpu.user + rushed.serverCpu.system),
      ...["–", "–", "–"],
      (rushed.peakBytes / 1e6).toFixed(0),
    ],
  ]);
  const limit = { isLimit: true } as const;
  const claims: Claim[] = [
    {
      claim: `memory of each of ${idleMembers.toLocaleString("en")} members`,
      measured: eachKiB,
      unit: "KiB",
      floor: LIMIT_KIB,
      goal: GOAL_KIB,
      ...limit,
    },
    {
      claim: `${idleMembers.toLocaleString("en")} have joined within`,
      measured: crowd.joinSeconds,
      unit: "s",
      floor: JOIN_LIMIT_SECONDS,
      ...limit,
    },
    {
      claim: `${rush.toLocaleString("en")} have joined one room within`,
      measured: rushed.joinSeconds,
      unit: "s",
      floor: RUSH_LIMIT_SECONDS,
      ...limit,
    },
  ];
  const result = { section: "idle", before, after, crowd, rushed, claims };
  finishSection(result, "chat");
  return result;
}

/** A process's memory once it hardly changes any more, or the time is over; in bytes. */
export async function calmMemory(pid: number, mostSeconds: number): Promise<number> {
  let last = memoryOf(pid, "VmRSS");
  let calm = 0;
  for (let look = 0; look < mostSeconds && calm < CALM_LOOKS; look++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = memoryOf(pid, "VmRSS");
    calm = Math.abs(now - last) < CALM_SHARE * last ? calm + 1 : 0;
    last = now;
  }
  return last;
}
