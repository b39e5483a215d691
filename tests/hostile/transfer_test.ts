import { assert, assertEquals } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { memoryPair } from "../../net/memory.ts";
import type { ReceiverMessage } from "../../protocol/transfer.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

const KEY = "k".repeat(16);
const SHA_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const ABC = new TextEncoder().encode("abc");

/** A receiver with a folder of its own, and a raw sender that has said hello. */
async function meet(): Promise<{
  readonly sender: Wire<ReceiverMessage>;
  readonly folder: TempFolder;
  /** The code that the receiver ended with; undefined where all was well. */
  readonly outcome: Promise<string | undefined>;
}> {
  const folder = new TempFolder();
  const [here, there] = memoryPair();
  const outcome = receiveFiles(there, new FolderInbox(folder.path)).then(
    () => undefined,
    (error: ProtocolError) => error.code,
  );
  const sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await sender.next("welcome");
  return { sender, folder, outcome };
}

function offer(id: number, name: string, size: number | null = 3, more: object = {}) {
  return { id, key: KEY, name, size, kind: "file", ...more };
}

Deno.test("a sender that never stops is told as soon as more comes than was offered", async () => {
  const { sender, folder, outcome } = await meet();
  await using _folder = folder;
  await sender.send("offer", offer(0, "a", 3));
  await sender.send("start", { id: 0, offset: 0 });
  await sender.data(ABC);
  await sender.data(ABC);
  // No end has come, and nothing of it is on the disk any more.
  assertEquals((await sender.next("error")).code, "size_mismatch");
  assertEquals(folder.names(), []);
  await sender.data(noise(100_000));
  assertEquals(folder.names(), []);
  sender[Symbol.dispose]();
  await outcome;
});

Deno.test("endless refused offers by a sender that reads no answer do not fill the receiver's memory", async () => {
  const { sender, folder, outcome } = await meet();
  await using _folder = folder;
  // What the receiver does not read backs up here, and this write waits.
  let written = 0;
  const flood = (async () => {
    for (let id = 0; id < 1_000_000; id++) {
      await sender.send("offer", offer(id, "../x"));
      written++;
    }
  })();
  flood.catch(() => {});
  let before = -1;
  while (before !== written) {
    before = written;
    for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert(written < 20_000, `${written} offers were read`);
  sender[Symbol.dispose]();
  await outcome;
});

Deno.test("an empty data frame is legal inside of a file", async () => {
  const { sender, folder } = await meet();
  await using _folder = folder;
  await sender.send("offer", offer(0, "a"));
  await sender.send("start", { id: 0, offset: 0 });
  for (const part of [new Uint8Array(0), ABC, new Uint8Array(0)]) await sender.data(part);
  await sender.send("end", { id: 0, size: 3, hash: SHA_OF_ABC });
  assertEquals((await sender.next("done")).hash, SHA_OF_ABC);
  sender[Symbol.dispose]();
});

Deno.test("no more than 64 files are committed at once, however slow the disk is", async () => {
  const [here, there] = memoryPair();
  const slow = Promise.withResolvers<void>();
  let committing = 0;
  const receiving = receiveFiles(there, {
    durable: "disk",
    open: () => ({
      begin() {},
      write() {},
      async commit() {
        committing++;
        await slow.promise;
        return "x";
      },
      abort() {},
    }),
  });
  receiving.catch(() => {});
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  for (let id = 0; id < 200; id++) {
    await sender.send(
      "offer",
      offer(id, `f${id}`, 3, { inline: true, key: String(id).padStart(16, "k") }),
    );
    await sender.send("start", { id, offset: 0 });
    await sender.data(ABC);
    await sender.send("end", { id, size: 3, hash: SHA_OF_ABC });
  }
  for (let turns = 0; turns < 50; turns++) await turn();
  assertEquals(committing, 64);
  slow.resolve();
  for (let done = 0; done < 200; done++) await sender.next("done");
  assertEquals(committing, 200);
  await sender.send("bye", { files: 200, bytes: 600 });
  await sender.next("bye");
  sender[Symbol.dispose]();
  await receiving;
});

Deno.test("a sender that has said all and reads nothing is not waited for", async () => {
  await using folder = new TempFolder();
  const clock = new FakeClock();
  // So little fits in between that the receiver's last words do not.
  const [here, there] = memoryPair({ capacityBytes: 16 });
  const receiving = receiveFiles(there, new FolderInbox(folder.path), { clock });
  receiving.catch(() => {});
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await sender.send("bye", { files: 0, bytes: 0 });
  await clock.advanceAsync(11_000);
  assertEquals((await receiving).complete, true);
  assertEquals(clock.pending, 0);
});

Deno.test("what an inbox throws that was meant for nobody outside is not told to the sender", async () => {
  const [here, there] = memoryPair();
  const fail = () => {
    throw new Error("cannot open /home/ann/secret");
  };
  const receiving = receiveFiles(there, {
    durable: "disk",
    open: ({ name }) =>
      name === "a" ? fail() : { begin() {}, write() {}, commit: fail, abort() {} },
  });
  receiving.catch(() => {});
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await sender.send("offer", offer(0, "a"));
  await sender.send("offer", offer(1, "b"));
  await sender.send("start", { id: 1, offset: 0 });
  await sender.data(ABC);
  await sender.send("end", { id: 1, size: 3, hash: SHA_OF_ABC });
  const answers = [await sender.next("refuse"), await sender.next("error")];
  assertEquals(answers.map(({ code }) => code), ["write_failed", "write_failed"]);
  for (const { message } of answers) assert(!message.includes("secret"), message);
  await sender.send("bye", { files: 0, bytes: 0 });
  await sender.next("bye");
  sender[Symbol.dispose]();
  assertEquals((await receiving).failed, 2);
});

Deno.test("more files than are taken over one connection are refused, cancelled ones count too", async () => {
  await using folder = new TempFolder();
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, new FolderInbox(folder.path), { maxFiles: 2 });
  receiving.catch(() => {});
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  assertEquals((await sender.next("welcome")).limits["maxFiles"], 2);
  for (let id = 0; id < 3; id++) {
    await sender.send("offer", offer(id, `f${id}`));
    await sender.send("cancel", { id, code: "cancelled", message: "changed my mind" });
  }
  assertEquals((await sender.next("refuse")).code, "too_many_files");
  await sender.send("bye", { files: 0, bytes: 0 });
  await sender.next("bye");
  sender[Symbol.dispose]();
  assertEquals((await receiving).failed, 3);
});
