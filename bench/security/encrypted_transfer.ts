import { join } from "@std/path";
import { Encrypter } from "age-encryption";
import { makeAgeIdentity } from "../../sealed/age_identity.ts";
import { CHUNK_BYTES, SEALED_CHUNK_BYTES, StreamCipher } from "../../sealed/stream_cipher.ts";
import { plural } from "../transfer/bench.ts";
import { compare, median } from "../transfer/compare.ts";
import { parley } from "../transfer/parley.ts";
import {
  compareTable,
  finishSection,
  heading,
  say,
  type SectionResult,
} from "../transfer/report.ts";
import { writeNoise } from "../transfer/test_data.ts";
import type { Bench } from "./bench.ts";

const [PLAIN, ENCRYPTED] = ["as it is", "encrypted with age"] as const;
/** Megabytes a second. */
const FLOOR_MB = 200;
/** What the ciphers alone are measured with. */
const CIPHER_CHUNKS = 4_096;

/** One big file over loopback, as it is and with --encrypt and --identity, in turns; and the ciphers alone. */
export async function encryptedTransfer(bench: Bench): Promise<SectionResult> {
  const { work, disk, workSystem: { type }, sizes: { rounds, fileMiB } } = bench;
  const bytes = fileMiB * 2 ** 20;
  const path = join(work, "big.bin");
  const key = join(disk, "identity.txt");
  const { recipient, secret } = await makeAgeIdentity();
  writeNoise(path, bytes);
  Deno.writeTextFileSync(key, `${secret}\n`, { mode: 0o600 });
  const promises = "verified by SHA-256, synced";
  const figures = await compare(path, [
    parley(bench, PLAIN, promises, { allPermissions: true }),
    parley(bench, ENCRYPTED, `${promises}, and authentic to its end`, {
      allPermissions: true,
      send: ["--encrypt", recipient],
      receive: ["--identity", key],
    }),
  ], { rounds, into: work });
  Deno.removeSync(path);
  Deno.removeSync(key);
  heading(
    `One file of ${fileMiB} MiB, send.ts --encrypt to receive.ts --identity, ${type} to ${type}, ${
      plural(rounds, "pair")
    }`,
  );
  compareTable(figures, ["MB/s", (seconds) => (bytes / seconds / 1e6).toFixed(0)]);
  const library = await libraryMB(recipient);
  const native = nativeMB();
  say(
    `The cipher alone, one core: ${native.toFixed(0)} MB/s by node:crypto, which is what is used, ${
      library.toFixed(0)
    } MB/s by the library's own`,
  );
  const encrypted = figures.find(({ contender }) => contender === ENCRYPTED)!;
  const result = {
    section: "encrypted",
    fileSystem: type,
    bytes,
    rounds,
    figures,
    cipherMBs: { native, library },
    claims: [{
      claim: "MB a second, encrypted",
      measured: bytes / median(encrypted.seconds) / 1e6,
      unit: "MB" as const,
      floor: FLOOR_MB,
    }],
  };
  finishSection(result, "security");
  return result;
}

/** What age's library encrypts by itself, in MB/s. */
async function libraryMB(recipient: string): Promise<number> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  const chunk = new Uint8Array(CHUNK_BYTES);
  let left = CIPHER_CHUNKS / 4;
  const bytes = left * CHUNK_BYTES;
  const from = performance.now();
  const stream = await encrypter.encrypt(
    new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(chunk);
        else controller.close();
      },
    }),
  );
  for await (const _chunk of stream);
  return bytes / (performance.now() - from) / 1e3;
}

/** What node:crypto encrypts of the same format, in MB/s. */
function nativeMB(): number {
  const cipher = new StreamCipher(new Uint8Array(16), new Uint8Array(16));
  const [chunk, into] = [new Uint8Array(CHUNK_BYTES), new Uint8Array(SEALED_CHUNK_BYTES)];
  const from = performance.now();
  for (let number = 0; number < CIPHER_CHUNKS; number++) cipher.seal(number, false, chunk, into);
  return CIPHER_CHUNKS * CHUNK_BYTES / (performance.now() - from) / 1e3;
}
