import { memoryOf } from "../chat/measure.ts";
import { calmMemory } from "../chat/idle.ts";
import { finishSection, fixed, heading, type SectionResult, table } from "../transfer/report.ts";
import type { Bench } from "./bench.ts";
import { startServer } from "./server.ts";

/** What a member costs who says nothing, in the clear and with TLS. */
export async function idleMembers(bench: Bench): Promise<SectionResult> {
  const { sizes: { idleMembers: count } } = bench;
  const [plain, secure] = [await measure(bench, false), await measure(bench, true)];
  heading(`${count.toLocaleString("en")} members who say nothing, 1 round`);
  const row = (name: string, { joinSeconds, before, after, eachKiB, peak }: Measured) => [
    name,
    fixed(joinSeconds),
    (before / 1e6).toFixed(0),
    (after / 1e6).toFixed(0),
    eachKiB.toFixed(1),
    (peak / 1e6).toFixed(0),
  ];
  table([":", "joined within s", "MB before", "MB after", "KiB each", "peak MB"], [
    row("in the clear", plain),
    row("TLS", secure),
  ]);
  const result = { section: "idle", members: count, plain, secure, claims: [] };
  finishSection(result, "security");
  return result;
}

interface Measured {
  readonly joinSeconds: number;
  readonly before: number;
  readonly after: number;
  readonly peak: number;
  readonly eachKiB: number;
}

async function measure(bench: Bench, isSecure: boolean): Promise<Measured> {
  const { sizes: { idleMembers: count, calmSeconds } } = bench;
  const server = await startServer(bench, isSecure);
  try {
    const before = await calmMemory(server.pid, calmSeconds);
    const { seconds } = await server.load("members", count);
    const after = await calmMemory(server.pid, calmSeconds);
    const peak = memoryOf(server.pid, "VmHWM");
    return { joinSeconds: seconds, before, after, peak, eachKiB: (after - before) / count / 1_024 };
  } finally {
    await server.stop();
  }
}
