import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { memoryPair } from "../../net/memory.ts";
import { type AgeIdentity, makeAgeIdentity } from "../../sealed/age_identity.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { type ExpectedFile, OpeningInbox } from "../../transfer/opening_inbox.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { sendFiles } from "../../transfer/sender.ts";
import type { Source } from "../../transfer/source.ts";
import { age } from "../support/age.ts";
import { noise, TempFolder } from "../support/temp.ts";

const [ann, eve] = [await makeAgeIdentity(), await makeAgeIdentity()];

function bytesSource(name: string, content: Uint8Array<ArrayBuffer>): Source {
  return {
    name,
    size: content.length,
    open() {
      let at = 0;
      return Promise.resolve({
        read(into: Uint8Array<ArrayBuffer>) {
          // In pieces that end where nothing does.
          const piece = content.subarray(at, at + Math.min(into.length, 50_001));
          into.set(piece);
          at += piece.length;
          return Promise.resolve(piece.length === 0 ? null : piece.length);
        },
        [Symbol.dispose]() {},
      });
    },
  };
}

/** Sends a file to an inbox that decrypts; gives what is told of it: where it was saved, or why not. */
async function receive(
  folder: TempFolder,
  name: string,
  content: Uint8Array<ArrayBuffer>,
  options: { readonly identities?: readonly AgeIdentity[]; readonly expected?: ExpectedFile } = {},
): Promise<string> {
  const [here, there] = memoryPair();
  const inbox = new OpeningInbox(new FolderInbox(folder.path), { identities: [ann], ...options });
  const told: string[] = [];
  await Promise.all([
    sendFiles(here, [bytesSource(name, content)], {
      onSent: ({ savedAs }) => told.push(savedAs),
      onFailed: ({ error }) => told.push(error.code),
    }),
    receiveFiles(there, inbox),
  ]);
  return told.join();
}

const sealed = async (plain: Uint8Array) => await age(["-r", ann.recipient], plain);

Deno.test("What the age program encrypted is saved as what it is, under its plain name", async () => {
  await using folder = new TempFolder();
  for (const bytes of [0, 10, 65_536, 300_000]) {
    const name = `file-${bytes}`;
    assertEquals(
      await receive(folder, `${name}.age`, await sealed(noise(bytes))),
      `recv-${name}`,
    );
    assertEquals(await Deno.readFile(folder.file(`recv-${name}`)), noise(bytes));
  }
});

Deno.test("What does not end in .age is saved as it is", async () => {
  await using folder = new TempFolder();
  assertEquals(await receive(folder, "plain", noise(9)), "recv-plain");
  assertEquals(await receive(folder, ".age", noise(9)), "recv-.age");
  assertEquals(await Deno.readFile(folder.file("recv-plain")), noise(9));
});

Deno.test("Cut off, flipped, for somebody else or not age at all: nothing is kept (I1)", async () => {
  await using folder = new TempFolder();
  const file = await sealed(noise(200_000));
  const flipped = file.slice();
  flipped[150_000]! ^= 1;
  const lateFlip = file.slice();
  lateFlip[file.length - 1]! ^= 1;
  for (
    const [content, identity, code] of [
      [file.slice(0, -1), ann, "cannot_decrypt"],
      // Just behind a chunk, and inside of the header.
      [file.slice(0, 184 + 65_552), ann, "cannot_decrypt"],
      [file.slice(0, 100), ann, "damaged"],
      [flipped, ann, "cannot_decrypt"],
      [lateFlip, ann, "cannot_decrypt"],
      [file, eve, "cannot_decrypt"],
      [noise(100_000), ann, "damaged"],
      [new Uint8Array(0), ann, "damaged"],
    ] as const
  ) {
    assertEquals(await receive(folder, "a.age", content, { identities: [identity] }), code);
    assertEquals(folder.names(), []);
  }
});

Deno.test("A name from inside is judged like any other", async () => {
  await using folder = new TempFolder();
  const file = await sealed(noise(10));
  assertEquals(await receive(folder, "../a.age", file), "invalid_path");
  const expected = { name: "../../a", size: 10, sha256: "" };
  assertEquals(await receive(folder, "sealed.age", file, { expected }), "invalid_path");
  assertEquals(folder.names(), []);
});

Deno.test("A file that a message told of is saved only if it is that one", async () => {
  await using folder = new TempFolder();
  const plain = noise(100_000);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", plain)).toHex();
  const file = await sealed(plain);
  const expected = { name: "plan.pdf", size: plain.length, sha256 };
  for (
    const [wrong, code] of [
      [{ ...expected, size: plain.length - 1 }, "size_mismatch"],
      [{ ...expected, size: plain.length + 1 }, "size_mismatch"],
      [{ ...expected, sha256: "0".repeat(64) }, "hash_mismatch"],
    ] as const
  ) {
    assertEquals(await receive(folder, "sealed.age", file, { expected: wrong }), code);
    assertEquals(folder.names(), []);
  }
  assertEquals(await receive(folder, "sealed.age", file, { expected }), "recv-plan.pdf");
  assertEquals(await Deno.readFile(folder.file("recv-plan.pdf")), plain);
});

Deno.test("A part that takes its time is written to one piece after the other, and waited for", async () => {
  const plain = noise(300_000);
  const file = await sealed(plain);
  for (const fails of [false, true]) {
    const got: number[] = [];
    let isBusy = false;
    const slow = {
      durable: "none",
      open: () => ({
        begin() {},
        async write(bytes: Uint8Array) {
          assert(!isBusy, "the piece before is still being written");
          isBusy = true;
          await new Promise((resolve) => setTimeout(resolve));
          isBusy = false;
          if (fails) throw new ProtocolError("write_failed", "Cannot write: it is no good");
          got.push(...bytes);
        },
        commit: () => Promise.resolve("plan"),
        abort() {},
      }),
    } as const;
    const inbox = new OpeningInbox(slow, { identities: [ann] });
    const offer = { id: 1, kind: "file", name: "plan.age", size: file.length } as const;
    const part = await inbox.open({ ...offer, key: "0".repeat(32) }, "sha256");
    part.begin(0);
    const save = async () => {
      await part.write(file);
      return await part.commit("");
    };
    if (fails) await assertRejects(save, ProtocolError, "no good");
    else {
      assertEquals(await save(), "plan");
      assertEquals(new Uint8Array(got), plain);
    }
  }
});
