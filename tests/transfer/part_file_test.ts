import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import type { Offer } from "../../protocol/transfer.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { hashText } from "../../transfer/hash.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TempFolder } from "../support/temp.ts";

const DAY_MS = 86_400_000;

const bytes = (text: string) => new TextEncoder().encode(text);

function offer(content: string, key = "k".repeat(16)): Offer {
  return {
    id: 0,
    key,
    name: "big",
    size: content.length,
    kind: "file",
    mtime: 1_000,
  };
}

/** The name of the part of a file that `offer` offers. */
function partOf(content: string): string {
  const text = JSON.stringify(["big", content.length, 1_000]);
  return `.recv-${hashText(text).slice(0, 32)}.part`;
}

Deno.test("a part that is being written to is not gone on with by another sender (I2)", async () => {
  await using folder = new TempFolder();
  const [one, other] = ["from the one", "from another"];
  const inbox = new FolderInbox(folder.path, { fsync: false });
  const first = await inbox.open(offer(one), "sha256");
  first.begin(0);
  first.write(bytes(one.slice(0, 5)));
  const second = await inbox.open(offer(other, "o".repeat(16)), "sha256");
  assertEquals(second.held, undefined);
  second.begin(0);
  second.write(bytes(other));
  assertEquals(await second.commit(hashText(other)), "recv-big");
  first.write(bytes(one.slice(5)));
  assertEquals(await first.commit(hashText(one)), "recv-big (1)");
  assertEquals(await Deno.readTextFile(folder.file("recv-big")), other);
  assertEquals(await Deno.readTextFile(folder.file("recv-big (1)")), one);
});

Deno.test("a file that was placed before the receiver stopped is told by its own name, no other file's", async () => {
  await using folder = new TempFolder();
  const content = "as it was sent";
  await folder.write("recv-big", "something else");
  await Deno.link(await folder.write(partOf(content), content), folder.file("recv-big (1)"));
  const inbox = new FolderInbox(folder.path, { fsync: false });
  const part = await inbox.open(offer(content), "sha256");
  assertEquals(part.held?.hasher.digest(), hashText(content));
  part.begin(content.length);
  assertEquals(await part.commit(hashText(content)), "recv-big (1)");
});

Deno.test("a hard link to somebody's file under a part's name is neither told of nor written to (I3)", async () => {
  await using folder = new TempFolder();
  await using outside = new TempFolder();
  const content = "the sender's";
  const mine = "m".repeat(content.length);
  await Deno.link(await outside.write("victim", mine), folder.file(partOf(content)));
  const inbox = new FolderInbox(folder.path, { fsync: false });
  const part = await inbox.open(offer(content), "sha256");
  assertEquals(part.held, undefined);
  part.begin(0);
  part.write(bytes(content));
  assertEquals(await part.commit(hashText(content)), "recv-big");
  assertEquals(await Deno.readTextFile(outside.file("victim")), mine);
});

Deno.test("a part that is larger than its file is given up", async () => {
  await using folder = new TempFolder();
  const content = "as it was sent";
  await folder.write(partOf(content), content + " and more");
  const inbox = new FolderInbox(folder.path, { fsync: false });
  const part = await inbox.open(offer(content), "sha256");
  assertEquals(part.held, undefined);
  part.begin(0);
  part.write(bytes(content));
  assertEquals(await part.commit(hashText(content)), "recv-big");
  assertEquals(await Deno.readTextFile(folder.file("recv-big")), content);
});

Deno.test("a link that takes a part's place between the look and the opening is not written to (I1)", async () => {
  await using folder = new TempFolder();
  await using outside = new TempFolder();
  const content = "as it was sent";
  const path = await folder.write(partOf(content), content.slice(0, 5));
  const victim = await outside.write("victim", "somebody's");
  const inbox = new FolderInbox(folder.path, { fsync: false });
  const { openSync } = Deno;
  Deno.openSync = (opened, options) => {
    Deno.openSync = openSync;
    Deno.removeSync(path);
    Deno.symlinkSync(victim, path);
    return openSync(opened, options);
  };
  let part;
  try {
    part = await inbox.open(offer(content), "sha256");
  } finally {
    Deno.openSync = openSync;
  }
  assertEquals(part.held, undefined);
  part.begin(0);
  part.write(bytes(content));
  assertEquals(await part.commit(hashText(content)), "recv-big");
  assertEquals(await Deno.readTextFile(victim), "somebody's");
});

Deno.test("of old files only parts are swept", async () => {
  await using folder = new TempFolder();
  for (const name of ["recv-old", "mine", ".recv-notes.part", partOf("x")]) {
    await folder.write(name, "x");
  }
  new FolderInbox(folder.path, { clock: new FakeClock(Date.now() + 8 * DAY_MS) }).sweep(7);
  assertEquals(folder.names(), [".recv-notes.part", "mine", "recv-old"]);
});

Deno.test("a part that is whole, and has its sender's old time already, is not swept before its days are over", async () => {
  await using folder = new TempFolder();
  await Deno.utime(await folder.write(partOf("x"), "x"), 1_000, 1_000);
  const sweep = (days: number) =>
    new FolderInbox(folder.path, { clock: new FakeClock(Date.now() + days * DAY_MS) }).sweep(7);
  sweep(6);
  assertEquals(folder.names(), [partOf("x")]);
  sweep(8);
  assertEquals(folder.names(), []);
});

/** Opens files as the system lets somebody who is not root. */
function asNobody(): Disposable {
  const { openSync } = Deno;
  Deno.openSync = (path, options) => {
    const file = openSync(path, options);
    const mode = file.statSync().mode ?? 0o666;
    const wanted = (options?.write ? 0o200 : 0) | (options?.read === false ? 0 : 0o400);
    if (options?.createNew === true || (mode & wanted) === wanted) return file;
    file.close();
    throw new Deno.errors.PermissionDenied("Permission denied (os error 13)");
  };
  return { [Symbol.dispose]: () => Deno.openSync = openSync };
}

Deno.test("a part that was whole, and may not be written to any more, is gone on with, or sent anew, and swept", async () => {
  const content = "as it was sent";
  using _rights = asNobody();
  for (const [mode, held] of [[0o444, content], [0o444, "something else"], [0o000, ""]] as const) {
    await using folder = new TempFolder();
    const path = await folder.write(partOf(content), held || content);
    await Deno.chmod(path, mode);
    const inbox = new FolderInbox(folder.path, { fsync: false });
    inbox.sweep(7);
    const part = await inbox.open(offer(content), "sha256");
    assertEquals(part.held?.hasher.digest(), held === "" ? undefined : hashText(held));
    const offset = held === content ? content.length : 0;
    part.begin(offset);
    if (offset === 0) part.write(bytes(content));
    assertEquals(await part.commit(hashText(content)), "recv-big");
    assertEquals(await Deno.readTextFile(folder.file("recv-big")), content);
    new FolderInbox(folder.path, { clock: new FakeClock(Date.now() + 8 * DAY_MS) }).sweep(7);
    // What may not even be read is left alone.
    assertEquals(folder.names(), mode === 0 ? [partOf(content), "recv-big"] : ["recv-big"]);
  }
});

Deno.test("a sender that connects again goes on with its part, though its last connection holds or reads that still", async () => {
  await using folder = new TempFolder();
  const content = "as it was sent";
  await folder.write(partOf(content), content.slice(0, 5));
  const inbox = new FolderInbox(folder.path, { fsync: false });
  const reading = Promise.resolve(inbox.open(offer(content), "sha256"));
  reading.catch(() => {});
  const waiting = await inbox.open(offer(content), "sha256");
  assertEquals(waiting.held?.size, 5, "while it is read");
  await assertRejects(() => reading, ProtocolError);
  const part = await inbox.open(offer(content), "sha256");
  assertEquals(part.held?.size, 5, "while it is accepted");
  assertEquals(assertThrows(() => waiting.begin(5), ProtocolError).code, "cancelled");
  waiting.abort(true);
  part.begin(5);
  part.write(bytes(content.slice(5)));
  assertEquals(await part.commit(hashText(content)), "recv-big");
  assertEquals(folder.names(), ["recv-big"]);
});
