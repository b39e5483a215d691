import { entry, testEventLog } from "../contracts/event_log.ts";
import { diskLog } from "../support/disk_storage.ts";

testEventLog({
  name: "sqliteLog",
  open: (clock) => diskLog({ clock }),
  openTrimmed: (clock, events) => diskLog({ clock, keep: { maxCount: events } }),
  openFailing: async (clock) => ({
    log: await diskLog({ clock, maxBytes: 512 * 1024 }),
    entries: [entry(), entry({ body: JSON.stringify({ text: "x".repeat(2 ** 20) }) })],
  }),
});
