import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { FolderSealedStore, MemorySealedStore } from "../../client/sealed_store.ts";
import { TempFolder } from "../support/temp.ts";

const SERVER = { host: "chat.example", port: 12345 };

/** Every path below a folder. */
async function* walk(path: string): AsyncGenerator<string> {
  yield path;
  if (!(await Deno.lstat(path)).isDirectory) return;
  for await (const { name } of Deno.readDir(path)) yield* walk(join(path, name));
}

Deno.test("What is kept is found again, by kind and id, for each server and name", async () => {
  await using folder = new TempFolder();
  const open = (port: number, name: string) =>
    new FolderSealedStore(folder.path, { ...SERVER, port }, name);
  for (const store of [open(1, "ann"), new MemorySealedStore()]) {
    assertEquals(await store.get("contacts", "bob"), undefined);
    await store.put("contacts", "bob", { keys: [1] });
    await store.put("contacts", "bob", { keys: [2] });
    assertEquals(await store.get("contacts", "bob"), { keys: [2] });
    assertEquals(await store.get("rooms", "bob"), undefined);
  }
  assertEquals(await open(1, "ANN").get("contacts", "bob"), { keys: [2] });
  const shouted = new FolderSealedStore(folder.path, { host: "Chat.Example", port: 1 }, "ann");
  assertEquals(await shouted.get("contacts", "bob"), { keys: [2] }, "it is the same server");
  assertEquals(await open(1, "carl").get("contacts", "bob"), undefined);
  assertEquals(await open(2, "ann").get("contacts", "bob"), undefined);
  const store = open(1, "ann");
  await store.put("contacts", "bob", undefined);
  await store.put("contacts", "bob", undefined);
  assertEquals(await store.get("contacts", "bob"), undefined);
});

Deno.test("Others can read neither its files nor its folders, and no name is a path", async () => {
  await using folder = new TempFolder();
  const store = new FolderSealedStore(folder.file("config"), SERVER, "ann");
  await store.put("rooms", "../../../escaped", { secret: "AGE-SECRET-KEY-1" });
  await store.put("chains", "private/bob/00", { known: [] });
  const modes = new Set<string>();
  for await (const path of walk(folder.file("config"))) {
    const { mode, isFile } = await Deno.stat(path);
    modes.add(`${isFile ? "file" : "folder"} ${(mode! & 0o777).toString(8)}`);
  }
  assertEquals([...modes].sort(), ["file 600", "folder 700"]);
  assertEquals(folder.names(), ["config"]);
});

Deno.test("A file that is damaged is an error, and not nothing: nobody is trusted anew by that", async () => {
  await using folder = new TempFolder();
  const store = new FolderSealedStore(folder.path, SERVER, "ann");
  await store.put("rooms", "attic", { secret: "AGE-SECRET-KEY-1XYZ" });
  for await (const path of walk(folder.path)) {
    if (path.endsWith(".json")) await Deno.writeTextFile(path, '{"secret":"AGE-SECRET-KEY-1XYZ');
  }
  const error = await assertRejects(() => store.get("rooms", "attic"), Error, "is damaged");
  assertEquals(error.message.includes("XYZ"), false);
});
