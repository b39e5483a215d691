import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cellsOf } from "../../terminal/cells.ts";
import { statusLine } from "../../terminal/status_line.ts";
import { PLAIN } from "../../terminal/style.ts";
import type { TransferProgress } from "../../transfer/progress.ts";

function progress(name: string): TransferProgress {
  return {
    files: 0,
    failed: 0,
    position: 1,
    totalFiles: 1,
    bytes: 42,
    totalBytes: 100,
    isCounted: true,
    bytesPerSecond: 10,
    etaMs: 6_000,
    current: { name, size: 100, from: 0, bytes: 42 },
  };
}

Deno.test("statusLine tells what is done, how far it is, and how much else there is", () => {
  const one = { verb: "sending", progress: progress("plan.pdf") };
  assertEquals(
    statusLine([one], 90, PLAIN),
    "sending  42%  ████████░░░░░░░░░░░     10 B/s  ETA  0:06  42 B of 100 B  plan.pdf",
  );
  const many = statusLine([one, one, one], 90, PLAIN);
  assert(many.endsWith("plan.pdf (and 2 more)"), many);
});

Deno.test("statusLine is narrower than the terminal, whatever the name is", () => {
  fc.assert(fc.property(
    fc.string({ unit: "grapheme" }),
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: 1, max: 12 }),
    (name, columns, count) => {
      const transfers = Array(count).fill({ verb: "sending", progress: progress(name) });
      const line = statusLine(transfers, columns, PLAIN);
      assert(cellsOf(line) < columns || columns === 1 && line === "", line);
      assert(!line.includes("\n"));
    },
  ));
});
