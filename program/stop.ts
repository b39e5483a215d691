import { complain } from "./output.ts";

/** A terminal (or a task runner between) may deliver one Ctrl-C twice, some milliseconds apart. */
const SAME_SIGNAL_MS = 500;

/**
 * Waits for SIGINT or SIGTERM. A second one, after half a second, ends the process at once.
 *
 * @param notice What to say on standard error when the first one comes.
 */
export async function untilStopped(notice: string): Promise<void> {
  const stopped = Promise.withResolvers<number>();
  let stoppedAt: number | undefined;
  const onSignal = () => {
    if (stoppedAt === undefined) {
      stoppedAt = performance.now();
      complain(notice);
      stopped.resolve(stoppedAt);
    } else if (performance.now() - stoppedAt > SAME_SIGNAL_MS) {
      Deno.exit(130);
    }
  };
  Deno.addSignalListener("SIGINT", onSignal);
  Deno.addSignalListener("SIGTERM", onSignal);
  await stopped.promise;
}
