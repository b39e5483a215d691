import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import type { Offer } from "../../protocol/transfer.ts";
import { FolderInbox, type OnExists } from "../../transfer/folder_inbox.ts";
import { createHasher } from "../../transfer/hash.ts";
import { TempFolder } from "../support/temp.ts";

const MINE = "mine";
const bytes = (value: string) => new TextEncoder().encode(value);

function offer(name: string): Offer {
  return { id: 0, key: "k".repeat(16), name, size: MINE.length, kind: "file" };
}

async function sha256(value: string): Promise<string> {
  const hasher = await createHasher("sha256");
  hasher.update(bytes(value));
  return hasher.digest();
}

/**
 * An inbox in which `top` has just been looked at, and then was exchanged for a link to a folder outside
 * that holds somebody else's `victim`.
 */
async function exchanged(onExists: OnExists) {
  const to = new TempFolder();
  const outside = new TempFolder();
  await outside.write("victim", MINE);
  const inbox = new FolderInbox(to.path, { onExists, fsync: false });
  const first = await inbox.open(offer("top/first"), "sha256");
  first.begin(0);
  first.write(bytes(MINE));
  await first.commit(await sha256(MINE));
  return {
    to,
    outside,
    inbox,
    exchange() {
      Deno.renameSync(to.file("recv-top"), to.file("moved"));
      Deno.symlinkSync(outside.path, to.file("recv-top"));
    },
  };
}

for (const onExists of ["rename", "overwrite", "skip", "refuse"] as const) {
  for (const [what, content] of [["another", "evil"], ["the same", MINE]] as const) {
    Deno.test(`${onExists}: a link planted for a folder exposes somebody's file neither to ${what} content nor to removal`, async () => {
      const { to, outside, inbox, exchange } = await exchanged(onExists);
      await using _to = to;
      await using _outside = outside;
      const part = await inbox.open(offer("top/victim"), "sha256");
      part.begin(0);
      part.write(bytes(content));
      exchange();
      const hash = await sha256(content);
      const error = await assertRejects(async () => await part.commit(hash), ProtocolError);
      assertEquals(error.code, "exists");
      assertEquals(outside.names(), ["victim"]);
      assertEquals(await Deno.readTextFile(outside.file("victim")), MINE);
      assertEquals(to.names(), ["moved", "recv-top"], "no part is left");
    });
  }
}

Deno.test("the hash of a file behind a link in place of a folder is not told", async () => {
  for (const onExists of ["rename", "skip"] as const) {
    const { to, outside, inbox, exchange } = await exchanged(onExists);
    await using _to = to;
    await using _outside = outside;
    exchange();
    const part = await inbox.open(offer("top/victim"), "sha256");
    assertEquals(part.held, undefined, onExists);
    part.abort();
  }
});

Deno.test("the hash of a file is not told that became a link after the look", async () => {
  await using to = new TempFolder();
  await using outside = new TempFolder();
  const victim = await outside.write("victim", MINE);
  await to.write("recv-a", "1234");
  const inbox = new FolderInbox(to.path, { onExists: "skip" });
  const open = Deno.open;
  Deno.open = (path, options) => {
    Deno.removeSync(to.file("recv-a"));
    Deno.symlinkSync(victim, to.file("recv-a"));
    return open(path, options);
  };
  let told: string | undefined;
  try {
    const { held } = await inbox.open(offer("a"), "sha256");
    told = held?.hasher.digest();
  } catch (error) {
    told = (error as ProtocolError).code;
  } finally {
    Deno.open = open;
  }
  assertEquals(told, "exists");
});
