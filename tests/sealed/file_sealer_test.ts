import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Decrypter, Encrypter } from "age-encryption";
import fc from "fast-check";
import { ProtocolError } from "../../codec/errors.ts";
import { type AgeIdentity, makeAgeIdentity } from "../../sealed/age_identity.ts";
import { FileOpener } from "../../sealed/file_opener.ts";
import { chunksBefore, FileSealer, sealedSize } from "../../sealed/file_sealer.ts";
import { CHUNK_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES } from "../../sealed/stream_cipher.ts";
import { age } from "../support/age.ts";
import { TempFolder } from "../support/temp.ts";

/** Lengths around which something is special. */
const LENGTHS = [0, 1, 15, 16, 17, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES];

function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 255);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Encrypts with what is tested. */
async function sealBytes(plain: Uint8Array, identities: readonly AgeIdentity[]) {
  const sealer = await FileSealer.create(identities.map(({ recipient }) => recipient));
  const parts = [sealer.beginning];
  const count = Math.max(1, Math.ceil(plain.length / CHUNK_BYTES));
  for (let number = 0; number < count; number++) {
    const chunk = plain.subarray(number * CHUNK_BYTES, (number + 1) * CHUNK_BYTES);
    const into = new Uint8Array(chunk.length + TAG_BYTES);
    sealer.seal(number, number === count - 1, chunk, into);
    parts.push(into);
  }
  return { file: concat(parts), sealer };
}

/** Decrypts with what is tested, in pieces of some lengths. */
async function openBytes(
  file: Uint8Array<ArrayBuffer>,
  identities: readonly AgeIdentity[],
  pieces: readonly number[] = [file.length],
): Promise<Uint8Array> {
  const opener = new FileOpener(identities);
  const plain: Uint8Array[] = [];
  const emit = (bytes: Uint8Array) => void plain.push(bytes.slice());
  for (let at = 0, turn = 0; at < file.length; turn++) {
    const length = pieces[turn % pieces.length]!;
    const piece = file.slice(at, at + length);
    await opener.push(piece, emit);
    // The view is valid until then, and no longer.
    piece.fill(0xee);
    at += length;
  }
  opener.end(emit);
  return concat(plain);
}

async function fault(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, ProtocolError)).code;
}

Deno.test("A sealed file is as age's own library and this one read it, for every length", async () => {
  const ann = await makeAgeIdentity();
  const decrypter = new Decrypter();
  decrypter.addIdentity(ann.secret);
  for (const length of LENGTHS) {
    const plain = bytesOf(length);
    const { file } = await sealBytes(plain, [ann]);
    assertEquals(new Uint8Array(await decrypter.decrypt(file)), plain);
    assertEquals(await openBytes(file, [ann]), plain);
    assertEquals(file.length, sealedSize(length, 1), "and as long as was foretold");
  }
});

Deno.test("A file that age's own library sealed is opened, for every length", async () => {
  const [ann, bob] = [await makeAgeIdentity(), await makeAgeIdentity()];
  const encrypter = new Encrypter();
  for (const { recipient } of [ann, bob]) encrypter.addRecipient(recipient);
  for (const length of LENGTHS) {
    const plain = bytesOf(length);
    const file = new Uint8Array(await encrypter.encrypt(plain));
    assertEquals(file.length, sealedSize(length, 2));
    assertEquals(await openBytes(file, [bob]), plain);
  }
});

Deno.test("The age program opens what is sealed here, and what it seals is opened", async () => {
  await using folder = new TempFolder();
  const ann = await makeAgeIdentity();
  const key = await folder.write("key", `${ann.secret}\n`);
  const plain = bytesOf(2 * CHUNK_BYTES + 77);
  const { file } = await sealBytes(plain, [ann]);
  assertEquals(await age(["-d", "-i", key], file), plain);
  assertEquals(await openBytes(await age(["-r", ann.recipient], plain), [ann]), plain);
});

Deno.test("A file is opened in pieces of any length", async () => {
  const ann = await makeAgeIdentity();
  const plain = bytesOf(2 * CHUNK_BYTES + 5);
  const { file } = await sealBytes(plain, [ann]);
  const lengths = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(lengths, async (pieces) => {
      assertEquals(await openBytes(file, [ann], pieces), plain);
    }),
    { numRuns: 30 },
  );
  const { file: short } = await sealBytes(bytesOf(50), [ann]);
  assertEquals(await openBytes(short, [ann], [1]), bytesOf(50));
});

Deno.test("A file that was cut off anywhere is an error, also between two chunks", async () => {
  const ann = await makeAgeIdentity();
  const { file, sealer } = await sealBytes(bytesOf(2 * CHUNK_BYTES + 9), [ann]);
  const begin = sealer.beginning.length;
  for (const length of [0, 1, 40, begin - 1]) {
    assertEquals(await fault(openBytes(file.slice(0, length), [ann])), "damaged");
  }
  for (
    const length of [begin, begin + 15, begin + 16, begin + SEALED_CHUNK_BYTES, file.length - 1]
  ) {
    assertEquals(await fault(openBytes(file.slice(0, length), [ann])), "cannot_decrypt");
  }
});

Deno.test("A flipped bit anywhere, chunks in another order, and anything behind the end are errors", async () => {
  const ann = await makeAgeIdentity();
  const { file, sealer } = await sealBytes(bytesOf(2 * CHUNK_BYTES + 9), [ann]);
  const begin = sealer.beginning.length;
  const nonce = begin - 1;
  const chunk = (number: number) => begin + number * SEALED_CHUNK_BYTES;
  for (const at of [60, 140, nonce, chunk(0), chunk(1) - 1, chunk(1) + 5, file.length - 1]) {
    const flipped = file.slice();
    flipped[at]! ^= 1;
    const code = await fault(openBytes(flipped, [ann]));
    assert(["cannot_decrypt", "damaged"].includes(code), `${at}: ${code}`);
  }
  const swapped = file.slice();
  swapped.set(file.subarray(chunk(1), chunk(2)), chunk(0));
  swapped.set(file.subarray(chunk(0), chunk(1)), chunk(1));
  assertEquals(await fault(openBytes(swapped, [ann])), "cannot_decrypt");
  const longer = concat([file, bytesOf(16)]);
  assertEquals(await fault(openBytes(longer, [ann])), "cannot_decrypt");
  // A last chunk in the middle, and an empty one behind a full one.
  const inMiddle = concat([
    file.subarray(0, begin),
    file.subarray(chunk(2)),
    file.subarray(chunk(0)),
  ]);
  assertEquals(await fault(openBytes(inMiddle, [ann])), "cannot_decrypt");
});

Deno.test("An empty last chunk behind a full one is an error: there is one way to write a file", async () => {
  const ann = await makeAgeIdentity();
  const sealer = await FileSealer.create([ann.recipient]);
  const [full, empty] = [new Uint8Array(SEALED_CHUNK_BYTES), new Uint8Array(TAG_BYTES)];
  sealer.seal(0, false, bytesOf(CHUNK_BYTES), full);
  sealer.seal(1, true, bytesOf(0), empty);
  const file = concat([sealer.beginning, full, empty]);
  assertEquals(await fault(openBytes(file, [ann])), "cannot_decrypt");
});

Deno.test("Who is no recipient cannot open a file; nor can anybody what is no age file", async () => {
  const [ann, eve] = [await makeAgeIdentity(), await makeAgeIdentity()];
  const { file } = await sealBytes(bytesOf(9), [ann]);
  assertEquals(await fault(openBytes(file, [eve])), "cannot_decrypt");
  assertEquals(await fault(openBytes(bytesOf(5_000), [ann])), "damaged");
  // A header that never ends is read no further than its limit.
  const endless = new TextEncoder().encode("age-encryption.org/v1\n" + "-> a b\n\n".repeat(20_000));
  const opening = openBytes(endless, [ann], [1_000]);
  await assertRejects(() => opening, ProtocolError, "its header has over 65536 bytes");
});

Deno.test("Two files of the same content share no key, no nonce, no stanza and no block", async () => {
  const ann = await makeAgeIdentity();
  const plain = bytesOf(CHUNK_BYTES + 100);
  const seen = new Set<string>();
  for (let turn = 0; turn < 5; turn++) {
    const { file, sealer: { beginning } } = await sealBytes(plain, [ann]);
    const lines = new TextDecoder("latin1").decode(beginning).split("\n");
    const body = file.subarray(beginning.length);
    for (
      const part of [
        lines[1]!,
        lines[2]!,
        lines[3]!,
        beginning.subarray(-16).toHex(),
        body.subarray(0, 16).toHex(),
        body.subarray(-16).toHex(),
      ]
    ) {
      assert(!seen.has(part), part);
      seen.add(part);
    }
  }
});

Deno.test("A chunk that is sealed again is the same ciphertext, or an error that gives nothing away (I1)", async () => {
  const ann = await makeAgeIdentity();
  const sealer = await FileSealer.create([ann.recipient], true);
  const chunk = bytesOf(CHUNK_BYTES);
  const first = new Uint8Array(SEALED_CHUNK_BYTES);
  const again = new Uint8Array(SEALED_CHUNK_BYTES);
  for (let number = 0; number < 200; number++) sealer.seal(number, false, chunk, first);
  const { plain } = sealer;
  sealer.seal(199, false, chunk, again);
  assertEquals(again, first);
  assertEquals(sealer.plain, plain, "it is counted once");
  chunk[7]! ^= 1;
  const error = assertThrows(() => sealer.seal(150, false, chunk, again), ProtocolError);
  assertEquals(error.code, "file_changed");
  assertEquals(again, new Uint8Array(SEALED_CHUNK_BYTES));
  assertThrows(() => sealer.seal(201, false, chunk, again), RangeError);
});

Deno.test("chunksBefore tells where to go on", () => {
  assertEquals(chunksBefore(0, 184), 0);
  assertEquals(chunksBefore(184 + SEALED_CHUNK_BYTES - 1, 184), 0);
  assertEquals(chunksBefore(184 + SEALED_CHUNK_BYTES, 184), 1);
});
