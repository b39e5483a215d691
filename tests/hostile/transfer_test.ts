import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeFrame } from "../../codec/encoder.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { memoryPair } from "../../net/memory.ts";
import type { ReceiverMessage } from "../../protocol/transfer.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
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

/** What a sender does that is no protocol any more: the code that it reads, and nothing is saved. */
const FATAL: readonly (readonly [
  string,
  (sender: Wire<ReceiverMessage>) => Promise<void>,
  string,
])[] = [
  ["data before an offer", (sender) => sender.data(ABC), "unexpected_data"],
  ["data before start", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.data(ABC);
  }, "unexpected_data"],
  [
    "start without an offer",
    (sender) => sender.send("start", { id: 0, offset: 0 }),
    "unexpected_message",
  ],
  ["start inside of a file", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.send("offer", offer(1, "b"));
    await sender.send("start", { id: 0, offset: 0 });
    await sender.send("start", { id: 1, offset: 0 });
  }, "unexpected_message"],
  ["start at an offset that nobody agreed to", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.send("start", { id: 0, offset: 2 });
  }, "unexpected_message"],
  ["end outside of a file", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.send("end", { id: 0, size: 3, hash: SHA_OF_ABC });
  }, "unexpected_message"],
  ["end of another file", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.send("offer", offer(1, "b"));
    await sender.send("start", { id: 0, offset: 0 });
    await sender.send("end", { id: 1, size: 3, hash: SHA_OF_ABC });
  }, "unexpected_message"],
  ["offer numbers that do not rise", async (sender) => {
    await sender.send("offer", offer(5, "a"));
    await sender.send("offer", offer(5, "b"));
  }, "unexpected_message"],
  ["bye inside of a file", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.send("start", { id: 0, offset: 0 });
    await sender.send("bye", { files: 0, bytes: 0 });
  }, "unexpected_message"],
  [
    "cancel of what was never offered",
    (sender) => sender.send("cancel", { id: 3, code: "cancelled", message: "x" }),
    "unexpected_message",
  ],
  [
    "a second hello",
    (sender) => sender.send("hello", { protocol: 1, role: "send", hash: "sha256" }),
    "unexpected_message",
  ],
  [
    "welcome",
    (sender) => sender.send("welcome", { limits: {}, durable: "disk" }),
    "unexpected_message",
  ],
  ["a receiver's message", (sender) => sender.send("accept", { id: 0, offset: 0 }), "unknown_type"],
  ["a negative size", (sender) => sender.send("offer", offer(0, "a", -1)), "invalid_message"],
  ["a fractional size", (sender) => sender.send("offer", offer(0, "a", 1.5)), "invalid_message"],
  ["an unsafe size", (sender) => sender.send("offer", offer(0, "a", 2 ** 53)), "invalid_message"],
  [
    "a size that is text",
    (sender) => sender.send("offer", { ...offer(0, "a"), size: "3" }),
    "invalid_message",
  ],
  ["a negative offset", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.send("start", { id: 0, offset: -1 });
  }, "invalid_message"],
  ["a hash that is none", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.send("start", { id: 0, offset: 0 });
    await sender.send("end", { id: 0, size: 0, hash: "../../x" });
  }, "invalid_message"],
  [
    "a name of 5,000 characters",
    (sender) => sender.send("offer", offer(0, "a".repeat(5_000))),
    "invalid_message",
  ],
  ["garbage", (sender) => sender.text("garbage"), "bad_frame"],
  [
    "a data frame over the limit",
    (sender) => sender.raw(new Uint8Array([0, 0x10, 0, 1, 2])),
    "frame_too_large",
  ],
  ["JSON that is none", (sender) => sender.raw(encodeFrame("json", ABC)), "invalid_json"],
  ["ten thousand offers without data", async (sender) => {
    // The receiver may stop reading before all are written.
    for (let id = 0; id < 10_000; id++) {
      await sender.send("offer", offer(id, `f${id}`)).catch(() => {});
    }
  }, "too_many_offers"],
  ["the end of its input in mid-frame", async (sender) => {
    await sender.raw(new Uint8Array([0, 0, 0]));
    await sender.closeWrite();
  }, "truncated_frame"],
  ["the end of its input while an offer is open", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.closeWrite();
  }, "truncated_frame"],
  ["the end of its input in mid-file", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.send("start", { id: 0, offset: 0 });
    await sender.data(ABC);
    await sender.closeWrite();
  }, "truncated_frame"],
];

for (const [what, misbehave, code] of FATAL) {
  Deno.test(`a sender of ${what} reads ${code} and is closed, and nothing is saved`, async () => {
    const { sender, folder, outcome } = await meet();
    await using _folder = folder;
    const [errors] = await Promise.all([sender.errorsUntilEnd(), misbehave(sender)]);
    assertEquals(errors, [code]);
    sender[Symbol.dispose]();
    assertEquals(await outcome, code);
    assertEquals(folder.names(), []);
  });
}

Deno.test("a connection that ends before hello is told so, and is no transfer", async () => {
  await using folder = new TempFolder();
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, new FolderInbox(folder.path));
  receiving.catch(() => {});
  using sender = Wire.sender(here);
  await sender.closeWrite();
  assertEquals(await sender.errorsUntilEnd(), ["truncated_frame"]);
  assertEquals((await assertRejects(() => receiving, ProtocolError)).code, "truncated_frame");
});

Deno.test("a first message that is no hello is told and ends the connection", async () => {
  await using folder = new TempFolder();
  for (
    const [type, payload, code] of [
      ["offer", offer(0, "a"), "unexpected_message"],
      ["connect", { protocol: 1, name: "ann" }, "unknown_type"],
      ["hello", { protocol: 2, role: "send", hash: "sha256" }, "unsupported_protocol"],
      ["hello", { protocol: 1, role: "receive", hash: "sha256" }, "unexpected_message"],
      ["hello", { protocol: 1, role: "send", hash: "md5" }, "invalid_message"],
    ] as const
  ) {
    const [here, there] = memoryPair();
    const receiving = receiveFiles(there, new FolderInbox(folder.path));
    receiving.catch(() => {});
    using sender = Wire.sender(here);
    await sender.send(type, payload);
    assertEquals(await sender.errorsUntilEnd(), [code]);
    sender[Symbol.dispose]();
    await assertRejects(() => receiving, ProtocolError);
  }
});

/** What is wrong with one file only: the code of its final answer; the next file is taken. */
const ONE_FILE: readonly (readonly [
  string,
  (sender: Wire<ReceiverMessage>) => Promise<void>,
  string,
])[] = [
  ["more bytes than were offered", async (sender) => {
    await sender.send("offer", offer(0, "a", 2));
    await sender.send("start", { id: 0, offset: 0 });
    await sender.data(ABC);
    await sender.data(noise(100_000));
    await sender.send("end", { id: 0, size: 3, hash: SHA_OF_ABC });
  }, "size_mismatch"],
  ["fewer bytes than were offered", async (sender) => {
    await sender.send("offer", offer(0, "a", 4));
    await sender.send("start", { id: 0, offset: 0 });
    await sender.data(ABC);
    await sender.send("end", { id: 0, size: 3, hash: SHA_OF_ABC });
  }, "size_mismatch"],
  ["another size at the end than came", async (sender) => {
    await sender.send("offer", offer(0, "a", null));
    await sender.send("start", { id: 0, offset: 0 });
    await sender.data(ABC);
    await sender.send("end", { id: 0, size: 2, hash: SHA_OF_ABC });
  }, "size_mismatch"],
  ["a hash that does not match", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.send("start", { id: 0, offset: 0 });
    await sender.data(new TextEncoder().encode("abd"));
    await sender.send("end", { id: 0, size: 3, hash: SHA_OF_ABC });
  }, "hash_mismatch"],
  ["a hash of another kind", async (sender) => {
    await sender.send("offer", offer(0, "a"));
    await sender.send("start", { id: 0, offset: 0 });
    await sender.data(ABC);
    await sender.send("end", { id: 0, size: 3, hash: "06b05ab6733a618578af5f94892f3950" });
  }, "hash_mismatch"],
];

for (const [what, misbehave, code] of ONE_FILE) {
  Deno.test(`a file with ${what} is ${code}: nothing of it is saved, the next file is`, async () => {
    const { sender, folder, outcome } = await meet();
    await using _folder = folder;
    await misbehave(sender);
    assertEquals((await sender.next("error")).code, code);
    await sender.send("offer", offer(1, "next"));
    await sender.send("start", { id: 1, offset: 0 });
    await sender.data(ABC);
    await sender.send("end", { id: 1, size: 3, hash: SHA_OF_ABC });
    assertEquals((await sender.next("done")).savedAs, "recv-next");
    await sender.send("bye", { files: 1, bytes: 3 });
    await sender.next("bye");
    sender[Symbol.dispose]();
    assertEquals(await outcome, undefined);
    assertEquals(folder.names(), ["recv-next"]);
  });
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

Deno.test("an inline file that is refused is read past", async () => {
  const { sender, folder } = await meet();
  await using _folder = folder;
  await sender.send("offer", offer(0, "../evil", 3, { inline: true }));
  await sender.send("start", { id: 0, offset: 0 });
  await sender.data(ABC);
  await sender.send("end", { id: 0, size: 3, hash: SHA_OF_ABC });
  assertEquals((await sender.next("refuse")).code, "invalid_path");
  await sender.send("offer", offer(1, "good", 3, { inline: true }));
  await sender.send("start", { id: 1, offset: 0 });
  await sender.data(ABC);
  await sender.send("end", { id: 1, size: 3, hash: SHA_OF_ABC });
  assertEquals((await sender.next("done")).savedAs, "recv-good");
  sender[Symbol.dispose]();
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
