import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../../codec/errors.ts";
import { memoryPair } from "../../net/memory.ts";
import { type AgeIdentity, makeAgeIdentity } from "../../sealed/age_identity.ts";
import { SEALED_CHUNK_BYTES } from "../../sealed/stream_cipher.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { OpeningInbox } from "../../transfer/opening_inbox.ts";
import { pipeSource } from "../../transfer/pipe_source.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { type SealedSource, sealedSource } from "../../transfer/sealed_source.ts";
import { sendFiles } from "../../transfer/sender.ts";
import type { SourceReader } from "../../transfer/source.ts";
import { age } from "../support/age.ts";
import { cutAfter } from "../support/cut.ts";
import { noise, TempFolder } from "../support/temp.ts";

const ann = await makeAgeIdentity();

async function sealedFile(folder: TempFolder, bytes: number): Promise<SealedSource> {
  const path = await folder.write("plan.bin", noise(bytes));
  return sealedSource(await fileSource(path), [ann.recipient], { isHashed: true });
}

async function readAll(reader: SourceReader, pieceBytes = 262_144): Promise<Uint8Array> {
  using _reader = reader;
  const parts: number[] = [];
  const into = new Uint8Array(pieceBytes);
  for (let count = await reader.read(into); count !== null; count = await reader.read(into)) {
    for (const byte of into.subarray(0, count)) parts.push(byte);
  }
  return Uint8Array.from(parts);
}

async function decrypt(folder: TempFolder, file: Uint8Array, { secret }: AgeIdentity = ann) {
  return await age(["-d", "-i", await folder.write("key", `${secret}\n`)], file);
}

Deno.test("A sealed source is as long as it says, and the age program opens it", async () => {
  await using folder = new TempFolder();
  for (const bytes of [0, 1, 65_536, 262_144, 400_000]) {
    const source = await sealedFile(folder, bytes);
    const file = await readAll(await source.open());
    assertEquals(source.name, "plan.bin.age");
    assertEquals(file.length, source.size);
    assertEquals(await decrypt(folder, file), noise(bytes));
    assertEquals(source.plain.size, bytes);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", noise(bytes)));
    assertEquals(source.plain.sha256, digest.toHex());
  }
});

Deno.test("Read again from anywhere it is the same ciphertext, whatever is read at once", async () => {
  await using folder = new TempFolder();
  const source = await sealedFile(folder, 300_000);
  const whole = await readAll(await source.open());
  const at = fc.integer({ min: 0, max: whole.length });
  await fc.assert(
    fc.asyncProperty(at, fc.integer({ min: 1_000, max: 300_000 }), async (offset, piece) => {
      const rest = await readAll(await source.openAt!(offset), piece);
      assertEquals(rest, whole.slice(offset));
    }),
    { numRuns: 20 },
  );
  assertEquals(await readAll(await source.openAt!(184 + SEALED_CHUNK_BYTES)), whole.slice(65_736));
});

Deno.test("Of a file that has changed meanwhile no second ciphertext goes out under the same key", async () => {
  await using folder = new TempFolder();
  const path = await folder.write("plan.bin", noise(200_000));
  const { mtime } = await Deno.stat(path);
  const source = sealedSource(await fileSource(path), [ann.recipient]);
  await readAll(await source.open());
  // Somebody who hides the change by setting the time back.
  await Deno.writeFile(path, noise(200_000, 7));
  await Deno.utime(path, mtime!, mtime!);
  const error = await assertRejects(async () => await readAll(await source.open()), ProtocolError);
  assertEquals(error.code, "file_changed");
});

Deno.test("Where connections break the same ciphertext goes on, and what is saved is whole", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path);
  const serving: Promise<unknown>[] = [];
  const begins: number[] = [];
  const cuts = [{ written: 300_000 }, { written: 250_000 }, {}];
  const dial = () => {
    const [here, there] = memoryPair({ capacityBytes: 16_384 });
    serving.push(receiveFiles(there, inbox).catch(() => {}));
    return cutAfter(here, cuts.shift() ?? {});
  };
  const { failed } = await sendFiles(dial(), [await sealedFile(from, 1_000_000)], {
    reconnectPausesMs: [0, 0, 0],
    reconnect: () => Promise.resolve(dial()),
    onProgress: ({ from, bytes }) => from === bytes && begins.push(from),
    onDiffers: () => {
      throw new Error("it is the same");
    },
  });
  await Promise.all(serving);
  assertEquals(failed, 0);
  assertEquals(begins[0], 0);
  assert(begins[1]! > 200_000 && begins[2]! > begins[1]!, `${begins}`);
  assertEquals(await decrypt(from, await Deno.readFile(to.file("recv-plan.bin.age"))), noise(1e6));
});

Deno.test("A receiver that decrypts gets it whole over connections that break, from the beginning", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const inbox = new OpeningInbox(new FolderInbox(to.path), { identities: [ann] });
  const serving: Promise<unknown>[] = [];
  const cuts = [{ written: 300_000 }, {}];
  const dial = () => {
    const [here, there] = memoryPair({ capacityBytes: 16_384 });
    serving.push(receiveFiles(there, inbox).catch(() => {}));
    return cutAfter(here, cuts.shift() ?? {});
  };
  const saved: string[] = [];
  await sendFiles(dial(), [await sealedFile(from, 700_000)], {
    reconnectPausesMs: [0],
    reconnect: async () => {
      await Promise.all(serving);
      return dial();
    },
    onSent: ({ savedAs }) => saved.push(savedAs),
  });
  await Promise.all(serving);
  assertEquals(saved, ["recv-plan.bin"]);
  assertEquals(to.names(), ["recv-plan.bin"]);
  assertEquals(await Deno.readFile(to.file("recv-plan.bin")), noise(700_000));
});

Deno.test("A pipe is sealed too, without a size", async () => {
  const chunks = [noise(10), noise(70_000)];
  const source = sealedSource(
    pipeSource("dump", {
      read(into) {
        const chunk = chunks.shift();
        if (chunk !== undefined) into.set(chunk);
        return Promise.resolve(chunk?.length ?? null);
      },
    }),
    [ann.recipient],
  );
  assertEquals([source.size, source.once, source.name], [null, true, "dump.age"]);
  await using folder = new TempFolder();
  const plain = await decrypt(folder, await readAll(await source.open()));
  assertEquals(plain, new Uint8Array([...noise(10), ...noise(70_000)]));
});
