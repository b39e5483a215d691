import { assertEquals } from "@std/assert";
import { type FileProgress, TransferMeter } from "../../transfer/progress.ts";
import { FakeClock } from "../support/fake_clock.ts";

function meters(): { readonly clock: FakeClock; readonly meter: TransferMeter } {
  const clock = new FakeClock();
  return { clock, meter: new TransferMeter({ clock, windowMs: 5_000 }) };
}

function piece(name: string, bytes: number, more: Partial<FileProgress> = {}): FileProgress {
  return { name, size: 1_000, from: 0, bytes, ...more };
}

function sent(name: string, size = 1_000, kind: "file" | "directory" = "file") {
  return { name, size, kind };
}

Deno.test("TransferMeter adds up what is finished and what is on its way", () => {
  const { meter } = meters();
  meter.moved(piece("a", 0));
  meter.moved(piece("a", 400));
  meter.moved(piece("a", 1_000));
  meter.moved(piece("b", 300));
  assertEquals(meter.progress().bytes, 1_300);
  assertEquals(meter.progress().position, 2);
  assertEquals(meter.progress().current?.name, "b");
  meter.done(sent("a"));
  const { files, bytes, position } = meter.progress();
  assertEquals([files, bytes, position], [1, 1_300, 2]);
});

Deno.test("TransferMeter counts what was there for how far, never for how fast (I2)", () => {
  const { clock, meter } = meters();
  meter.expect(1_000);
  meter.expectNoMore();
  meter.moved(piece("a", 600, { from: 600 }));
  clock.advance(1_000);
  assertEquals(meter.progress().bytesPerSecond, 0);
  assertEquals(meter.progress().bytes, 600);
  meter.moved(piece("a", 700, { from: 600 }));
  clock.advance(1_000);
  const { bytesPerSecond, bytes, etaMs } = meter.progress();
  assertEquals([bytesPerSecond, bytes, etaMs], [50, 700, 6_000]);
  meter.moved(piece("a", 1_000, { from: 600 }));
  meter.done(sent("a"));
  clock.advance(2_000);
  assertEquals(meter.summary(), {
    files: 1,
    failed: 0,
    bytes: 1_000,
    resumedBytes: 600,
    elapsedMs: 4_000,
    bytesPerSecond: 100,
  });
});

Deno.test("TransferMeter tells the rate of the last seconds, not of the whole", () => {
  const { clock, meter } = meters();
  let bytes = 0;
  const run = (seconds: number, perSecond: number) => {
    for (let at = 0; at < seconds; at++) {
      meter.moved(piece("a", bytes += perSecond, { size: null }));
      clock.advance(1_000);
      meter.progress();
    }
  };
  run(20, 1_000);
  assertEquals(meter.progress().bytesPerSecond, 1_000);
  run(4, 100);
  assertEquals(meter.progress().bytesPerSecond, 280, "one second of the fast ones is left");
  run(2, 100);
  assertEquals(meter.progress().bytesPerSecond, 100);
});

Deno.test("TransferMeter tells no rate before time has passed, and no end while nothing moves", () => {
  const { clock, meter } = meters();
  meter.expect(1_000);
  meter.expectNoMore();
  meter.moved(piece("a", 500));
  assertEquals(meter.progress().bytesPerSecond, null);
  clock.advance(1_000);
  assertEquals(meter.progress().etaMs, 1_000);
  clock.advance(1_000);
  meter.progress();
  clock.advance(1_000);
  assertEquals(meter.progress().etaMs, null, "it has stalled");
  meter.moved(piece("a", 600));
  clock.advance(1_000);
  assertEquals(meter.progress().bytesPerSecond, 150);
  assertEquals(meter.progress().etaMs, 2_667);
});

Deno.test("TransferMeter bears a clock that is set back", () => {
  const { clock, meter } = meters();
  meter.moved(piece("a", 500));
  clock.advance(1_000);
  meter.progress();
  clock.set(clock.now() - 60_000);
  assertEquals(meter.progress().bytesPerSecond, null);
  assertEquals(meter.summary().elapsedMs, 0);
  clock.advance(1_000);
  meter.moved(piece("a", 700));
  assertEquals(meter.progress().bytesPerSecond, 200);
});

Deno.test("TransferMeter counts a file that begins again once, and its bytes for the rate twice (I3)", () => {
  const { clock, meter } = meters();
  meter.moved(piece("a", 0));
  meter.moved(piece("a", 800));
  // The connection broke; the receiver holds less than was sent.
  meter.moved(piece("a", 500, { from: 500 }));
  assertEquals(meter.progress().bytes, 500);
  meter.moved(piece("a", 1_000, { from: 500 }));
  clock.advance(1_000);
  const { bytes, bytesPerSecond, position } = meter.progress();
  assertEquals([bytes, bytesPerSecond, position], [1_000, 1_300, 1]);
  meter.done(sent("a"));
  assertEquals(meter.summary().resumedBytes, 0, "no earlier run's");
});

Deno.test("TransferMeter counts a small file of the same name and size anew", () => {
  const { clock, meter } = meters();
  meter.moved(piece("x", 1_000));
  meter.moved(piece("x", 1_000));
  clock.advance(1_000);
  assertEquals(meter.progress().bytesPerSecond, 2_000);
  meter.done(sent("x"));
  meter.done(sent("x"));
  assertEquals(meter.progress().bytes, 2_000);
});

Deno.test("TransferMeter takes failed files out of what is left", () => {
  const { clock, meter } = meters();
  for (const size of [1_000, 1_000]) meter.expect(size);
  meter.expectNoMore();
  meter.moved(piece("a", 400));
  meter.failed({ name: "a" });
  meter.moved(piece("b", 500));
  clock.advance(1_000);
  const { bytes, totalBytes, failed, position, totalFiles, etaMs } = meter.progress();
  assertEquals([bytes, totalBytes, failed, position, totalFiles], [500, 1_000, 1, 2, 2]);
  assertEquals(etaMs, 556, "at 900 bytes a second");
});

Deno.test("TransferMeter does not number what could not be read", () => {
  const { meter } = meters();
  meter.unreadable();
  meter.moved(piece("a", 1));
  assertEquals([meter.progress().position, meter.progress().failed], [1, 1]);
});

Deno.test("TransferMeter has folders for no files, and never goes back for their sake", () => {
  const { meter } = meters();
  meter.moved(piece("a", 1_000));
  meter.moved({ name: "folder", size: 0, from: 0, bytes: 0 });
  meter.done(sent("a"));
  const before = meter.progress().position;
  meter.done(sent("folder", 0, "directory"));
  assertEquals(meter.progress().files, 1);
  assertEquals(meter.progress().position, before);
  meter.expect(1_000);
  meter.expectNoMore();
  assertEquals(meter.progress().position, 1, "there is one file in all");
});

Deno.test("TransferMeter knows totals as far as they are counted, and none of a pipe", () => {
  const { meter } = meters();
  assertEquals([meter.progress().totalFiles, meter.progress().totalBytes], [null, null]);
  meter.expect(10);
  meter.expect(20);
  const { totalFiles, totalBytes, isCounted } = meter.progress();
  assertEquals([totalFiles, totalBytes, isCounted], [2, 30, false]);
  meter.expectNoMore();
  assertEquals(meter.progress().isCounted, true);
  meter.expect(null);
  assertEquals([meter.progress().totalFiles, meter.progress().totalBytes], [3, null]);
  const empty = meters().meter;
  empty.expectNoMore();
  assertEquals([empty.progress().totalFiles, empty.progress().totalBytes], [0, 0]);
});

Deno.test("TransferMeter has a receipt without data for what was there", () => {
  const { meter } = meters();
  meter.done(sent("a"));
  assertEquals(meter.summary().resumedBytes, 1_000);
});
