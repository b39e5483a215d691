import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { deviceKey, generateKeyPair } from "../../identity/device_key.ts";
import { sealedText } from "../../protocol/signed_texts.ts";
import { encryptAge } from "../../sealed/age_file.ts";
import { makeAgeIdentity } from "../../sealed/age_identity.ts";
import { encodeContent } from "../../sealed/content.ts";
import { NO_HASH, open, type Place, seal } from "../../sealed/envelope.ts";
import { age } from "../support/age.ts";
import { TempFolder } from "../support/temp.ts";

const ann = await deviceKey(await generateKeyPair(false));
const eve = await deviceKey(await generateKeyPair(false));
const bob = await makeAgeIdentity();
const place: Place = { kind: "private", to: "Bob", id: "01A" };
const content = { text: "meet me at nine", at: 1_800_000_000_000 };
const sealing = {
  ...place,
  content,
  previous: NO_HASH,
  deviceKey: ann,
  recipients: [bob.recipient],
};

async function fault(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, ProtocolError)).code;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Signs any ciphertext as eve's own. */
async function signedByEve(cipher: Uint8Array<ArrayBuffer>) {
  const key = eve.publicKey;
  const text = sealedText({ ...place, key, previous: NO_HASH, cipherHash: await sha256(cipher) });
  return { cipher: cipher.toBase64(), key, previous: NO_HASH, signature: await eve.sign(text) };
}

Deno.test("What is sealed is opened where it belongs, with the hash that its sender knows", async () => {
  const files = [{ id: "0".repeat(32), name: "plan.pdf", size: 7, type: "a/b", sha256: NO_HASH }];
  for (const said of [content, { ...content, text: "", files }]) {
    const { sealed, hash } = await seal({ ...sealing, content: said });
    assertEquals(await open(sealed, place, [bob]), { content: said, hash });
    // Names are one whatever their case.
    assertEquals((await open(sealed, { ...place, to: "bOB" }, [bob])).hash, hash);
    assert(!JSON.stringify(sealed).includes("nine"));
  }
});

Deno.test("Nothing of what is signed can be changed: each is a bad signature", async () => {
  const { sealed } = await seal(sealing);
  const flipped = Uint8Array.fromBase64(sealed.cipher);
  flipped[200]! ^= 1;
  const cut = Uint8Array.fromBase64(sealed.cipher).slice(0, -1);
  const changes: [Partial<typeof sealed>, Partial<Place>][] = [
    [{ cipher: flipped.toBase64() }, {}],
    [{ cipher: cut.toBase64() }, {}],
    [{ key: eve.publicKey }, {}],
    [{ previous: "1".repeat(64) }, {}],
    [{ signature: "0".repeat(128) }, {}],
    [{ signature: sealed.signature.replace(/^../, "zz") }, {}],
    // Moved: to another person, into a room of that name, under another id.
    [{}, { to: "carl" }],
    [{}, { kind: "room" }],
    [{}, { id: "01B" }],
  ];
  for (const [envelope, moved] of changes) {
    const opening = open({ ...sealed, ...envelope }, { ...place, ...moved }, [bob]);
    assertEquals(await fault(opening), "bad_signature");
  }
});

Deno.test("Who signs what somebody else encrypted is found out by the key inside", async () => {
  const { sealed } = await seal(sealing);
  const taken = await signedByEve(Uint8Array.fromBase64(sealed.cipher));
  assertEquals(await fault(open(taken, place, [bob])), "wrong_place");
});

Deno.test("What was encrypted for another place is not taken in this one, whoever signs it", async () => {
  const key = eve.publicKey;
  for (
    const inner of [
      { key, kind: "room", to: "Bob" },
      { key, kind: "private", to: "carl" },
      { key: ann.publicKey, kind: "private", to: "Bob" },
    ] as const
  ) {
    const cipher = await encryptAge(encodeContent(content, inner), [bob.recipient]);
    assertEquals(await fault(open(await signedByEve(cipher), place, [bob])), "wrong_place");
  }
});

Deno.test("Who is no recipient cannot read it", async () => {
  const { sealed } = await seal(sealing);
  assertEquals(await fault(open(sealed, place, [await makeAgeIdentity()])), "cannot_decrypt");
});

Deno.test("A signed plaintext that is no message is damaged, and is not repeated in the error", async () => {
  const inner = { v: 1, key: eve.publicKey, kind: "private", to: "Bob", at: 1 };
  for (
    const plain of [
      "secret word",
      JSON.stringify({ ...inner, text: "secret word", v: 2 }),
      JSON.stringify({ ...inner, text: "secret \x1b[2J word" }),
      JSON.stringify({ ...inner, text: "" }),
      JSON.stringify({ ...inner, text: "secret word".repeat(2_000) }),
      JSON.stringify({ ...inner, text: "secret word", files: [{ id: "../x" }] }),
      JSON.stringify({ ...inner, text: "secret word", at: -1 }),
    ]
  ) {
    const cipher = await encryptAge(new TextEncoder().encode(plain), [bob.recipient]);
    const error = await assertRejects(
      async () => await open(await signedByEve(cipher), place, [bob]),
      ProtocolError,
    );
    assertEquals(error.code, "damaged");
    assert(!`${error.message} ${error.stack} ${error.cause}`.includes("secret"));
  }
});

Deno.test("A message with more recipients than two names have is not tried: each costs a key exchange", async () => {
  const many = await Promise.all(Array.from({ length: 41 }, () => makeAgeIdentity()));
  const recipients = [...many.map(({ recipient }) => recipient), bob.recipient];
  const { sealed } = await seal({ ...sealing, recipients });
  assertEquals(await fault(open(sealed, place, [bob])), "damaged");
  const few = await seal({ ...sealing, recipients: recipients.slice(-32) });
  assertEquals((await open(few.sealed, place, [bob])).content, content);
});

Deno.test("The length of a short text does not tell the text", async () => {
  const length = async (text: string) =>
    (await seal({ ...sealing, content: { ...content, text } })).sealed.cipher.length;
  assertEquals(await length("yes"), await length("no"));
  assertEquals(await length("yes"), await length("y".repeat(40)));
  assertNotEquals(await length("yes"), await length("y".repeat(400)));
});

Deno.test("Sealing the same text twice repeats no part of the ciphertext", async () => {
  const parts = new Set<string>();
  for (let turn = 0; turn < 5; turn++) {
    const { sealed } = await seal(sealing);
    const cipher = Uint8Array.fromBase64(sealed.cipher);
    const [, stanza, wrapped, mac] = new TextDecoder("latin1").decode(cipher).split("\n");
    const payload = cipher.subarray(22 + 98 + 48).toHex();
    for (const part of [stanza!, wrapped!, mac!, payload.slice(0, 32), payload.slice(32, 64)]) {
      assert(!parts.has(part), "nothing of it may come again");
      parts.add(part);
    }
  }
});

Deno.test("The longest text and sixteen files go to both names' devices; what does not fit says so", async () => {
  const text = "x".repeat(16_384);
  const name = "n".repeat(60);
  const file = { id: "0".repeat(32), name, size: 7, type: "text/plain", sha256: NO_HASH };
  const recipients = await Promise.all(
    Array.from({ length: 32 }, async () => (await makeAgeIdentity()).recipient),
  );
  const whole = { ...sealing, content: { text, at: 1, files: Array(16).fill(file) }, recipients };
  assert((await seal(whole)).sealed.cipher.length <= 49_152);
  const worst = { ...whole.content, text: '"'.repeat(16_384) };
  assertEquals(await fault(seal({ ...whole, content: worst })), "too_large");
  assertEquals(await fault(seal({ ...sealing, recipients: [] })), "not_sealed");
});

Deno.test("The age program opens a sealed message", async () => {
  await using folder = new TempFolder();
  const key = await folder.write("key", `${bob.secret}\n`);
  const { sealed } = await seal(sealing);
  const plain = await age(["-d", "-i", key], Uint8Array.fromBase64(sealed.cipher));
  const { v, to, text, at } = JSON.parse(new TextDecoder().decode(plain));
  assertEquals({ v, to, text, at }, { v: 1, to: "Bob", ...content });
});
