import { assert, assertEquals } from "@std/assert";
import { memoryPair } from "../../net/memory.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { sendFiles } from "../../transfer/sender.ts";
import type { Source } from "../../transfer/source.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

const SIZE = 2_000_000;

/** A raw sender that has offered the source's file and sent some of it, then lost its connection. */
async function interrupted(source: Source, content: Uint8Array<ArrayBuffer>, to: TempFolder) {
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, new FolderInbox(to.path)).catch(() => {});
  using sender = Wire.sender(here);
  const { name, size, mtime } = source;
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await sender.send("offer", { id: 0, key: "k".repeat(16), name, size, kind: "file", mtime });
  await sender.next("accept");
  await sender.send("start", { id: 0, offset: 0 });
  for (let at = 0; at < content.length; at += 100_000) {
    await sender.data(content.slice(at, at + 100_000));
  }
  await sender.closeWrite();
  await receiving;
}

/** Sends a source for real; answers the offset that it went on from. */
async function sendOn(
  source: Source,
  to: TempFolder,
): Promise<{ offset: number; savedAs: string[] }> {
  const [here, there] = memoryPair();
  const savedAs: string[] = [];
  let offset: number | undefined;
  await Promise.all([
    sendFiles(here, [source], {
      onSent: (file) => savedAs.push(file.savedAs),
      onProgress: ({ from }) => offset ??= from,
    }),
    receiveFiles(there, new FolderInbox(to.path)),
  ]);
  return { offset: offset ?? SIZE, savedAs };
}

function parts(folder: TempFolder): string[] {
  return folder.names().filter((name) => name.endsWith(".part"));
}

Deno.test("what arrived before the connection broke is kept, and gone on from", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const content = noise(SIZE);
  const source = await fileSource(await from.write("big", content));
  await interrupted(source, content.slice(0, 1_500_000), to);
  assertEquals(parts(to).length, 1);
  assertEquals(to.names().filter((name) => name.startsWith("recv-")), []);
  const { offset, savedAs } = await sendOn(source, to);
  assert(offset >= 1_400_000, `went on from ${offset}`);
  assertEquals(savedAs, ["recv-big"]);
  assertEquals(to.names(), ["recv-big"]);
  assertEquals(await Deno.readFile(to.file("recv-big")), content);
});

Deno.test("a part whose bytes are not the file's own is given up: the file goes whole", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const content = noise(SIZE);
  const source = await fileSource(await from.write("big", content));
  await interrupted(source, noise(1_500_000, 7), to);
  const { offset } = await sendOn(source, to);
  assertEquals(offset, 0);
  assertEquals(to.names(), ["recv-big"]);
  assertEquals(await Deno.readFile(to.file("recv-big")), content);
});

Deno.test("a file that has another size or time does not go on with the part of the old one", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const content = noise(SIZE);
  const path = await from.write("big", content);
  await interrupted(await fileSource(path), content.slice(0, 1_500_000), to);
  await Deno.utime(path, 1_000, 1_000);
  const { offset } = await sendOn(await fileSource(path), to);
  assertEquals(offset, 0);
  assertEquals(parts(to).length, 1, "the old part waits for its own file");
});

Deno.test("two senders of the same file at once do not mix", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const content = noise(SIZE);
  const source = await fileSource(await from.write("big", content));
  const [one, two] = await Promise.all([sendOn(source, to), sendOn(source, to)]);
  assertEquals([...one.savedAs, ...two.savedAs].sort(), ["recv-big", "recv-big (1)"]);
  for (const name of to.names()) assertEquals(await Deno.readFile(to.file(name)), content);
  assertEquals(to.names().length, 2);
});

Deno.test("a link planted under a part's name is not followed", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  await using outside = new TempFolder();
  const content = noise(SIZE);
  const source = await fileSource(await from.write("big", content));
  await interrupted(source, content.slice(0, 500_000), to);
  const [part] = parts(to);
  const victim = await outside.write("victim", content.slice(0, 400_000));
  await Deno.remove(to.file(part!));
  await Deno.symlink(victim, to.file(part!));
  const { offset } = await sendOn(source, to);
  assertEquals(offset, 0);
  assertEquals(Deno.statSync(victim).size, 400_000);
  assertEquals(await Deno.readFile(to.file("recv-big")), content);
});

Deno.test("a part that has another name too is neither written to nor gone on with (I3)", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const content = noise(SIZE);
  const source = await fileSource(await from.write("big", content));
  // As after a crash between the link to the final name and the removal of the part.
  for (const held of [content.slice(0, 500_000), noise(SIZE, 7), content]) {
    await interrupted(source, held, to);
    const [part] = parts(to);
    await Deno.link(to.file(part!), to.file("other name"));
    const { offset } = await sendOn(source, to);
    assertEquals(offset, 0);
    assertEquals(await Deno.readFile(to.file("other name")), held);
    assertEquals(await Deno.readFile(to.file("recv-big")), content);
    assertEquals(to.names(), ["other name", "recv-big"]);
    for (const name of to.names()) await Deno.remove(to.file(name));
  }
});

Deno.test("a sender that was stopped can go on later, by cancel and by a fatal error", async () => {
  for (const said of [{ type: "cancel", id: 0 }, { type: "error" }]) {
    await using from = new TempFolder();
    await using to = new TempFolder();
    const content = noise(SIZE);
    const source = await fileSource(await from.write("big", content));
    const [here, there] = memoryPair();
    const receiving = receiveFiles(there, new FolderInbox(to.path)).catch(() => {});
    using sender = Wire.sender(here);
    const { name, size, mtime } = source;
    await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
    await sender.send("offer", { id: 0, key: "k".repeat(16), name, size, kind: "file", mtime });
    await sender.send("start", { id: 0, offset: 0 });
    await sender.data(content.slice(0, 1_000_000));
    await sender.data(content.slice(1_000_000, 1_500_000));
    const { type, ...payload } = { ...said, code: "cancelled", message: "stopped" };
    await sender.send(type, payload);
    await sender.closeWrite();
    await sender.untilEnd();
    await receiving;
    const { offset } = await sendOn(source, to);
    assert(offset >= 1_400_000, `${type}: went on from ${offset}`);
    assertEquals(await Deno.readFile(to.file("recv-big")), content);
  }
});

Deno.test("a pipe planted under a part's name does not hold up the receiver", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const content = noise(SIZE);
  const source = await fileSource(await from.write("big", content));
  await interrupted(source, content.slice(0, 500_000), to);
  const [part] = parts(to);
  await Deno.remove(to.file(part!));
  await new Deno.Command("mkfifo", { args: [to.file(part!)] }).output();
  const { savedAs } = await sendOn(source, to);
  assertEquals(savedAs, ["recv-big"]);
  assertEquals(await Deno.readFile(to.file("recv-big")), content);
});

Deno.test("a file whose hash did not match leaves no part to go on with", async () => {
  await using to = new TempFolder();
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, new FolderInbox(to.path)).catch(() => {});
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await sender.send("offer", {
    id: 0,
    key: "k".repeat(16),
    name: "a",
    size: 3,
    kind: "file",
    mtime: 5,
  });
  await sender.next("accept");
  await sender.send("start", { id: 0, offset: 0 });
  await sender.data(new Uint8Array(3));
  await sender.send("end", { id: 0, size: 3, hash: "0".repeat(64) });
  assertEquals((await sender.next("error")).code, "hash_mismatch");
  assertEquals(to.names(), []);
  sender[Symbol.dispose]();
  await receiving;
});

Deno.test("parts that nobody has gone on with are swept, those in use and other files are not", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const content = noise(SIZE);
  const source = await fileSource(await from.write("big", content));
  await interrupted(source, content.slice(0, 500_000), to);
  await to.write(".recv-notes.part", "mine");
  new FolderInbox(to.path).sweep(7);
  assertEquals(to.names().length, 2);
  const [part] = parts(to).filter((name) => name !== ".recv-notes.part");
  const later = new FakeClock(Date.now() + 8 * 86_400_000);
  const inbox = new FolderInbox(to.path, { clock: later });
  {
    using held = await Deno.open(to.file(part!), { write: true });
    await held.lock(true);
    inbox.sweep(7);
    assertEquals(to.names().length, 2, "somebody writes to it");
  }
  inbox.sweep(7);
  assertEquals(to.names(), [".recv-notes.part"]);
});
