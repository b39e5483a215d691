import { assertEquals, assertStringIncludes } from "@std/assert";
import { memoryPair } from "../../net/memory.ts";
import { FolderInbox, type FolderInboxOptions } from "../../transfer/folder_inbox.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { sendFiles } from "../../transfer/sender.ts";
import { walk } from "../../transfer/walk.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

/** Sends what is at the paths into a folder, both sides real; answers what failed, by name. */
async function send(
  paths: readonly string[],
  to: TempFolder,
  options: FolderInboxOptions = {},
): Promise<{ saved: string[]; failed: [string, string][] }> {
  const [here, there] = memoryPair();
  const saved: string[] = [];
  const failed: [string, string][] = [];
  await Promise.all([
    sendFiles(here, walk(paths), {
      onSent: ({ savedAs }) => saved.push(savedAs),
      onFailed: ({ name, error }) => failed.push([name, error.code]),
    }),
    receiveFiles(there, new FolderInbox(to.path, options)),
  ]);
  return { saved, failed };
}

/** Every file and folder below a path, with what files hold. */
function contents(path: string, prefix = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(path)) {
    if (isDirectory) {
      found[`${prefix}${name}/`] = "";
      Object.assign(found, contents(`${path}/${name}`, `${prefix}${name}/`));
    } else found[prefix + name] = Deno.readTextFileSync(`${path}/${name}`);
  }
  return found;
}

async function photos(folder: TempFolder): Promise<string> {
  await Deno.mkdir(folder.file("photos/2026/empty"), { recursive: true });
  await folder.write("photos/a.txt", "aaa");
  await folder.write("photos/2026/b.txt", "bbb");
  await folder.write("photos/2026/big.bin", noise(300_000));
  return folder.file("photos");
}

Deno.test("a folder arrives whole, empty folders too, the prefix on its top", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const { saved, failed } = await send([await photos(from)], to);
  assertEquals(failed, []);
  assertEquals(saved.length, 6);
  assertEquals(to.names(), ["recv-photos"]);
  assertEquals(contents(to.file("recv-photos")), contents(from.file("photos")));
});

Deno.test("times and permission bits are kept, never setuid; not where they are not wanted", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  await photos(from);
  const at = new Date(Date.UTC(2020, 1, 3));
  await Deno.chmod(from.file("photos/a.txt"), 0o4751);
  await Deno.utime(from.file("photos/a.txt"), at, at);
  await Deno.chmod(from.file("photos/2026/big.bin"), 0o600);
  await Deno.chmod(from.file("photos/2026"), 0o750);
  await Deno.utime(from.file("photos/2026"), at, at);
  await send([from.file("photos")], to);
  const kept = (name: string) => Deno.statSync(to.file(`recv-photos/${name}`));
  assertEquals((kept("a.txt").mode! & 0o7777).toString(8), "751");
  assertEquals(kept("a.txt").mtime, at);
  assertEquals((kept("2026/big.bin").mode! & 0o7777).toString(8), "600");
  assertEquals((kept("2026").mode! & 0o7777).toString(8), "750");
  assertEquals(kept("2026").mtime, at);
  await using plain = new TempFolder();
  await send([from.file("photos")], plain, { preserve: false });
  const other = Deno.statSync(plain.file("recv-photos/a.txt"));
  assertEquals(other.mode! & 0o111, 0);
  assertEquals(other.mtime!.getTime() > at.getTime(), true);
});

Deno.test("a folder sent again fills what is missing and saves beside what differs", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const path = await photos(from);
  await send([path], to);
  await Deno.remove(to.file("recv-photos/2026/b.txt"));
  await from.write("photos/a.txt", "AAA");
  await from.write("photos/2026/big.bin", noise(300_000, 9));
  await send([path], to);
  const found = contents(to.file("recv-photos"));
  assertEquals(Object.keys(found).sort(), [
    "2026/",
    "2026/b.txt",
    "2026/big (1).bin",
    "2026/big.bin",
    "2026/empty/",
    "a (1).txt",
    "a.txt",
  ]);
  assertEquals([found["a.txt"], found["a (1).txt"]], ["aaa", "AAA"]);
  assertEquals(await Deno.readFile(to.file("recv-photos/2026/big.bin")), noise(300_000));
  assertEquals(await Deno.readFile(to.file("recv-photos/2026/big (1).bin")), noise(300_000, 9));
});

Deno.test("overwrite replaces the files of a folder, refuse and skip leave them", async () => {
  for (const onExists of ["overwrite", "refuse", "skip"] as const) {
    await using from = new TempFolder();
    await using to = new TempFolder();
    const path = await photos(from);
    await send([path], to);
    await from.write("photos/a.txt", "AAA");
    const { failed } = await send([path], to, { onExists });
    const expected = { overwrite: "AAA", refuse: "aaa", skip: "aaa" }[onExists];
    assertEquals(await Deno.readTextFile(to.file("recv-photos/a.txt")), expected, onExists);
    const names = failed.map(([name]) => name).sort();
    if (onExists === "skip") assertEquals(failed, [["photos/a.txt", "exists"]]);
    if (onExists === "refuse") {
      assertEquals(names, ["photos/2026/b.txt", "photos/2026/big.bin", "photos/a.txt"]);
    }
    if (onExists === "overwrite") assertEquals(failed, []);
  }
});

Deno.test("a link in place of a folder leads nothing out of the inbox", async () => {
  await using from = new TempFolder();
  const path = await photos(from);
  for (const planted of ["recv-photos", "recv-photos/2026"]) {
    await using to = new TempFolder();
    await using outside = new TempFolder();
    if (planted.includes("/")) await Deno.mkdir(to.file("recv-photos"));
    await Deno.symlink(outside.path, to.file(planted));
    const { failed } = await send([path], to);
    assertEquals(outside.names(), [], planted);
    assertEquals(new Set(failed.map(([, code]) => code)), new Set(["exists"]), planted);
    assertEquals(to.names(), ["recv-photos"], "no part is left");
  }
});

Deno.test("a link that is planted while a folder arrives leads nothing out of the inbox", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  await using outside = new TempFolder();
  await Deno.mkdir(from.file("top"));
  for (let at = 0; at < 300; at++) await from.write(`top/f${at}`, `${at}`);
  const [here, there] = memoryPair();
  let sent = 0;
  await Promise.all([
    sendFiles(here, walk([from.file("top")]), {
      onSent: () => {
        if (++sent !== 100) return;
        Deno.renameSync(to.file("recv-top"), to.file("moved"));
        Deno.symlinkSync(outside.path, to.file("recv-top"));
      },
    }),
    receiveFiles(there, new FolderInbox(to.path)),
  ]);
  assertEquals(outside.names(), []);
});

Deno.test("a file in place of a folder is exists, and is left alone", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  await to.write("recv-photos", "mine");
  const { failed } = await send([await photos(from)], to);
  assertEquals(new Set(failed.map(([, code]) => code)), new Set(["exists"]));
  assertEquals(to.names(), ["recv-photos"]);
  assertEquals(await Deno.readTextFile(to.file("recv-photos")), "mine");
});

Deno.test("a folder follows the large files that are in it, which wait to be accepted", async () => {
  await using from = new TempFolder();
  await Deno.mkdir(from.file("top"));
  await from.write("top/big", noise(300_000));
  const [here, there] = memoryPair();
  const sending = sendFiles(here, walk([from.file("top")]));
  using receiver = Wire.receiver(there);
  await receiver.send("welcome", { limits: {}, durable: "memory" });
  assertEquals((await receiver.next("offer")).name, "top/big");
  await receiver.send("accept", { id: 0, offset: 0 });
  const big = await receiver.next("end");
  assertEquals(big.size, 300_000);
  assertEquals((await receiver.next("offer")).name, "top");
  const top = await receiver.next("end");
  for (const end of [big, top]) {
    await receiver.send("done", { ...end, savedAs: "somewhere", durable: "memory" });
  }
  await receiver.next("bye");
  await receiver.send("bye", { files: 1, bytes: 300_000 });
  assertEquals((await sending).files, 1);
});

Deno.test("small files go with their offers: a hundred are sent before the first answer", async () => {
  await using from = new TempFolder();
  await Deno.mkdir(from.file("many"));
  for (let at = 0; at < 99; at++) await from.write(`many/${at}`, `${at}`);
  const [here, there] = memoryPair();
  const sending = sendFiles(here, walk([from.file("many")]));
  using receiver = Wire.receiver(there);
  await receiver.send("welcome", { limits: {}, durable: "memory" });
  const ends = [];
  while (ends.length < 100) ends.push(await receiver.next("end"));
  for (const end of ends) {
    await receiver.send("done", { ...end, savedAs: "somewhere", durable: "memory" });
  }
  await receiver.next("bye");
  await receiver.send("bye", { files: 99, bytes: 0 });
  assertEquals((await sending).files, 99);
});

Deno.test("three thousand small files arrive", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  await Deno.mkdir(from.file("many"));
  for (let at = 0; at < 3_000; at++) await from.write(`many/${at}`, `${at}`.repeat(at % 50));
  await send([from.file("many")], to);
  assertEquals(contents(to.file("recv-many")), contents(from.file("many")));
});

Deno.test("a file in a folder that cannot be read is told, the rest is sent", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const path = await photos(from);
  const sources = (async function* () {
    for await (const source of walk([path])) {
      // It shrinks between the look at it and the reading.
      if (source.name === "photos/a.txt") await Deno.truncate(from.file("photos/a.txt"), 1);
      yield source;
    }
  })();
  const [here, there] = memoryPair();
  const failed: string[] = [];
  await Promise.all([
    sendFiles(here, sources, {
      onFailed: ({ name, error }) => failed.push(`${name}: ${error.message}`),
    }),
    receiveFiles(there, new FolderInbox(to.path)),
  ]);
  assertEquals(failed.length, 1);
  assertStringIncludes(failed[0]!, "it changed while it was being sent");
  assertEquals("a.txt" in contents(to.file("recv-photos")), false);
});
