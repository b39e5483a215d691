import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { HistoryFile } from "../../../program/chat/history_file.ts";
import { TempFolder } from "../../support/temp.ts";

/** A history of a folder, and what it tells. */
async function open(
  folder: string | undefined,
  isKept = true,
): Promise<readonly [HistoryFile, string[]]> {
  const told: string[] = [];
  return [await HistoryFile.open({ folder, isKept, tell: (text) => told.push(text) }), told];
}

/** The lines that the next run finds. */
async function found(folder: TempFolder): Promise<readonly string[]> {
  const [history] = await open(folder.path);
  return history.entries;
}

const sizeOf = async (path: string) => (await Deno.stat(path)).size;

Deno.test("HistoryFile keeps what is typed for the next run, in a file of its owner's (I1)", async () => {
  await using folder = new TempFolder();
  const [history, told] = await open(folder.file("parley"));
  for (const line of ["one", "two\nlines", "two\nlines", "one", ""]) history.add(line);
  const typed = ["one", "two\nlines", "one"];
  assertEquals(history.entries, typed);
  await history.close();
  const path = folder.file("parley/history");
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  const [again] = await open(folder.file("parley"));
  assertEquals([again.entries, told], [typed, []]);
});

Deno.test("HistoryFile keeps any line as it is", async () => {
  await using folder = new TempFolder();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "binary" })), async (lines) => {
      const [history] = await open(folder.path);
      // But for commands that there are not.
      for (const line of lines) history.add(line.replace(/^\/+/, ""));
      await history.close();
      assertEquals(await found(folder), history.entries);
    }),
    { numRuns: 30 },
  );
});

Deno.test("HistoryFile has no line that begins with a blank, and no passphrase (I3)", async () => {
  await using folder = new TempFolder();
  const [history] = await open(folder.path);
  for (
    const line of [
      " hush",
      "\thush",
      "\n/msg bob hush",
      "/secret attic hush",
      "/SECRET  attic  hush",
    ]
  ) {
    history.add(line);
  }
  history.add("/secret attic");
  await history.close();
  assertEquals(history.entries, ["/secret attic"]);
  assertEquals(await Deno.readTextFile(folder.file("history")), '"/secret attic"\n');
});

Deno.test("HistoryFile does not write a command that there is not: it may hold a secret (I3)", async () => {
  await using folder = new TempFolder();
  const [history] = await open(folder.path);
  const unknown = ["/scret attic hush", "/secret: attic hush", "/", "/scret\nattic hush"];
  const known = ["/JOIN tea", "/j tea", "//scret is how one mistypes it", "say /scret"];
  for (const line of [...unknown, ...known]) history.add(line);
  await history.close();
  // It can be corrected while one is there.
  assertEquals(history.entries, [...unknown, ...known]);
  assertEquals(await found(folder), known);
});

Deno.test("HistoryFile makes a file its owner's that others can read (I1)", async () => {
  await using folder = new TempFolder();
  const path = await folder.write("history", '"one"\n');
  await Deno.chmod(path, 0o644);
  const [history, told] = await open(folder.path);
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  await Deno.chmod(path, 0o666);
  history.add("two");
  await history.close();
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  assertEquals([await found(folder), told], [["one", "two"], []]);
});

Deno.test("HistoryFile opens nothing but a regular file: no link, no pipe, no folder (I1)", async () => {
  const kinds: Record<string, (path: string, victim: string) => Promise<unknown>> = {
    link: (path, victim) => Deno.symlink(victim, path),
    "link to nothing": (path, victim) => Deno.symlink(`${victim}-not-there`, path),
    // It would be waited for somebody who writes to it: the test would not end.
    pipe: (path) => new Deno.Command("mkfifo", { args: [path] }).output(),
    folder: (path) => Deno.mkdir(path),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    await using folder = new TempFolder();
    await using elsewhere = new TempFolder();
    const victim = await elsewhere.write("victim", '"theirs"\n');
    await make(folder.file("history"), victim);
    const [history, told] = await open(folder.path);
    history.add("one");
    history.add("two");
    await history.close();
    assertEquals([history.entries, told.length], [["one", "two"], 1], kind);
    assertStringIncludes(told[0]!, "is no regular file");
    assertEquals(elsewhere.names(), ["victim"]);
    assertEquals(await Deno.readTextFile(victim), '"theirs"\n');
  }
});

Deno.test("HistoryFile keeps nothing in what was put in the place of its file (I1)", async () => {
  await using folder = new TempFolder();
  const victim = await folder.write("victim", "");
  const [history, told] = await open(folder.path);
  history.add("one");
  await history.close();
  await Deno.remove(folder.file("history"));
  await Deno.symlink(victim, folder.file("history"));
  history.add("two");
  await history.close();
  assertEquals([await Deno.readTextFile(victim), told.length], ["", 1]);
});

Deno.test("HistoryFile keeps nothing where that is not wanted (I3)", async () => {
  await using folder = new TempFolder();
  const [history, told] = await open(folder.path, false);
  history.add("one");
  await history.close();
  assertEquals([history.entries, folder.names(), told], [["one"], [], []]);
});

Deno.test("HistoryFile removes the file when nothing is to be kept any more, and begins anew (I3)", async () => {
  await using folder = new TempFolder();
  const [history] = await open(folder.path);
  history.add("one");
  const removed = history.keep(false);
  history.add("two");
  await removed;
  history.add("three");
  await history.close();
  assertEquals(folder.names(), ["lock"]);
  assertEquals(history.entries, ["one", "two", "three"]);
  await history.keep(true);
  history.add("four");
  await history.close();
  assertEquals(await found(folder), ["four"]);
});

Deno.test("HistoryFile that another client has removed is not begun again (I3)", async () => {
  await using folder = new TempFolder();
  const [here] = await open(folder.path);
  here.add("one");
  await here.close();
  const [there] = await open(folder.path);
  await there.keep(false);
  here.add("two");
  here.add("three");
  await here.close();
  assertEquals(folder.names(), ["lock"]);
});

Deno.test("HistoryFile has the lines of all clients that run at once (I2)", async () => {
  await using folder = new TempFolder();
  const clients = await Promise.all(Array.from({ length: 4 }, () => open(folder.path)));
  for (let at = 0; at < 50; at++) {
    for (const [client, [history]] of clients.entries()) history.add(`${client}-${at}`);
  }
  await Promise.all(clients.map(([history]) => history.close()));
  const lines = await found(folder);
  assertEquals(new Set(lines).size, 200);
  for (const [client, [history]] of clients.entries()) {
    assertEquals(lines.filter((line) => line.startsWith(`${client}-`)), history.entries);
  }
});

Deno.test("HistoryFile has the lines of clients that shorten it at once (I1, I2)", async () => {
  await using folder = new TempFolder();
  await folder.write("history", Array.from({ length: 995 }, (_, at) => `"old ${at}"\n`).join(""));
  const clients = await Promise.all(Array.from({ length: 3 }, () => open(folder.path)));
  for (let at = 0; at < 20; at++) {
    for (const [client, [history]] of clients.entries()) history.add(`${client}-${at}`);
  }
  await Promise.all(clients.map(([history]) => history.close()));
  const lines = await found(folder);
  assertEquals(lines.filter((line) => !line.startsWith("old")).length, 60);
  assert(lines.length <= 1_000 && lines.includes("old 994") && !lines.includes("old 0"));
});

Deno.test("HistoryFile is never longer than a thousand lines (I1)", async () => {
  await using folder = new TempFolder();
  const path = folder.file("history");
  await folder.write("history", Array.from({ length: 999 }, (_, at) => `"old ${at}"\n`).join(""));
  const [history] = await open(folder.path);
  for (const line of ["one", "two", "three"]) {
    history.add(line);
    await history.close();
    const lines = (await Deno.readTextFile(path)).split("\n").length - 1;
    assert(lines <= 1_000 && lines >= 900, `${lines} lines`);
  }
  assertEquals(history.entries.length, 1_000);
  assertEquals((await found(folder)).slice(-4), ["old 998", "one", "two", "three"]);
});

Deno.test("HistoryFile is never longer than 256 KiB (I1)", async () => {
  await using folder = new TempFolder();
  const [history] = await open(folder.path);
  // Characters of three bytes: it is bytes that count.
  for (let at = 0; at < 40; at++) {
    history.add(`${at} ${"茶".repeat(4_000)}`);
    await history.close();
    assert(await sizeOf(folder.file("history")) <= 262_144);
  }
  history.add("x".repeat(20_000));
  await history.close();
  const lines = await found(folder);
  assert(lines.length >= 10 && lines.at(-1)!.startsWith("39 "), "the newest that fit");
  assertEquals((await Deno.stat(folder.file("history"))).mode! & 0o777, 0o600);
});

Deno.test("HistoryFile reads only the end of a file that was made longer (I1)", async () => {
  await using folder = new TempFolder();
  await folder.write("history", `"${"x".repeat(400_000)}"\n"one"\n`);
  assertEquals(await found(folder), ["one"]);
  await folder.write("history", "x".repeat(400_000));
  const [history] = await open(folder.path);
  history.add("two");
  await history.close();
  assertEquals(await Deno.readTextFile(folder.file("history")), '"two"\n');
});

Deno.test("HistoryFile passes over what a crash has left of a line (I4)", async () => {
  await using folder = new TempFolder();
  await folder.write("history", '"one"\n5\nnull\n""\n"tw');
  const [history] = await open(folder.path);
  assertEquals(history.entries, ["one"]);
  history.add("three");
  await history.close();
  assertEquals(await found(folder), ["one", "three"]);
});

Deno.test("HistoryFile that cannot be written says so once, and has the lines of the run", async () => {
  await using folder = new TempFolder();
  const [history, told] = await open(await folder.write("file", ""));
  history.add("one");
  history.add("two");
  await history.close();
  assertEquals([history.entries, told.length], [["one", "two"], 1]);
  assertStringIncludes(told[0]!, "What you type is not kept for the next run: ");
  const [nowhere, silent] = await open(undefined);
  nowhere.add("one");
  await nowhere.close();
  assertEquals([nowhere.entries, silent], [["one"], []]);
});
