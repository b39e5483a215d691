import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import stringWidth from "string-width";
import {
  bytesText,
  durationText,
  progressLine,
  type ProgressLineOptions,
} from "../../terminal/progress_line.ts";
import { PLAIN } from "../../terminal/style.ts";
import type { TransferProgress } from "../../transfer/progress.ts";

function progress(more: Partial<TransferProgress> = {}): TransferProgress {
  return {
    files: 2,
    failed: 0,
    position: 3,
    totalFiles: 120,
    bytes: 420,
    totalBytes: 1_000,
    isCounted: true,
    bytesPerSecond: 12_345_678,
    etaMs: 65_000,
    current: { name: "photos/sea.jpg", size: 100, from: 0, bytes: 20 },
    ...more,
  };
}

const WIDE: ProgressLineOptions = {
  width: 97,
  style: PLAIN,
  measure: stringWidth,
  bar: (fraction, cells) => "#".repeat(Math.round(fraction * cells)).padEnd(cells, "-"),
};

Deno.test("progressLine tells percent, rate, time left, which file of how many, its name", () => {
  assertEquals(
    progressLine([progress()], WIDE),
    " 42%  ###########----------------  12.3 MB/s  ETA  1:05  file 3 of 120  photos/sea.jpg",
  );
});

Deno.test("progressLine tells of 40 columns what matters, and of 20 less", () => {
  assertEquals(progressLine([progress()], { ...WIDE, width: 37 }), " 42%  12.3 MB/s   1:05  3/120");
  assertEquals(progressLine([progress()], { ...WIDE, width: 17 }), " 42%  12.3 MB/s");
});

Deno.test("progressLine promises neither share nor end while files are still counted", () => {
  const line = progressLine([progress({ isCounted: false, totalFiles: 3_400, etaMs: null })], WIDE);
  assertEquals(line, "12.3 MB/s  file 3 of 3,400+  420 B  photos/sea.jpg");
});

Deno.test("progressLine tells of a single file how much of it has gone", () => {
  const line = progressLine([progress({ totalFiles: 1, position: 1 })], WIDE);
  assertStringIncludes(line, "420 B of 1.00 kB  photos/sea.jpg");
  assert(!line.includes("file 1"));
});

Deno.test("progressLine has no percent for a pipe, only bytes and rate", () => {
  const pipe = progress({
    totalFiles: 1,
    totalBytes: null,
    etaMs: null,
    current: { name: "backup.tar", size: null, from: 0, bytes: 420 },
  });
  assertEquals(progressLine([pipe], WIDE), "12.3 MB/s  420 B  backup.tar");
});

Deno.test("progressLine has the current file's percent where nobody knows the totals", () => {
  const line = progressLine([progress({ totalFiles: null, totalBytes: null })], WIDE);
  assertStringIncludes(line, " 20%  ");
  assertStringIncludes(line, "12.3 MB/s  file 3  420 B  photos/sea.jpg");
  const finished = { name: "a", size: 5, from: 0, bytes: 5 };
  const small = progress({ totalFiles: null, totalBytes: null, current: finished });
  assert(!progressLine([small], WIDE).includes("%"));
});

Deno.test("progressLine tells several transfers as one", () => {
  const line = progressLine([progress(), progress({ position: 1_000, bytes: 5_000_000 })], WIDE);
  assertEquals(line, "24.7 MB/s  2 senders  1,003 files  5.00 MB  photos/sea.jpg");
});

Deno.test("progressLine is at 100 % when all is there, not before", () => {
  const share = (bytes: number) => progressLine([progress({ bytes })], WIDE).slice(0, 4);
  assertEquals([share(0), share(999), share(1_000)], ["  0%", " 99%", "100%"]);
  assertEquals(progressLine([progress({ bytes: 0, totalBytes: 0 })], WIDE).slice(0, 4), "100%");
});

Deno.test("progressLine fits its width, and what a peer named moves nothing (I1)", () => {
  const name = fc.string({ unit: "binary", minLength: 1, maxLength: 300 });
  fc.assert(fc.property(name, fc.integer({ min: 20, max: 200 }), (name, width) => {
    const current = { name, size: 100, from: 0, bytes: 20 };
    const line = progressLine([progress({ current })], { ...WIDE, width });
    assert(stringWidth(line) <= width, line);
    // deno-lint-ignore no-control-regex -- finding them is what it is for
    assert(!/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/.test(line), JSON.stringify(line));
  }));
});

Deno.test("progressLine keeps a long name's end, whole characters only", () => {
  const current = { name: "下".repeat(80) + "/データ📦.csv", size: 100, from: 0, bytes: 20 };
  const line = progressLine([progress({ current })], WIDE);
  assert(/…下*\/データ📦\.csv$/.test(line), line);
  assert(stringWidth(line) >= WIDE.width - 1 && stringWidth(line) <= WIDE.width, line);
});

Deno.test("bytesText has three digits", () => {
  const shown = [0, 999, 1_000, 9_994, 9_996, 99_960, 999_499, 999_500, 1.5e9, 2e15].map(bytesText);
  assertEquals(shown, [
    "0 B",
    "999 B",
    "1.00 kB",
    "9.99 kB",
    "10.0 kB",
    "100 kB",
    "999 kB",
    "1.00 MB",
    "1.50 GB",
    "2.00 PB",
  ]);
});

Deno.test("durationText has hours where there are some, and gives up after four days", () => {
  const shown = [0, 1, 59_001, 3_599_000, 3_600_000, 359_999_000, 360_000_000, null]
    .map(durationText);
  assertEquals(shown, ["0:00", "0:01", "1:00", "59:59", "1:00:00", "99:59:59", "--:--", "--:--"]);
});
