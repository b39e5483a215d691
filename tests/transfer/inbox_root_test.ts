import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { InboxRoot } from "../../transfer/inbox_root.ts";
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

Deno.test("what is put into a new folder is durable only when the folder itself is, whoever made it", async () => {
  await using to = new TempFolder();
  const root = new InboxRoot(to.path, true);
  const synced: string[] = [];
  const { open } = Deno;
  Deno.open = (path, options) => {
    synced.push(String(path));
    return open(path, options);
  };
  try {
    // The file that these folders were made for came to nothing.
    root.makeFolders(["a", "b"]);
    await root.settle(["a"]);
    assertEquals(synced, [to.path, to.file("a")]);
    synced.length = 0;
    // Two others follow, the second one while the first one's folders are being synced.
    const first = root.settle(["a", "b"]);
    await undefined;
    await Promise.all([first, root.settle(["a", "b"])]);
    const [above, ...rest] = synced;
    assertEquals(above, to.file("a"));
    assertEquals(rest.filter((path) => path === to.file("a/b")).length, 2);
    synced.length = 0;
    await root.settle(["a", "b"]);
    assertEquals(synced, [to.file("a/b")]);
  } finally {
    Deno.open = open;
  }
});
