import { type Clock, delay, systemClock } from "../clock/clock.ts";
import type { TransferMeter } from "./progress.ts";
import type { Source } from "./source.ts";

/** Work at a time, and the pause after it: a transfer that runs beside it keeps four fifths of a core. */
const SLICE_MS = 3;
const PAUSE_MS = 12;
/** Sources between two looks at the clock. */
const PER_LOOK = 16;

/**
 * Counts sources for a meter beside the transfer of the same ones: sizes only, no name is kept.
 *
 * It works in slices, so that the transfer goes on meanwhile.
 *
 * @param sources What is sent, walked a second time.
 * @param meter Told of each file, and of the end.
 * @param signal Ends it early: the totals do not become final then.
 * @param clock Whose time the pauses take.
 */
export async function countSources(
  sources: AsyncIterable<Source>,
  meter: Pick<TransferMeter, "expect" | "expectNoMore">,
  signal?: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  let pauseAt = performance.now() + SLICE_MS;
  let seen = 0;
  for await (const { kind = "file", size } of sources) {
    if (signal?.aborted) return;
    if (kind === "file") meter.expect(size);
    if (++seen % PER_LOOK !== 0 || performance.now() < pauseAt) continue;
    await delay(clock, PAUSE_MS);
    pauseAt = performance.now() + SLICE_MS;
  }
  if (!signal?.aborted) meter.expectNoMore();
}
