import type { EventLog } from "../../log/event_log.ts";
import { memoryLog } from "../../log/memory.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import type { Registry } from "../../registry/registry.ts";
import { DataFolder } from "../../server/data_folder.ts";
import type { FakeClock } from "./fake_clock.ts";
import { TempFolder } from "./temp.ts";

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

/** On disk: a restart closes the data folder and opens it again. */
export const openDiskStorage: OpenStorage = async (clock) => {
  const temp = new TempFolder();
  let folder = await DataFolder.open(temp.path, { clock });
  return {
    get log() {
      return folder.log;
    },
    get registry() {
      return folder.registry;
    },
    async restart() {
      await folder.close();
      folder = await DataFolder.open(temp.path, { clock });
    },
    async [Symbol.asyncDispose]() {
      await folder.close();
      await temp[Symbol.asyncDispose]();
    },
  };
};
