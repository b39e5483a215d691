import { assertEquals } from "@std/assert";
import type { Offer } from "../../protocol/transfer.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TempFolder } from "../support/temp.ts";

const OFFER: Offer = { id: 0, key: "k".repeat(16), name: "a", size: 0, kind: "file" };
const JOURNAL = ".recv-2026-01-01.journal";

for (
  const [what, plant] of [
    ["a link to somebody's file", (journal, outside) => {
      Deno.symlinkSync(outside.file("victim"), journal);
    }],
    ["a link to nothing yet", (journal, outside) => {
      Deno.symlinkSync(outside.file("new"), journal);
    }],
    ["a hard link to somebody's file", (journal, outside) => {
      Deno.linkSync(outside.file("victim"), journal);
    }],
    // Who opened it to write would wait for a reader for ever.
    ["a pipe", (journal) => new Deno.Command("mkfifo", { args: [journal] }).outputSync()],
    ["a folder", (journal) => Deno.mkdirSync(journal)],
  ] as readonly (readonly [string, (journal: string, outside: TempFolder) => unknown])[]
) {
  Deno.test(`${what} in place of the receipts' journal is not written to, and the file is saved`, async () => {
    await using to = new TempFolder();
    await using outside = new TempFolder();
    await outside.write("victim", "somebody's own");
    plant(to.file(JOURNAL), outside);
    const clock = new FakeClock(Date.UTC(2026, 0, 1));
    const inbox = new FolderInbox(to.path, { fsync: false, clock });
    assertEquals(inbox.saved(OFFER, "sha256"), undefined);
    const part = await inbox.open(OFFER, "sha256");
    part.begin(0);
    assertEquals(await part.commit(""), "recv-a");
    assertEquals(outside.names(), ["victim"]);
    assertEquals(await Deno.readTextFile(outside.file("victim")), "somebody's own");
  });
}
