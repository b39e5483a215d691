import { assertEquals } from "@std/assert";
import { summaryLine } from "../../terminal/progress_summary.ts";

const SUMMARY = {
  files: 12,
  failed: 0,
  bytes: 3_400_120,
  resumedBytes: 0,
  elapsedMs: 1_423,
  bytesPerSecond: 2_389_403,
};

Deno.test("summaryLine tells files, bytes, seconds and megabytes a second", () => {
  assertEquals(
    summaryLine("sent", SUMMARY),
    "sent 12 files, 3,400,120 bytes in 1.42 s (2.39 MB/s)",
  );
  assertEquals(
    summaryLine("received", { ...SUMMARY, files: 1 }, "127.0.0.1:5"),
    "received 1 file, 3,400,120 bytes from 127.0.0.1:5 in 1.42 s (2.39 MB/s)",
  );
});

Deno.test("summaryLine tells what was there already and what failed, where there is any", () => {
  assertEquals(
    summaryLine("sent", { ...SUMMARY, resumedBytes: 1_000, failed: 3 }),
    "sent 12 files, 3,400,120 bytes in 1.42 s (2.39 MB/s), 1,000 bytes were there already, 3 not sent",
  );
});
