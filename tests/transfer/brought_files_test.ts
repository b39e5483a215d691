import { assertEquals } from "@std/assert";
import type { Offer } from "../../protocol/transfer.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { TempFolder } from "../support/temp.ts";

async function save(inbox: FolderInbox, batch: object, name: string, content: string) {
  const bytes = new TextEncoder().encode(content);
  const offer: Offer = { id: 0, key: "k".repeat(16), name, size: bytes.length, kind: "file" };
  const part = await inbox.open(offer, "sha256", batch);
  part.begin(0);
  part.write(bytes);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  return await part.commit(hash);
}

Deno.test("overwrite replaces what was there, and what another connection brought, but not what this one did", async () => {
  await using folder = new TempFolder();
  await folder.write("recv-a", "old");
  const inbox = new FolderInbox(folder.path, { onExists: "overwrite", fsync: false });
  const [one, other] = [{}, {}];
  assertEquals(await save(inbox, one, "a", "first"), "recv-a");
  assertEquals(await save(inbox, one, "a", "second"), "recv-a (1)");
  assertEquals(await save(inbox, one, "a", "first"), "recv-a", "the same counts as received");
  assertEquals(await save(inbox, one, "a (1)", "a copy's name"), "recv-a (1) (1)");
  assertEquals(await Deno.readTextFile(folder.file("recv-a")), "first");
  assertEquals(await save(inbox, other, "a", "third"), "recv-a");
  assertEquals(await Deno.readTextFile(folder.file("recv-a")), "third");
  assertEquals(folder.names(), ["recv-a", "recv-a (1)", "recv-a (1) (1)"]);
});

Deno.test("a copy that somebody else has saved is not replaced", async () => {
  await using folder = new TempFolder();
  await folder.write("recv-a (1)", "mine");
  const inbox = new FolderInbox(folder.path, { onExists: "overwrite", fsync: false });
  const batch = {};
  await save(inbox, batch, "a", "first");
  assertEquals(await save(inbox, batch, "a", "second"), "recv-a (2)");
  assertEquals(await Deno.readTextFile(folder.file("recv-a (1)")), "mine");
});

Deno.test("names that only the disk takes for equal do not replace each other either", async () => {
  await using folder = new TempFolder();
  // A disk that folds case and composes accents, as those of Windows and macOS do.
  const fold = (path: string) =>
    path.replace(/[^/]*$/, (name) => name.normalize("NFC").toLowerCase());
  const { lstatSync, renameSync, linkSync } = Deno;
  Deno.lstatSync = (path) => lstatSync(fold(String(path)));
  Deno.renameSync = (from, to) => renameSync(from, fold(String(to)));
  Deno.linkSync = (from, to) => linkSync(from, fold(String(to)));
  try {
    const inbox = new FolderInbox(folder.path, { onExists: "overwrite", fsync: false });
    const batch = {};
    for (const name of ["Readme", "README", "caf\u00e9", "cafe\u0301"]) {
      await save(inbox, batch, name, name);
    }
  } finally {
    Object.assign(Deno, { lstatSync, renameSync, linkSync });
  }
  assertEquals(folder.names().length, 4);
});
