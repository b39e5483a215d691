import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Decrypter, Encrypter } from "../../../web/page/vendor/age_encryption.js";
import fc from "fast-check";
import { deviceKey, generateKeyPair } from "../../../identity/device_key.ts";
import type { KeyCard, Sealed } from "../../../protocol/chat.ts";
import { endorsementText } from "../../../protocol/signed_texts.ts";
import { makeAgeIdentity, signRecipient } from "../../../sealed/age_identity.ts";
import * as chains from "../../../sealed/chain.ts";
import * as contacts from "../../../sealed/contacts.ts";
import * as contents from "../../../sealed/content.ts";
import * as envelopes from "../../../sealed/envelope.ts";
import { NO_HASH, type Place } from "../../../sealed/envelope.ts";
import vectors from "../../vectors/sealed.json" with { type: "json" };
import { Chain } from "../../../web/page/sealed_chain.js";
import { recipientsOf, trustContact, updateContact } from "../../../web/page/sealed_contacts.js";
import {
  decodeContent,
  encodeContent,
  open,
  seal,
  SealedError,
} from "../../../web/page/sealed_envelope.js";
import { isRecipientSigned } from "../../../web/page/sealed_contacts.js";

/** age as the page's worker has it. */
const age = {
  encrypt(plain: Uint8Array, recipients: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
    const encrypter = new Encrypter();
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    return encrypter.encrypt(plain);
  },
  decrypt(file: Uint8Array, identities: readonly (string | CryptoKey)[]): Promise<Uint8Array> {
    const decrypter = new Decrypter();
    for (const identity of identities) decrypter.addIdentity(identity);
    return decrypter.decrypt(file);
  },
};

const device = async () => await deviceKey(await generateKeyPair(false));

/** Whether the page and the programs say the same of something: the value, or the error's code. */
async function agree(page: () => unknown, program: () => unknown): Promise<void> {
  const outcome = async (work: () => unknown) => {
    try {
      return { value: await work() };
    } catch (error) {
      return { code: (error as { code?: string }).code };
    }
  };
  assertEquals(await outcome(page), await outcome(program));
}

Deno.test("the page and the programs open the same golden messages", async () => {
  const { secret, recipient, key, recipientSignature, messages } = vectors;
  assert(await isRecipientSigned({ key, at: 0, recipient, recipientSignature }));
  for (const { place, sealed, hash, content } of messages) {
    const where = place as Place;
    assertEquals(await open(sealed, where, [secret], age), { content, hash });
    const opened = await envelopes.open(sealed, where, [{ secret, recipient }]);
    assertEquals(opened, { content, hash } as typeof opened);
  }
});

Deno.test("what the page seals the programs open, and the other way round", async () => {
  const [ann, bob] = [await device(), await makeAgeIdentity()];
  const pair = await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
  const opening = (pair as CryptoKeyPair).privateKey;
  const { identityToRecipient } = await import("../../../web/page/vendor/age_encryption.js");
  const own = await identityToRecipient(opening);
  const place: Place = { kind: "private", to: "Bob", id: "01" };
  const content = { text: "x".repeat(300), at: 5 };
  const recipients = [bob.recipient, own];
  const mine = await seal({ ...place, content, previous: NO_HASH, keys: ann, recipients }, age);
  assertEquals((await envelopes.open(mine.sealed, place, [bob])).content, content);
  assertEquals(await open(mine.sealed, place, [opening], age), { content, hash: mine.hash });
  const theirs = await envelopes.seal({
    ...{ ...place, content, previous: mine.hash, deviceKey: ann, recipients },
  });
  assertEquals(await open(theirs.sealed, place, [opening], age), { content, hash: theirs.hash });
});

Deno.test("what was changed, moved, or is for others is refused by the page as by the programs", async () => {
  const { secret, recipient, messages: [first, second] } = vectors;
  const other = await makeAgeIdentity();
  const place = first!.place as Place;
  const flipped = (at: number) => {
    const bytes = Uint8Array.fromBase64(first!.sealed.cipher);
    bytes[at]! ^= 1;
    return { ...first!.sealed, cipher: bytes.toBase64() };
  };
  const signed = async (cipher: Uint8Array<ArrayBuffer>, at: Place) => {
    const eve = await device();
    const keys = { publicKey: eve.publicKey, sign: eve.sign };
    const answer = { encrypt: () => Promise.resolve(cipher), decrypt: age.decrypt };
    const content = { text: "x", at: 1 };
    const what = { ...at, content, previous: NO_HASH, keys, recipients: [recipient] };
    return (await seal(what, answer)).sealed;
  };
  const cipher = Uint8Array.fromBase64(first!.sealed.cipher);
  const many = await age.encrypt(
    new Uint8Array(1),
    await Promise.all(Array.from({ length: 41 }, async () => (await makeAgeIdentity()).recipient)),
  );
  const cases: [string, Sealed, Place, { secret: string; recipient: string }][] = [
    ["bad_signature", flipped(cipher.length - 1), place, { secret, recipient }],
    ["bad_signature", { ...first!.sealed, previous: "1".repeat(64) }, place, { secret, recipient }],
    ["bad_signature", { ...first!.sealed, key: other.recipient }, place, { secret, recipient }],
    ["bad_signature", first!.sealed, { ...place, to: "carol" }, { secret, recipient }],
    ["bad_signature", first!.sealed, { ...place, kind: "room" }, { secret, recipient }],
    ["bad_signature", first!.sealed, { ...place, id: "02" }, { secret, recipient }],
    ["bad_signature", { ...second!.sealed, signature: first!.sealed.signature }, place, {
      secret,
      recipient,
    }],
    ["cannot_decrypt", first!.sealed, place, other as { secret: string; recipient: string }],
    ["cannot_decrypt", await signed(cipher.slice(0, -1), place), place, { secret, recipient }],
    ["wrong_place", await signed(cipher, place), place, { secret, recipient }],
    ["damaged", await signed(new Uint8Array(10), place), place, { secret, recipient }],
    ["damaged", await signed(new Uint8Array(many), place), place, { secret, recipient }],
    ["damaged", { ...first!.sealed, cipher: "%%%" }, place, { secret, recipient }],
  ];
  for (const [code, sealed, at, identity] of cases) {
    const error = await assertRejects(() => open(sealed, at, [identity.secret], age), SealedError);
    assertEquals(error.code, code);
    await agree(
      () => open(sealed, at, [identity.secret], age),
      () => envelopes.open(sealed, at, [identity]),
    );
  }
});

Deno.test("the page writes and reads what is sealed as the programs do, whatever a peer wrote", async () => {
  const addressed = { key: "ab".repeat(32), kind: "room", to: "den" } as const;
  const whole = {
    ...{ v: 1, ...addressed, text: "hello", at: 7 },
    files: [{ id: "0".repeat(32), name: "a", size: 1, type: "", sha256: "c".repeat(64) }],
  };
  const content = { text: "hello", at: 7, files: whole.files };
  assertEquals(encodeContent(content, addressed), contents.encodeContent(content, addressed));
  assertEquals(decodeContent(encodeContent(content, addressed)), { ...addressed, ...content });
  const both = (value: unknown) => {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    return agree(() => decodeContent(bytes), () => contents.decodeContent(bytes));
  };
  const odd = fc.oneof(fc.anything(), fc.constantFrom("", "a\u0007b", "\ud800", -1, 1.5, [], {}));
  const keys = fc.constantFrom<string>(...Object.keys(whole), "file");
  await fc.assert(fc.asyncProperty(keys, odd, async (field, value) => {
    await both({ ...whole, [field]: value });
    await both({ ...whole, files: [{ ...whole.files[0], [field]: value }] });
    for (const name of ["id", "name", "size", "type", "sha256"]) {
      await both({ ...whole, files: [{ ...whole.files[0], [name]: value }] });
    }
  }));
  for (const at of [2 ** 53, 8.64e15, 8.64e15 + 1, -1, 0.5, 1e400]) await both({ ...whole, at });
  for (const value of [null, 1, [], "x", { ...whole, text: "", files: [] }]) await both(value);
  const text = { ...whole, files: undefined };
  for (const said of ["", "x".repeat(16_384), "x".repeat(16_385), "é".repeat(9_000)]) {
    await both({ ...text, text: said });
  }
  for (const bytes of [new Uint8Array([0xff, 0xfe]), new Uint8Array()]) {
    assertThrows(() => decodeContent(bytes), SealedError);
  }
});

Deno.test("the page's chain says of every order of messages what the programs' does", () => {
  const hash = fc.integer({ min: 0, max: 12 }).map((n) => n === 0 ? NO_HASH : `h${n}`);
  const link = fc.record({ hash, previous: hash, seq: fc.nat(20), at: fc.nat(50) });
  const step = fc.oneof({ weight: 20, arbitrary: link }, fc.constant("renumber" as const));
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    let [page, program] = [new Chain(), new chains.Chain()];
    for (const one of steps) {
      if (one === "renumber") {
        page.renumber();
        program.renumber();
      } else assertEquals(page.take(one), program.take(one));
      assertEquals([page.head, page.record], [program.head, program.record]);
      [page, program] = [new Chain(page.record), new chains.Chain(program.record)];
    }
  }));
  // Beyond what is remembered.
  const [page, program] = [new Chain(), new chains.Chain()];
  for (let at = 0; at < 400; at++) {
    const previous = at % 3 === 0 ? `lost ${at}` : `m${at - 1}`;
    const link = { hash: `m${at}`, previous, seq: at, at };
    assertEquals(page.take(link), program.take(link));
  }
  const old = { hash: "old", previous: NO_HASH, seq: 1, at: 3 };
  assertEquals([page.take(old), program.take(old)], ["too_old", "too_old"]);
  assertEquals(page.record, program.record);
});

Deno.test("the page takes the same keys for a contact's own as the programs do", async () => {
  const devices = await Promise.all([device(), device(), device(), device()]);
  const identities = await Promise.all(devices.map(() => makeAgeIdentity()));
  const card = async (at: number, by: number | undefined, fault: string): Promise<KeyCard> => {
    const [own, older] = [devices[at]!, devices[by ?? 0]!];
    const { recipient } = identities[fault === "recipient" ? (at + 1) % 4 : at]!;
    const text = endorsementText(fault === "name" ? "eve" : "bob", own.publicKey, older.publicKey);
    const signer = fault === "endorsement" ? own : older;
    return {
      ...{ key: own.publicKey, at: 1 },
      ...fault !== "none" && {
        recipient,
        recipientSignature: await signRecipient(own, identities[at]!.recipient),
      },
      ...by !== undefined &&
        { endorsedBy: older.publicKey, endorsement: await signer.sign(text) },
    };
  };
  const oneCard = fc.tuple(
    fc.nat(3),
    fc.option(fc.nat(3), { nil: undefined }),
    fc.constantFrom("", "", "", "recipient", "name", "endorsement", "none"),
  );
  const list = fc.uniqueArray(oneCard, { maxLength: 4, selector: ([at]) => at });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(list, fc.boolean()), { maxLength: 4 }), async (steps) => {
      let known: contacts.Contact | undefined;
      for (const [chosen, trusts] of steps) {
        const cards = await Promise.all(chosen.map((one) => card(...one)));
        const page = await updateContact(known, "bob", cards);
        assertEquals(page, await contacts.updateContact(known, "bob", cards));
        known = page.contact;
        if (known === undefined) continue;
        assertEquals(recipientsOf(known), contacts.recipientsOf(known));
        assertEquals(trustContact(known), contacts.trustContact(known));
        if (trusts) known = trustContact(known);
      }
    }),
    { numRuns: 60 },
  );
});
