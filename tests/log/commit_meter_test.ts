import { assertEquals } from "@std/assert";
import { COMMIT_BOUNDS_SECONDS, CommitMeter } from "../../log/commit_meter.ts";
import { memoryLog } from "../../log/memory.ts";

Deno.test("CommitMeter counts each write under the least bound that is not below it", () => {
  const commits = new CommitMeter();
  for (const ms of [0, 0.1, 0.11, 1, 10_000, 10_001, 1e9]) commits.committed(2, ms);
  const at = (bound: number) => commits.counts[COMMIT_BOUNDS_SECONDS.indexOf(bound)];
  assertEquals([at(0.0001), at(0.00025), at(0.001), at(10), commits.counts.at(-1)], [
    2,
    1,
    1,
    1,
    2,
  ]);
  assertEquals([commits.count, commits.entries], [7, 14]);
  assertEquals(commits.counts.reduce((sum, count) => sum + count), commits.count);
  assertEquals(Math.round(commits.seconds * 1e5), 100_002_000_221);
});

Deno.test("CommitMeter remembers a failure until a write succeeds", () => {
  const commits = new CommitMeter();
  assertEquals(commits.failure, undefined);
  commits.failed(new Error("disk is full"));
  commits.failed("no error at all");
  assertEquals([commits.failures, commits.failure?.message], [2, "no error at all"]);
  commits.committed(1, 0.1);
  assertEquals([commits.failures, commits.failure], [2, undefined]);
});

Deno.test("a log in memory tells its observer what one turn has brought, as one commit", async () => {
  const commits = new CommitMeter();
  await using log = memoryLog({ observer: commits });
  const entry = { stream: "lobby", sender: "ann", at: 0, body: '{"text":"hi"}' };
  await Promise.all([
    log.append([{ ...entry, id: "1" }, { ...entry, id: "2" }]),
    log.append([{ ...entry, id: "3" }]),
  ]);
  await log.append([{ ...entry, id: "4" }]);
  assertEquals([commits.count, commits.entries, commits.failures], [2, 4, 0]);
});
