import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import type { Offer } from "../../protocol/transfer.ts";
import { FolderInbox, type FolderInboxOptions } from "../../transfer/folder_inbox.ts";
import type { Part } from "../../transfer/inbox.ts";
import { TempFolder } from "../support/temp.ts";

const text = (value: string) => new TextEncoder().encode(value);

function offer(name: string, size: number | null = 3, kind: "file" | "directory" = "file"): Offer {
  return { id: 0, key: "k".repeat(16), name, size, kind };
}

async function save(
  folder: TempFolder,
  name: string,
  content: string,
  options?: FolderInboxOptions,
): Promise<string> {
  const inbox = new FolderInbox(folder.path, options);
  const part = await inbox.open(offer(name, content.length), "sha256");
  part.begin(0);
  part.write(text(content));
  return await part.commit("");
}

async function refusal(work: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(work, ProtocolError)).code;
}

Deno.test("a file has its name only when it is committed (I1)", async () => {
  await using folder = new TempFolder();
  const part = await new FolderInbox(folder.path).open(offer("a.txt"), "sha256");
  part.begin(0);
  part.write(text("abc"));
  assertEquals(folder.names().filter((name) => name.startsWith("recv-")), []);
  assertEquals(folder.names().length, 1);
  assertEquals(await part.commit(""), "recv-a.txt");
  assertEquals(folder.names(), ["recv-a.txt"]);
  assertEquals(await Deno.readTextFile(folder.file("recv-a.txt")), "abc");
});

Deno.test("an aborted part leaves nothing; aborting again, or after a commit, does nothing (I3)", async () => {
  await using folder = new TempFolder();
  const part = await new FolderInbox(folder.path).open(offer("a.txt"), "sha256");
  part.begin(0);
  part.write(text("abc"));
  part.abort();
  part.abort();
  assertEquals(folder.names(), []);
  const saved = await new FolderInbox(folder.path).open(offer("a.txt"), "sha256");
  saved.begin(0);
  await saved.commit("");
  saved.abort();
  assertEquals(folder.names(), ["recv-a.txt"]);
});

Deno.test("a name that is there is not replaced: the next free copy is taken (I2)", async () => {
  await using folder = new TempFolder();
  assertEquals(await save(folder, "a.txt", "one"), "recv-a.txt");
  assertEquals(await save(folder, "a.txt", "two"), "recv-a (1).txt");
  assertEquals(await save(folder, "a.txt", "three"), "recv-a (2).txt");
  assertEquals(await Deno.readTextFile(folder.file("recv-a.txt")), "one");
});

Deno.test("many of one name at once each get a name of their own (I2)", async () => {
  await using folder = new TempFolder();
  const saved = await Promise.all(
    Array.from({ length: 30 }, (_, at) => save(folder, "a.txt", `content ${at}`)),
  );
  assertEquals(new Set(saved).size, 30);
  assertEquals(folder.names().length, 30);
  for (const [at, name] of saved.entries()) {
    assertEquals(await Deno.readTextFile(folder.file(name)), `content ${at}`);
  }
});

Deno.test("overwrite replaces the file, whole, when it is committed", async () => {
  await using folder = new TempFolder();
  await save(folder, "a.txt", "old");
  assertEquals(await save(folder, "a.txt", "new", { onExists: "overwrite" }), "recv-a.txt");
  assertEquals(folder.names(), ["recv-a.txt"]);
  assertEquals(await Deno.readTextFile(folder.file("recv-a.txt")), "new");
});

Deno.test("refuse refuses a name that is there, also one that came meanwhile", async () => {
  await using folder = new TempFolder();
  const inbox = new FolderInbox(folder.path, { onExists: "refuse" });
  const part = await inbox.open(offer("a.txt"), "sha256");
  part.begin(0);
  part.write(text("abc"));
  await folder.write("recv-a.txt", "mine");
  assertEquals(await refusal(() => part.commit("")), "exists");
  assertEquals(await refusal(async () => await inbox.open(offer("a.txt"), "sha256")), "exists");
  assertEquals(folder.names(), ["recv-a.txt"]);
  assertEquals(await Deno.readTextFile(folder.file("recv-a.txt")), "mine");
});

Deno.test("skip holds an equal file already, and refuses to replace a different one", async () => {
  await using folder = new TempFolder();
  await folder.write("recv-a.txt", "abc");
  const inbox = new FolderInbox(folder.path, { onExists: "skip" });
  const same = await inbox.open(offer("a.txt", 3), "sha256");
  assertEquals(
    [same.held?.size, same.held?.hasher.digest().slice(0, 8)],
    [3, "ba7816bf"],
  );
  same.begin(3);
  assertEquals(await same.commit(""), "recv-a.txt");
  const other = await inbox.open(offer("a.txt", 3), "sha256");
  assertEquals(await refusal(() => Promise.resolve().then(() => other.begin(0))), "exists");
  assertEquals(await refusal(async () => await inbox.open(offer("a.txt", 4), "sha256")), "exists");
  assertEquals(await save(folder, "b.txt", "new", { onExists: "skip" }), "recv-b.txt");
});

Deno.test("a link at the target is never followed, whatever onExists says (I2)", async () => {
  for (const onExists of ["rename", "overwrite", "skip", "refuse"] as const) {
    await using outside = new TempFolder();
    await using folder = new TempFolder();
    const victim = await outside.write("victim", "mine");
    for (const [name, target] of [["live", victim], ["dangling", outside.file("new")]] as const) {
      await Deno.symlink(target, folder.file(`recv-${name}`));
      await save(folder, name, "evil", { onExists }).catch((error) => {
        if (!(error instanceof ProtocolError)) throw error;
      });
    }
    assertEquals(await Deno.readTextFile(victim), "mine", onExists);
    assertEquals(outside.names(), ["victim"], onExists);
  }
});

Deno.test("a file over the limit is refused by what it says, and stopped by what comes", async () => {
  await using folder = new TempFolder();
  const inbox = new FolderInbox(folder.path, { maxFileBytes: 4 });
  assertEquals(await refusal(async () => await inbox.open(offer("a", 5), "sha256")), "too_large");
  const part = await inbox.open(offer("a", null), "sha256");
  part.begin(0);
  part.write(text("abcd"));
  assertEquals(
    await refusal(() => Promise.resolve().then(() => part.write(text("e")))),
    "too_large",
  );
  part.abort();
  assertEquals(folder.names(), []);
});

Deno.test("bad names are refused before anything is made", async () => {
  await using folder = new TempFolder();
  const inbox = new FolderInbox(folder.path);
  for (const name of ["../x", "a/../../x", "/etc/passwd", "a\\b"]) {
    assertEquals(
      await refusal(async () => await inbox.open(offer(name), "sha256")),
      "invalid_path",
    );
  }
  assertEquals(folder.names(), []);
});

Deno.test("a folder that vanished is write_failed, before and while a file arrives", async () => {
  await using folder = new TempFolder();
  const inbox = new FolderInbox(folder.path);
  const part = await inbox.open(offer("a.txt"), "sha256");
  part.begin(0);
  part.write(text("abc"));
  await Deno.remove(folder.path, { recursive: true });
  const error = await assertRejects(() => part.commit(""), ProtocolError);
  assertEquals(error.code, "write_failed");
  assertEquals(error.message, "Cannot save the file: the folder is gone");
  const next = await inbox.open(offer("b.txt"), "sha256");
  assertEquals(await refusal(() => Promise.resolve().then(() => next.begin(0))), "write_failed");
});

Deno.test("an offer alone makes no file and holds none open", async () => {
  await using folder = new TempFolder();
  const inbox = new FolderInbox(folder.path);
  const parts: Part[] = [];
  for (let at = 0; at < 2_000; at++) parts.push(await inbox.open(offer(`f${at}`), "sha256"));
  assertEquals(folder.names(), []);
  for (const part of parts) part.abort();
});

for (const code of ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]) {
  Deno.test(`where hard links fail with ${code}, names are claimed, and still nothing is replaced (I2)`, async () => {
    await using folder = new TempFolder();
    using _stub = stub("linkSync", () => {
      throw Object.assign(new Error("no hard links here"), { code });
    });
    assertEquals(await save(folder, "a.txt", "one"), "recv-a.txt");
    assertEquals(await save(folder, "a.txt", "two"), "recv-a (1).txt");
    assertEquals(folder.names(), ["recv-a (1).txt", "recv-a.txt"]);
    assertEquals(await Deno.readTextFile(folder.file("recv-a.txt")), "one");
  });
}

Deno.test("a name that was claimed is given back where the part cannot be moved there (I1)", async () => {
  await using folder = new TempFolder();
  using _link = stub("linkSync", () => {
    throw Object.assign(new Error("no hard links here"), { code: "EPERM" });
  });
  using _rename = stub("renameSync", () => {
    throw Object.assign(new Error("the disk failed"), { code: "EIO" });
  });
  assertEquals(await refusal(() => save(folder, "a.txt", "one")), "write_failed");
  assertEquals(folder.names(), []);
});

/** Replaces a function of Deno's, for a file system that this machine does not have. */
function stub<K extends "linkSync" | "renameSync">(
  name: K,
  work: typeof Deno[K],
): Disposable {
  const real = Deno[name];
  Deno[name] = work;
  return {
    [Symbol.dispose]() {
      Deno[name] = real;
    },
  };
}
