import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { memoryPair } from "../../net/memory.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { sendFiles } from "../../transfer/sender.ts";
import { noise, TempFolder } from "../support/temp.ts";

/** Does something to a file, and sets its time back, so that its time does not tell. */
async function unnoticed(path: string, work: () => Promise<void>): Promise<void> {
  const { mtime } = await Deno.stat(path);
  await work();
  await Deno.utime(path, mtime!, mtime!);
}

const CHANGES = {
  "grows": (path: string) => unnoticed(path, () => Deno.writeTextFile(path, "x", { append: true })),
  "shrinks": (path: string) => unnoticed(path, () => Deno.truncate(path, 5)),
  "is written anew": async (path: string) => {
    const { size } = await Deno.stat(path);
    await Deno.writeFile(path, noise(size, 2));
    await Deno.utime(path, 1, 1);
  },
};

// A small file goes with its offer, in one read; a large one when it is accepted, in many.
for (const [what, size] of [["small", 10], ["large", 700_000]] as const) {
  for (const [changes, change] of Object.entries(CHANGES)) {
    Deno.test(`a ${what} file that ${changes} after it was looked at is file_changed`, async () => {
      await using from = new TempFolder();
      await using to = new TempFolder();
      const path = await from.write("log", noise(size));
      const source = await fileSource(path);
      await change(path);
      const [here, there] = memoryPair();
      const failed: string[] = [];
      await Promise.all([
        sendFiles(here, [source], { onFailed: ({ error }) => failed.push(error.code) }),
        receiveFiles(there, new FolderInbox(to.path)),
      ]);
      assertEquals(failed, ["file_changed"]);
      assertEquals(to.names(), []);
    });
  }
}

Deno.test("what is no regular file, and what is not there, is read_failed", async () => {
  await using from = new TempFolder();
  for (const path of [from.path, from.file("gone")]) {
    const error = await assertRejects(() => fileSource(path), ProtocolError);
    assertEquals(error.code, "read_failed");
  }
});

Deno.test("a file that went after it was looked at is read_failed, small or large", async () => {
  await using from = new TempFolder();
  const path = await from.write("a", "abc");
  const source = await fileSource(path);
  await Deno.remove(path);
  for (
    const read of [() => source.open(), async () => await source.readWhole!(new Uint8Array(10))]
  ) {
    assertEquals((await assertRejects(read, ProtocolError)).code, "read_failed");
  }
});
