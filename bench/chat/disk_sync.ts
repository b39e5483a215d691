import { join } from "@std/path";
import { median } from "../transfer/compare.ts";

const APPEND_BYTES = 4_096;
const TIMES = 200;

/** How long one fdatasync of an append of 4 KiB takes on a disk: the median of 200, in milliseconds. */
export function diskSyncMs(folder: string): number {
  const path = join(folder, "sync.probe");
  const page = crypto.getRandomValues(new Uint8Array(APPEND_BYTES));
  const times: number[] = [];
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  try {
    for (let nth = 0; nth < TIMES; nth++) {
      file.writeSync(page);
      const startedAt = performance.now();
      file.syncDataSync();
      times.push(performance.now() - startedAt);
    }
  } finally {
    Deno.removeSync(path);
  }
  return median(times);
}
