import type { EventLog } from "../../log/event_log.ts";
import { memoryLog } from "../../log/memory.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import type { Registry } from "../../registry/registry.ts";
import type { FakeClock } from "./fake_clock.ts";

/** What outlives a server: the log and the registry. */
export interface TestStorage extends AsyncDisposable {
  readonly log: EventLog;
  readonly registry: Registry;
  /** What a restart of the server does to it: `log` and `registry` may be others afterwards. */
  restart(): Promise<void>;
}

/** Opens the storage of one adapter. */
export type OpenStorage = (clock: FakeClock) => Promise<TestStorage>;

/** In memory: the process goes on, so a restart leaves it as it is. */
export const openMemoryStorage: OpenStorage = (clock) => {
  const log = memoryLog({ clock });
  const registry = memoryRegistry({ clock });
  return Promise.resolve({
    log,
    registry,
    restart: () => Promise.resolve(),
    async [Symbol.asyncDispose]() {
      await log.close();
      await registry.close();
    },
  });
};
