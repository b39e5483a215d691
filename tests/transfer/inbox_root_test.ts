import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("a folder that was looked at more than 100 ms ago is looked at before something is put in", async () => {
  await using to = new TempFolder();
  await using outside = new TempFolder();
  const inbox = new FolderInbox(to.path, { fsync: false });
  const save = async (name: string) => {
    const part = await inbox.open(
      { id: 0, key: "k".repeat(16), name, size: 0, kind: "file", inline: true },
      "sha256",
    );
    part.begin(0);
    return await part.commit("");
  };
  await save("top/first");
  Deno.renameSync(to.file("recv-top"), to.file("moved"));
  Deno.symlinkSync(outside.path, to.file("recv-top"));
  const { linkSync } = Deno;
  const { now } = performance;
  const later = performance.now() + 101;
  let links = 0;
  performance.now = () => later;
  Deno.linkSync = (from, to) => {
    links++;
    linkSync(from, to);
  };
  try {
    assertEquals((await assertRejects(() => save("top/second"), ProtocolError)).code, "exists");
  } finally {
    Deno.linkSync = linkSync;
    performance.now = now;
  }
  assertEquals([links, outside.names()], [0, []]);
});

Deno.test("what is taken back is the file itself, not one of its name in the folder that came instead", async () => {
  await using to = new TempFolder();
  await using outside = new TempFolder();
  await outside.write("file", "somebody's");
  const inbox = new FolderInbox(to.path, { fsync: false });
  const part = await inbox.open(
    { id: 0, key: "k".repeat(16), name: "top/file", size: 0, kind: "file" },
    "sha256",
  );
  part.begin(0);
  const { linkSync } = Deno;
  Deno.linkSync = (from, target) => {
    linkSync(from, target);
    Deno.renameSync(to.file("recv-top"), to.file("moved"));
    Deno.symlinkSync(outside.path, to.file("recv-top"));
  };
  try {
    assertEquals((await assertRejects(() => part.commit(""), ProtocolError)).code, "exists");
  } finally {
    Deno.linkSync = linkSync;
  }
  assertEquals(await Deno.readTextFile(outside.file("file")), "somebody's");
});
