import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path/join";
import { KeyFile, KeyFileError } from "../../client/key_file.ts";
import { verifySignature } from "../../identity/device_key.ts";
import { recipientText } from "../../protocol/signed_texts.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("KeyFile makes a key once, and reads it again", async () => {
  await using temp = new TempFolder();
  const folder = join(temp.path, "parley");
  assertEquals(await new KeyFile(folder).read(), undefined);
  const { key, age, recipient } = await new KeyFile(folder).open();
  const again = await new KeyFile(folder).open();
  assertEquals(again.key.publicKey, key.publicKey);
  assertEquals(again.age, age);
  const text = recipientText(key.publicKey, recipient.recipient);
  assert(await verifySignature(key.publicKey, text, recipient.signature));
  assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["key.json"]);
});

Deno.test("KeyFile: of several that make a key at once, one wins (I1)", async () => {
  await using temp = new TempFolder();
  const made = await Promise.all(
    Array.from({ length: 8 }, () => new KeyFile(temp.path).open()),
  );
  assertEquals(new Set(made.map(({ key }) => key.publicKey)).size, 1);
  assertEquals(Array.from(Deno.readDirSync(temp.path), ({ name }) => name), ["key.json"]);
});

Deno.test("KeyFile keeps a key where there are no hard links, and the one that is there", async () => {
  await using temp = new TempFolder();
  const { link } = Deno;
  Deno.link = () => Promise.reject(new Deno.errors.PermissionDenied("no links"));
  try {
    const { key } = await new KeyFile(temp.path).open();
    assertEquals((await new KeyFile(temp.path).open()).key.publicKey, key.publicKey);
  } finally {
    Deno.link = link;
  }
  assertEquals(Array.from(Deno.readDirSync(temp.path), ({ name }) => name), ["key.json"]);
});

Deno.test("KeyFile makes its folder 0700 and its file 0600, and uses none that others may read (I2)", async () => {
  await using temp = new TempFolder();
  const folder = join(temp.path, "parley");
  const file = new KeyFile(folder);
  await file.open();
  assertEquals((await Deno.stat(folder)).mode! & 0o777, 0o700);
  assertEquals((await Deno.stat(file.path)).mode! & 0o777, 0o600);
  for (const mode of [0o640, 0o604, 0o620, 0o601, 0o666]) {
    await Deno.chmod(file.path, mode);
    await assertRejects(() => file.open(), KeyFileError, `chmod 600 ${file.path}`);
  }
  await Deno.chmod(file.path, 0o400);
  await file.open();
});

Deno.test("KeyFile replaces no damaged key, and tells nothing of it (I3)", async () => {
  await using temp = new TempFolder();
  const file = new KeyFile(temp.path);
  const secret = "AGE-SECRET-KEY-1" + "Q".repeat(58);
  const damaged = ["", "{", "null", "[]", "{}", JSON.stringify({ key: "geheim", age: secret })];
  for (const text of damaged) {
    await Deno.writeTextFile(file.path, text, { mode: 0o600 });
    const { message } = await assertRejects(() => file.open(), KeyFileError, "damaged");
    assert(!message.includes("geheim") && !message.includes(secret));
    assertEquals(await Deno.readTextFile(file.path), text);
  }
});
