import { assert, assertEquals } from "@std/assert";
import { countSources } from "../../transfer/count.ts";
import { TransferMeter } from "../../transfer/progress.ts";
import type { Source } from "../../transfer/source.ts";
import { walk } from "../../transfer/walk.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("countSources counts files and their bytes, and no folders", async () => {
  await using folder = new TempFolder();
  await Deno.mkdir(folder.file("tree/deep"), { recursive: true });
  await folder.write("tree/a", "12345");
  await folder.write("tree/deep/b", "123");
  const meter = new TransferMeter();
  await countSources(walk([folder.file("tree")]), meter);
  const { totalFiles, totalBytes, isCounted } = meter.progress();
  assertEquals([totalFiles, totalBytes, isCounted], [2, 8, true]);
});

/** Files without end, each found at once. */
async function* endless(): AsyncGenerator<Source> {
  for (;;) yield { name: "x", size: 1, open: () => Promise.reject(new Error("nobody opens it")) };
}

Deno.test("countSources lets others work between its slices, and ends when it is told to", async () => {
  const meter = new TransferMeter();
  const stop = new AbortController();
  const counting = countSources(endless(), meter, stop.signal);
  // A timer runs only where the counting lets go of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setTimeout(resolve, 0));
  const { totalFiles, isCounted } = meter.progress();
  assert(totalFiles! > 0);
  assertEquals(isCounted, false);
  stop.abort();
  await counting;
  assertEquals(meter.progress().isCounted, false, "what was not counted to the end is not final");
});
