import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { memoryPair } from "../../net/memory.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { sendFiles } from "../../transfer/sender.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import type { Source } from "../../transfer/source.ts";
import type { HashKind } from "../../transfer/hash.ts";
import type { Offer } from "../../protocol/transfer.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { TestStore } from "./stores.ts";

const OFFER: Offer = {
  id: 0,
  key: "k",
  name: "noise",
  size: 300_000,
  kind: "file",
  mtime: 1,
  mode: 0o644,
};

async function transfer(test: TestStore, owner: string, source: Source, hash: HashKind = "sha256") {
  const [near, far] = memoryPair();
  const receiving = receiveFiles(far, test.store.inbox(owner));
  const sent: string[] = [];
  await sendFiles(near, [source], { hash, onSent: ({ savedAs }) => void sent.push(savedAs) });
  const { files } = await receiving;
  return { sent, files };
}

for (const hash of ["sha256", "xxh128"] as const) {
  for (const size of [0, 1_000, 3_000_000]) {
    Deno.test(`StoreInbox makes a shared file of ${size} bytes verified by ${hash}, and its source gives it back`, async () => {
      await using test = await TestStore.open();
      await using folder = new TempFolder();
      const path = await folder.write("noise.bin", noise(size));
      const { sent, files } = await transfer(test, "ann", await fileSource(path), hash);
      const [id, name] = sent[0]!.split("/");
      assertEquals([files, name], [1, "noise.bin"]);
      const file = (await test.store.find(id!))!;
      const digest = await crypto.subtle.digest("SHA-256", noise(size));
      assertEquals(file.sha256, new Uint8Array(digest).toHex());
      assertEquals([file.name, file.size], ["noise.bin", size]);

      const [near, far] = memoryPair();
      await using inbox = new TempFolder();
      const receiving = receiveFiles(far, new FolderInbox(inbox.path));
      await sendFiles(near, [test.store.source(file)]);
      await receiving;
      assertEquals(await Deno.readFile(inbox.file("recv-noise.bin")), noise(size));
    });
  }
}

for (const hash of ["sha256", "xxh128"] as const) {
  Deno.test(`StoreInbox goes on with what has come of an offer, after a restart too (${hash})`, async () => {
    await using test = await TestStore.open();
    await using folder = new TempFolder();
    const path = await folder.write("noise", noise(300_000));
    const mtime = Deno.statSync(path).mtime!.getTime();
    const offer = { ...OFFER, mtime };
    const part = await test.store.inbox("ann").open(offer, hash);
    part.begin(0);
    part.write(noise(300_000).subarray(0, 100_000));
    part.abort(true);
    await test.reopen();
    const { hasher, size } = (await test.store.inbox("ann").open(offer, hash)).held!;
    assertEquals([size, hasher.digest().length], [100_000, hash === "sha256" ? 64 : 32]);
    assertEquals((await test.store.inbox("bob").open(offer, hash)).held, undefined);
    const { sent } = await transfer(test, "ann", await fileSource(path), hash);
    const file = await test.store.find(sent[0]!.split("/")[0]!);
    const digest = await crypto.subtle.digest("SHA-256", noise(300_000));
    assertEquals(file?.sha256, new Uint8Array(digest).toHex());
    assertEquals(test.names.length, 1);
  });
}

Deno.test("StoreInbox gives the receipt again for a key, to its owner, while the file is there", async () => {
  await using test = await TestStore.open();
  const { store } = test;
  const inbox = store.inbox("ann");
  const offer = { ...OFFER, size: 5 };
  const part = await inbox.open(offer, "xxh128");
  part.begin(0);
  part.write(new TextEncoder().encode("hello"));
  const savedAs = await part.commit("00");
  const saved = { savedAs, size: 5, hash: "00" };
  assertEquals(await inbox.saved!(offer, "xxh128"), saved);
  assertEquals(await store.inbox("bob").saved!(offer, "xxh128"), undefined);
  await test.reopen();
  assertEquals(await test.store.inbox("ann").saved!(offer, "xxh128"), saved);
  await test.store.remove("ann", savedAs.split("/")[0]!);
  assertEquals(await test.store.inbox("ann").saved!(offer, "xxh128"), undefined);
});

Deno.test("StoreInbox refuses what cannot be kept before anything of it has come", async () => {
  await using test = await TestStore.open({ maxFileBytes: 1_000, maxBytesPerName: 500 });
  const inbox = test.store.inbox("ann");
  const codeOf = (offer: Partial<Offer>) =>
    assertThrows(() => inbox.open({ ...OFFER, ...offer }, "sha256"), ProtocolError).code;
  assertEquals(codeOf({}), "too_large");
  assertEquals(codeOf({ size: 501 }), "quota_exceeded");
  assertEquals(codeOf({ size: 1, name: "../a" }), "invalid_path");
  assertEquals(codeOf({ size: 0, kind: "directory" }), "unsupported_kind");
  const part = await inbox.open({ ...OFFER, size: 1, name: "folder/a" }, "sha256");
  assertEquals(test.names, []);
  part.begin(0);
  part.write(new Uint8Array(1));
  assertEquals((await part.commit("00".repeat(32))).split("/")[1], "a");
});

Deno.test("a part that is aborted leaves nothing, unless it is to be kept", async () => {
  await using test = await TestStore.open();
  const inbox = test.store.inbox("ann");
  const part = await inbox.open(OFFER, "sha256");
  part.begin(0);
  part.write(new Uint8Array(10));
  part.abort();
  assertEquals(test.names, []);
  const again = await inbox.open(OFFER, "sha256");
  again.begin(0);
  again.abort(true);
  assertEquals(test.names.length, 2);
});

Deno.test("a source of a file that is gone says so, and names no path", async () => {
  await using test = await TestStore.open();
  const { store } = test;
  const upload = store.begin("ann", { name: "a", size: 0 });
  const file = await upload.commit();
  const source = store.source(file);
  Deno.removeSync(test.folder.file(file.id));
  const error = await assertRejects(() => source.open(), ProtocolError);
  assertEquals(error.message, 'Cannot read "a": there is no such file');
  assertEquals(assertThrows(() => store.source(file), ProtocolError).code, "unknown_file");
});
