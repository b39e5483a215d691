import type { AccessRules } from "../../chat/access.ts";
import { Hub } from "../../chat/hub.ts";
import type { Limits } from "../../chat/limits.ts";
import type { ChatObserver } from "../../chat/observer.ts";
import { NO_FILES, type SharedFiles } from "../../chat/shared_files.ts";
import type { EventLog } from "../../log/event_log.ts";
import { memoryLog } from "../../log/memory.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import type { Registry } from "../../registry/registry.ts";
import { FakeClock } from "./fake_clock.ts";

/** A whole chat in memory, with a clock that stands still. */
export interface ChatHouse extends AsyncDisposable {
  readonly hub: Hub;
  readonly log: EventLog;
  readonly registry: Registry;
  readonly clock: FakeClock;
}

/** Opens a chat; without a pace, unless the limits say so. */
export function openHouse(
  options: {
    limits?: Partial<Limits>;
    log?: EventLog;
    registry?: Registry;
    clock?: FakeClock;
    observer?: ChatObserver;
    files?: SharedFiles;
    access?: AccessRules;
  } = {},
): ChatHouse {
  const { clock = new FakeClock(), observer = {}, files = NO_FILES } = options;
  const { log = memoryLog({ clock }), registry = memoryRegistry({ clock }) } = options;
  const limits = { requestBurst: 0, ...options.limits };
  const hub = new Hub({ ...options.access, log, registry, clock, limits, observer, files });
  return {
    hub,
    log,
    registry,
    clock,
    async [Symbol.asyncDispose]() {
      hub.abort("test over");
      await log.close();
      await registry.close();
    },
  };
}
