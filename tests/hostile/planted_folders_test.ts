import { assertEquals } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import type { Offer } from "../../protocol/transfer.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { TempFolder } from "../support/temp.ts";

function offer(name: string, more: Partial<Offer>): Offer {
  return { id: 0, key: "k".repeat(16), name, size: 0, kind: "file", ...more };
}

for (
  const [what, next] of [
    ["a file below a new folder", offer("top/new/file", {})],
    ["a small file below a new folder", offer("top/new/file", { inline: true })],
    ["a new folder", offer("top/new", { kind: "directory" })],
    ["the folder's own attributes", offer("top", { kind: "directory", mode: 0o777, mtime: 5 })],
  ] as const
) {
  for (const onExists of ["rename", "overwrite", "skip", "refuse"] as const) {
    Deno.test(`${onExists}: ${what}: nothing is made or set behind a link that took a folder's place a moment ago`, async () => {
      await using to = new TempFolder();
      await using outside = new TempFolder();
      Deno.chmodSync(outside.path, 0o711);
      const before = Deno.statSync(outside.path);
      const inbox = new FolderInbox(to.path, { onExists, fsync: false });
      const first = await inbox.open(offer("top/first", {}), "sha256");
      first.begin(0);
      await first.commit("");
      Deno.renameSync(to.file("recv-top"), to.file("moved"));
      Deno.symlinkSync(outside.path, to.file("recv-top"));
      const part = await inbox.open(next, "sha256");
      part.begin(0);
      const code = await part.commit("").catch((error: ProtocolError) => error.code);
      assertEquals([code, outside.names()], ["exists", []]);
      const after = Deno.statSync(outside.path);
      assertEquals([after.mode, after.mtime], [before.mode, before.mtime]);
    });
  }
}

Deno.test("a folder that was made behind a link, planted in that very moment, is taken back", async () => {
  await using to = new TempFolder();
  await using outside = new TempFolder();
  const inbox = new FolderInbox(to.path, { fsync: false });
  const first = await inbox.open(offer("top/first", {}), "sha256");
  first.begin(0);
  await first.commit("");
  const { mkdirSync } = Deno;
  Deno.mkdirSync = (path, options) => {
    Deno.renameSync(to.file("recv-top"), to.file("moved"));
    Deno.symlinkSync(outside.path, to.file("recv-top"));
    mkdirSync(path, options);
  };
  try {
    const part = await inbox.open(offer("top/new", { kind: "directory" }), "sha256");
    const code = await part.commit("").catch((error: ProtocolError) => error.code);
    assertEquals([code, outside.names()], ["exists", []]);
  } finally {
    Deno.mkdirSync = mkdirSync;
  }
});
