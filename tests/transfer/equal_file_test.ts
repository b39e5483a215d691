import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import type { Offer } from "../../protocol/transfer.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { hashText } from "../../transfer/hash.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("what has the name and is no file is not opened, not even to compare it", async () => {
  await using folder = new TempFolder();
  await using outside = new TempFolder();
  const victim = await outside.write("victim", "somebody's");
  await Deno.symlink(victim, folder.file("recv-link"));
  // Who opened it would wait for a writer for ever.
  await new Deno.Command("mkfifo", { args: [folder.file("recv-pipe")] }).output();
  const inbox = new FolderInbox(folder.path, { onExists: "skip" });
  const opened: unknown[] = [];
  const { open } = Deno;
  Deno.open = (path) => {
    opened.push(path);
    return Promise.reject(new Error("no need to open it"));
  };
  try {
    for (const name of ["link", "pipe"]) {
      const { size } = Deno.lstatSync(folder.file(`recv-${name}`));
      const offer: Offer = { id: 0, key: "k".repeat(16), name, size, kind: "file" };
      const refusal = await assertRejects(
        async () => await inbox.open(offer, "sha256"),
        ProtocolError,
      );
      assertEquals(refusal.code, "exists");
    }
  } finally {
    Deno.open = open;
  }
  assertEquals(opened, []);
});

Deno.test("in a folder that is filled further, a link that has the name is not opened either", async () => {
  await using folder = new TempFolder();
  await using outside = new TempFolder();
  const victim = await outside.write("victim", "somebody's");
  await Deno.mkdir(folder.file("recv-top"));
  await Deno.symlink(victim, folder.file("recv-top/link"));
  const { size } = Deno.lstatSync(folder.file("recv-top/link"));
  const inbox = new FolderInbox(folder.path, { fsync: false });
  const key = "k".repeat(16);
  const part = await inbox.open(
    { id: 0, key, name: "top/link", size, kind: "file", inline: true },
    "sha256",
  );
  part.begin(0);
  part.write(new Uint8Array(size));
  const opened: unknown[] = [];
  const { open } = Deno;
  Deno.open = (path) => {
    opened.push(path);
    return Promise.reject(new Error("no need to open it"));
  };
  try {
    assertEquals(await part.commit("0".repeat(64)), "recv-top/link (1)");
  } finally {
    Deno.open = open;
  }
  assertEquals(opened, []);
});

Deno.test("a file that was there is on disk before it counts as received, whoever wrote it", async () => {
  const content = "abc";
  const hash = hashText(content);
  for (
    const [onExists, name, inline] of [["skip", "a", false], ["rename", "top/a", true]] as const
  ) {
    await using folder = new TempFolder();
    await Deno.mkdir(folder.file("recv-top"));
    const path = await folder.write(`recv-${name}`, content);
    const synced: unknown[] = [];
    const { sync, syncSync } = Deno.FsFile.prototype;
    // A new part is another file.
    const { ino } = Deno.lstatSync(path);
    Deno.FsFile.prototype.sync = function () {
      synced.push(this.statSync().ino);
      return sync.call(this);
    };
    Deno.FsFile.prototype.syncSync = function () {
      synced.push(this.statSync().ino);
      syncSync.call(this);
    };
    try {
      const offer: Offer = { id: 0, key: "k".repeat(16), name, size: 3, kind: "file", inline };
      const part = await new FolderInbox(folder.path, { onExists }).open(offer, "sha256");
      part.begin(inline ? 0 : 3);
      if (inline) part.write(new TextEncoder().encode(content));
      assertEquals(await part.commit(hash), `recv-${name}`);
    } finally {
      Object.assign(Deno.FsFile.prototype, { sync, syncSync });
    }
    assert(synced.includes(ino), onExists);
  }
});
