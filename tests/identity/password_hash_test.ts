import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { PasswordHash } from "../../identity/password_hash.ts";

Deno.test("PasswordHash knows its password and no other", async () => {
  const line = await PasswordHash.make("correct horse");
  assertMatch(line, /^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  const hash = PasswordHash.parse(`${line}\n`);
  assert(await hash.isPassword("correct horse"));
  for (const wrong of ["", "correct hors", "correct horse ", "Correct horse", line]) {
    assertEquals(await hash.isPassword(wrong), false, wrong);
  }
});

Deno.test("PasswordHash has another salt each time, and takes letters composed or not", async () => {
  const line = await PasswordHash.make("schön");
  assertNotEquals(line, await PasswordHash.make("schön"));
  assert(await PasswordHash.parse(line).isPassword("scho\u0308n"));
});

Deno.test("PasswordHash is the scrypt of RFC 7914, as others write it", async () => {
  // Section 12: scrypt("pleaseletmein", "SodiumChloride", N=16384, r=8, p=1), its first 32 bytes.
  const hex = "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2";
  const salt = new TextEncoder().encode("SodiumChloride").toBase64({ omitPadding: true });
  const hash = Uint8Array.fromHex(hex).toBase64({ omitPadding: true });
  const line = `$scrypt$ln=14,r=8,p=1$${salt}$${hash}`;
  assert(await PasswordHash.parse(line).isPassword("pleaseletmein"));
});

Deno.test("PasswordHash takes nothing else, nor what costs too much, and quotes none of it", () => {
  const salt = "A".repeat(22);
  const hash = "A".repeat(43);
  const wrong = [
    "",
    "geheim",
    `$scrypt$ln=15,r=8,p=1$${salt}$${hash}A`,
    `$scrypt$ln=20,r=8,p=1$${salt}$${hash}`,
    `$scrypt$ln=15,r=99,p=1$${salt}$${hash}`,
    `$scrypt$ln=9,r=8,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=65536,t=2,p=1$${salt}$${hash}`,
  ];
  for (const line of wrong) {
    const { message } = assertThrows(() => PasswordHash.parse(line), TypeError);
    assert(!message.includes("geheim") && !message.includes(hash));
  }
});
