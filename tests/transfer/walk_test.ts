import { assert, assertEquals } from "@std/assert";
import { walk, type WalkOptions } from "../../transfer/walk.ts";
import { TempFolder } from "../support/temp.ts";

/** A tree: names that end with "/" are folders, others files that hold their own name. */
async function tree(folder: TempFolder, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (name.endsWith("/")) await Deno.mkdir(folder.file(name), { recursive: true });
    else await folder.write(name, name);
  }
}

async function walked(paths: readonly string[], options: WalkOptions = {}) {
  const skipped: string[] = [];
  const failed: string[] = [];
  const found: string[] = [];
  const sources = walk(paths, {
    onSkipped: (path) => skipped.push(path),
    onFailed: (path) => failed.push(path),
    ...options,
  });
  for await (const { name, kind } of sources) found.push(kind === "directory" ? `${name}/` : name);
  return { found, skipped, failed };
}

Deno.test("a folder gives its files, then itself, with names from its own on", async () => {
  await using folder = new TempFolder();
  await tree(folder, [
    "top/",
    "top/sub/",
    "top/sub/deep/",
    "top/sub/deep/a",
    "top/b",
    "top/empty/",
  ]);
  const { found } = await walked([folder.file("top")]);
  assertEquals([...found].sort(), [
    "top/",
    "top/b",
    "top/empty/",
    "top/sub/",
    "top/sub/deep/",
    "top/sub/deep/a",
  ]);
  assertEquals(found.at(-1), "top/");
  const order = (name: string) => found.indexOf(name);
  assertEquals(order("top/sub/deep/a") < order("top/sub/deep/"), true);
  assertEquals(order("top/sub/deep/") < order("top/sub/"), true);
});

Deno.test("paths are walked in their order; what is not there is told, the rest is given", async () => {
  await using folder = new TempFolder();
  await tree(folder, ["b", "a/", "a/x"]);
  const { found, failed } = await walked([
    folder.file("b"),
    folder.file("gone"),
    folder.file("a") + "/",
  ]);
  assertEquals(found, ["b", "a/x", "a/"]);
  assertEquals(failed, [folder.file("gone")]);
});

Deno.test("links and special files in a folder are skipped and told", async () => {
  await using folder = new TempFolder();
  await tree(folder, ["top/", "top/real", "outside", "dir/"]);
  await Deno.symlink(folder.file("outside"), folder.file("top/link"));
  await Deno.symlink(folder.file("dir"), folder.file("top/dirlink"));
  await Deno.symlink(folder.file("nowhere"), folder.file("top/dangling"));
  await new Deno.Command("mkfifo", { args: [folder.file("top/pipe")] }).output();
  const plain = await walked([folder.file("top")]);
  assertEquals(plain.found, ["top/real", "top/"]);
  assertEquals(plain.skipped.length, 4);
  const followed = await walked([folder.file("top")], { followSymlinks: true });
  assertEquals([...followed.found].sort(), ["top/", "top/link", "top/real"]);
  assertEquals(followed.skipped.length, 3);
});

Deno.test("a path that is named itself is followed", async () => {
  await using folder = new TempFolder();
  await tree(folder, ["real"]);
  await Deno.symlink(folder.file("real"), folder.file("link"));
  assertEquals((await walked([folder.file("link")])).found, ["link"]);
});

Deno.test("a folder that links to itself ends", async () => {
  await using folder = new TempFolder();
  await tree(folder, ["top/", "top/a"]);
  await Deno.symlink(folder.file("top"), folder.file("top/loop"));
  assertEquals((await walked([folder.file("top")], { followSymlinks: true })).found, [
    "top/a",
    "top/",
  ]);
});

Deno.test("a walk that is given up in the midst of a folder leaves nothing open", async () => {
  await using folder = new TempFolder();
  await tree(folder, ["top/", "top/deep/", "top/deep/a", "top/deep/b", "top/c"]);
  const sources = walk([folder.file("top")]);
  assertEquals((await sources.next()).done, false);
  assertEquals((await sources.return()).done, true);
  assertEquals((await sources.next()).done, true);
});

Deno.test("the names of a large folder are asked for as it is walked, not all at once", async () => {
  await using folder = new TempFolder();
  await tree(folder, ["top/"]);
  const paths = Array.from({ length: 5_000 }, (_, at) => folder.file(`top/${at}`));
  for (const path of paths) Deno.openSync(path, { write: true, createNew: true }).close();
  let known = 0;
  const sources = walk([folder.file("top")], { onFailed: () => known++ });
  await sources.next();
  // What is gone before its turn comes is told of, if its name was known already.
  for (const path of paths) Deno.removeSync(path);
  for await (const _source of sources);
  assert(known < 2_500, `${known} names were gathered`);
});
