import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { hashText } from "../../transfer/hash.ts";
import type { SharedFile } from "../../protocol/chat.ts";
import { noise } from "../support/temp.ts";
import { FileStore } from "../../files/file_store.ts";
import { TestStore } from "./stores.ts";

const encoder = new TextEncoder();
const HELLO = encoder.encode("hello\n");
const DAY_MS = 86_400_000;

function codeOf(work: () => unknown): string {
  return assertThrows(work, ProtocolError).code;
}

async function bring({ store }: TestStore, owner: string, name: string, bytes = HELLO) {
  const upload = store.begin(owner, { name, size: bytes.length });
  await upload.append(bytes);
  return await upload.commit();
}

async function contentOf({ store }: TestStore, { id }: SharedFile): Promise<string> {
  using file = await store.openFile(id);
  return await new Response(file.readable).text();
}

Deno.test("FileStore finds a file when it is whole, and tells what it is (I1)", async () => {
  await using test = await TestStore.open();
  const { store } = test;
  const upload = store.begin("Ann", { name: "hello.txt", size: null });
  upload.write(HELLO.subarray(0, 2));
  await upload.append(HELLO.subarray(2));
  assertEquals(await store.find(upload.id), undefined);
  const file = await upload.commit();
  assertMatch(file.id, /^[0-9a-f]{32}$/);
  assertEquals(file, {
    id: upload.id,
    name: "hello.txt",
    size: 6,
    type: "text/plain",
    sha256: hashText("hello\n"),
  });
  assertEquals(await store.find(file.id), file);
  assertEquals(await contentOf(test, file), "hello\n");
  assertEquals(await store.find("0".repeat(32)), undefined);
  assertEquals(await store.find("../parley.db"), undefined);
});

Deno.test("FileStore has its files again after a restart, and removes what nobody knows of", async () => {
  await using test = await TestStore.open();
  const file = await bring(test, "ann", "hello.txt");
  const open = test.store.begin("ann", { name: "half", size: 10 });
  open.write(HELLO);
  await test.folder.write("f".repeat(32), "what a server that was killed has left");
  await test.folder.write("note", "somebody else's");
  await test.reopen();
  assertEquals(await test.store.find(file.id), file);
  assertEquals(await contentOf(test, file), "hello\n");
  assertEquals(test.names.toSorted(), [file.id, "note"].toSorted());
  assertEquals(test.store.used, { bytes: 6, files: 1 });
});

Deno.test("FileStore does not find a file whose bytes are gone, and finds it when they are back", async () => {
  await using test = await TestStore.open();
  const file = await bring(test, "ann", "hello.txt");
  const path = test.folder.file(file.id);
  await test.store.close();
  await Deno.rename(path, path + "-away");
  await test.reopen();
  assertEquals(await test.store.find(file.id), undefined);
  assertEquals(test.store.used, { bytes: 0, files: 0 });
  await test.store.close();
  await Deno.rename(path + "-away", path);
  await test.reopen();
  assertEquals(await test.store.find(file.id), file);
});

Deno.test("FileStore keeps an interrupted upload for a day, over a restart, and goes on with it", async () => {
  await using test = await TestStore.open();
  const begun = test.store.begin("ann", { name: "noise", size: 1_000, isKept: true });
  begun.write(noise(1_000).subarray(0, 400));
  await test.store.close();
  assertEquals(codeOf(() => begun.write(HELLO)), "shutdown");
  assertEquals(codeOf(() => test.store.begin("ann", { name: "a", size: 6 })), "shutdown");
  const late = await assertRejects(() => test.store.resume("ann", begun.id), ProtocolError);
  assertEquals(late.code, "shutdown");
  await test.reopen();
  assertEquals(test.store.upload("ann", begun.id)?.offset, 400);
  assertEquals(test.store.used, { bytes: 400, files: 1 });
  const upload = await test.store.resume("ANN", begun.id);
  assertEquals(upload.offset, 400);
  assertEquals(test.store.used, { bytes: 1_000, files: 1 });
  await upload.append(noise(1_000).subarray(400));
  const file = await upload.commit();
  const whole = await crypto.subtle.digest("SHA-256", noise(1_000));
  assertEquals(file.sha256, new Uint8Array(whole).toHex());
  assertEquals(test.names, [file.id]);

  const left = test.store.begin("ann", { name: "left", size: 10, isKept: true });
  left.close();
  await test.clock.advanceAsync(DAY_MS + 3_600_000);
  assertEquals(test.store.upload("ann", left.id), undefined);
  assertEquals(test.names, [file.id]);
  assertEquals(test.store.used, { bytes: 1_000, files: 1 });
});

/** A store as a crash in this moment leaves it; what is on disk for certain is all that counts. */
async function crashed(test: TestStore): Promise<FileStore> {
  const copy = `${test.folder.path}-crashed`;
  await Deno.mkdir(copy);
  for (const name of test.names) {
    await Deno.copyFile(`${test.folder.path}/${name}`, `${copy}/${name}`);
  }
  const { registry, clock } = test;
  return await FileStore.open(copy, { registry, clock });
}

Deno.test("after a crash an upload goes on from what was on disk for certain, not from what had come", async () => {
  await using test = await TestStore.open();
  const begun = test.store.begin("ann", { name: "a", size: 100, isKept: true });
  await begun.append(noise(40));
  begun.close();
  await begun.closed;
  const more = await test.store.resume("ann", begun.id);
  await more.append(noise(20));
  await using after = await crashed(test);
  assertEquals(after.upload("ann", begun.id)?.offset, 40);
  more.close();
  await more.closed;
  await Deno.remove(`${test.folder.path}-crashed`, { recursive: true });
  await using later = await crashed(test);
  assertEquals(later.upload("ann", begun.id)?.offset, 60);
  // A note whose last line was cut off tells what the line before it does.
  await Deno.writeTextFile(`${test.folder.path}/${begun.id}.json`, '{"keptB', { append: true });
  await test.reopen();
  assertEquals(test.store.upload("ann", begun.id)?.offset, 60);
  await Deno.remove(`${test.folder.path}-crashed`, { recursive: true });
});

Deno.test("a long upload is made certain every 64 MiB, so that a crash takes no more of it", async () => {
  await using test = await TestStore.open();
  const size = 70 * 2 ** 20;
  const upload = test.store.begin("ann", { name: "a", size, isKept: true });
  const piece = noise(2 ** 20);
  for (let at = 0; at < size; at += piece.length) await upload.append(piece);
  await using after = await crashed(test);
  assertEquals(after.upload("ann", upload.id)?.offset, 64 * 2 ** 20);
  upload.remove();
  await Deno.remove(`${test.folder.path}-crashed`, { recursive: true });
});

Deno.test("an upload that is gone on with elsewhere takes nothing more where it was (I1)", async () => {
  await using test = await TestStore.open();
  const first = test.store.begin("ann", { name: "a", size: 6, isKept: true });
  const writing = first.append(HELLO.subarray(0, 3));
  const second = await test.store.resume("ann", first.id);
  await writing;
  assertEquals(second.offset, 3);
  assertEquals(codeOf(() => first.write(HELLO)), "cancelled");
  second.write(HELLO.subarray(3));
  assertEquals((await second.commit()).sha256, hashText("hello\n"));
  await assertRejects(() => first.commit(), ProtocolError);
});

Deno.test("who goes on with an upload that is being committed is told that it is over", async () => {
  await using test = await TestStore.open();
  const first = test.store.begin("ann", { name: "a", size: 6, isKept: true });
  first.write(HELLO);
  const commit = first.commit();
  const error = await assertRejects(() => test.store.resume("ann", first.id), ProtocolError);
  assertEquals(error.code, "cancelled");
  assertEquals((await commit).size, 6);
});

Deno.test("nobody goes on with another's upload, nor removes another's file", async () => {
  await using test = await TestStore.open();
  const { store } = test;
  const upload = store.begin("ann", { name: "a", size: 6, isKept: true });
  upload.close();
  const error = await assertRejects(() => store.resume("bob", upload.id), ProtocolError);
  assertEquals(error.code, "unknown_file");
  assertEquals(store.upload("bob", upload.id), undefined);
  assertEquals(await store.remove("bob", upload.id), false);
  const file = await bring(test, "ann", "b");
  assertEquals(await store.remove("bob", file.id), false);
  assertEquals(await store.find(file.id), file);
  assertEquals(await store.remove("Ann", file.id), true);
  assertEquals(await store.remove("Ann", upload.id), true);
  assertEquals(await store.find(file.id), undefined);
  assertEquals(test.names, []);
  assertEquals(store.used, { bytes: 0, files: 0 });
});

Deno.test("an upload that is removed while it is committed is no file afterwards", async () => {
  await using test = await TestStore.open();
  const { store } = test;
  const upload = store.begin("ann", { name: "a", size: 6, isKept: true });
  upload.write(HELLO);
  const committing = upload.commit();
  assertEquals(await store.remove("ann", upload.id), true);
  const { id } = await committing;
  assertEquals([await store.find(id), store.used, test.names], [
    undefined,
    { bytes: 0, files: 0 },
    [],
  ]);
  assertEquals(await store.remove("ann", id), false);
});

Deno.test("a file that is open is read to its end though it is removed", async () => {
  await using test = await TestStore.open();
  const file = await bring(test, "ann", "a");
  using open = await test.store.openFile(file.id);
  await test.store.remove("ann", file.id);
  assertEquals(await new Response(open.readable).text(), "hello\n");
});

Deno.test("FileStore counts for each name, whatever its case, and for all, what is on its way too (I2)", async () => {
  await using test = await TestStore.open({ maxBytesPerName: 10, maxBytes: 14, maxFileBytes: 9 });
  const { store } = test;
  const begin = (owner: string, size: number | null) => store.begin(owner, { name: "a", size });
  assertEquals(codeOf(() => begin("ann", 10)), "too_large");
  assertEquals(codeOf(() => store.check("ann", { name: "a", size: 10 })), "too_large");
  const first = begin("ann", 6);
  assertEquals(codeOf(() => begin("ANN", 5)), "quota_exceeded");
  begin("bob", 6).write(HELLO);
  assertEquals(codeOf(() => begin("cid", 3)), "quota_exceeded");
  const unknown = begin("ann", null);
  unknown.write(HELLO.subarray(0, 2));
  assertEquals(codeOf(() => unknown.write(HELLO)), "quota_exceeded");
  unknown.close();
  first.remove();
  assertEquals(store.used, { bytes: 6, files: 1 });
  const longer = begin("ann", null);
  longer.write(HELLO);
  assertEquals(codeOf(() => longer.write(HELLO)), "too_large");
  assertEquals(codeOf(() => begin("cid", 1).write(HELLO)), "size_mismatch");
});

Deno.test("FileStore counts files as well: empty ones have no end either (I2)", async () => {
  await using test = await TestStore.open({ maxFilesPerName: 2, maxFiles: 3 });
  const nothing = new Uint8Array(0);
  await bring(test, "ann", "a", nothing);
  await bring(test, "ann", "b", nothing);
  const error = await assertRejects(() => bring(test, "ann", "c", nothing), ProtocolError);
  assertEquals(error.code, "quota_exceeded");
  await bring(test, "bob", "a", nothing);
  await assertRejects(() => bring(test, "cid", "a", nothing), ProtocolError);
});

Deno.test("an interrupted upload takes no more room than what has come of it", async () => {
  await using test = await TestStore.open({ maxBytesPerName: 10 });
  const { store } = test;
  const big = store.begin("ann", { name: "a", size: 10, isKept: true });
  big.write(HELLO);
  big.close();
  const other = store.begin("ann", { name: "b", size: 4 });
  const error = await assertRejects(() => store.resume("ann", big.id), ProtocolError);
  assertEquals(error.code, "quota_exceeded");
  other.remove();
  (await store.resume("ann", big.id)).close();
});

Deno.test("of one name 16 interrupted uploads are kept: the oldest goes", async () => {
  await using test = await TestStore.open();
  const begin = () => {
    const upload = test.store.begin("ann", { name: "a", size: 6, isKept: true });
    upload.close();
    test.clock.advance(1);
    return upload.id;
  };
  const ids = Array.from({ length: 17 }, begin);
  const there = ids.map((id) => test.store.upload("ann", id) !== undefined);
  assertEquals(there, [false, ...Array.from({ length: 16 }, () => true)]);
  assertEquals(test.names.length, 32);
});

Deno.test("a commit that is short, or not what was sent, leaves nothing", async () => {
  await using test = await TestStore.open();
  const short = test.store.begin("ann", { name: "a", size: 7, isKept: true });
  short.write(HELLO);
  assertEquals((await assertRejects(() => short.commit(), ProtocolError)).code, "size_mismatch");
  const other = test.store.begin("ann", { name: "a", size: 6, isKept: true });
  other.write(HELLO);
  const wanted = hashText("other");
  assertEquals(
    (await assertRejects(() => other.commit(wanted), ProtocolError)).code,
    "hash_mismatch",
  );
  assertEquals([test.names, test.store.used], [[], { bytes: 0, files: 0 }]);
});

Deno.test("what the registry cannot store is not told of, and an upload that is kept goes on", async () => {
  await using test = await TestStore.open();
  const upload = test.store.begin("ann", { name: "a", size: 6, isKept: true });
  upload.write(HELLO);
  const { put } = test.registry;
  test.registry.put = () => Promise.reject(new Error("full"));
  assertEquals((await assertRejects(() => upload.commit(), ProtocolError)).code, "storage_failed");
  assertEquals(await test.store.find(upload.id), undefined);
  test.registry.put = put;
  assertEquals((await (await test.store.resume("ann", upload.id)).commit()).size, 6);
});

Deno.test("FileStore refuses what the disk has no room for", async () => {
  await using test = await TestStore.open({ measureFree: () => 5 });
  assertEquals(codeOf(() => test.store.begin("ann", { name: "a", size: 6 })), "no_space");
});

Deno.test("FileStore takes names by the rules of transfers, of one segment", async () => {
  await using test = await TestStore.open();
  for (const name of ["", ".", "..", "a/b", "../a", "/a", "a\0", "a\nb", "C:\\a", "a\u202e"]) {
    assertEquals(codeOf(() => test.store.begin("ann", { name, size: 6 })), "invalid_path", name);
  }
  assertEquals((await bring(test, "ann", "ab: c.")).name, "ab_ c_");
  const script = '<img src=x onerror="alert(1)">.svg';
  assertEquals((await bring(test, "ann", script)).name, script);
});

Deno.test("FileStore keeps files as long as it is told to", async () => {
  await using test = await TestStore.open({ keepMs: 2 * DAY_MS });
  const old = await bring(test, "ann", "old");
  await test.clock.advanceAsync(DAY_MS);
  const young = await bring(test, "ann", "young");
  await test.clock.advanceAsync(DAY_MS + 3_600_000);
  assertEquals(await test.store.find(old.id), undefined);
  assertEquals(await test.store.find(young.id), young);
  assertEquals(test.names, [young.id]);
  await test.clock.advanceAsync(1_000);
  await test.reopen();
  assertEquals(await test.store.find(old.id), undefined);
  await test.store.close();
  // What is left are the registry's leases, for a minute.
  await test.clock.advanceAsync(60_000);
  assertEquals(test.clock.pending, 0);
});

Deno.test("what is made is for this user only", async () => {
  await using test = await TestStore.open();
  const file = await bring(test, "ann", "a");
  const mode = Deno.statSync(test.folder.file(file.id)).mode! & 0o777;
  assertEquals(mode, 0o600);
});
