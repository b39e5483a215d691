import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { memoryPair } from "../../net/memory.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import type { Inbox } from "../../transfer/inbox.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { sendFiles, type SendOptions } from "../../transfer/sender.ts";
import type { Source } from "../../transfer/source.ts";
import type { FailedFile, TransferredFile } from "../../transfer/transferred_file.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

/** A source that gives bytes in pieces of its own choosing. */
function bytesSource(
  name: string,
  content: Uint8Array<ArrayBuffer>,
  options: { size?: number | null; pieceBytes?: number; failAt?: number } = {},
): Source {
  const { size = content.length, pieceBytes = Infinity, failAt = Infinity } = options;
  return {
    name,
    size,
    open() {
      let at = 0;
      return Promise.resolve({
        read(into: Uint8Array<ArrayBuffer>) {
          if (at >= failAt) {
            return Promise.reject(new ProtocolError("read_failed", "Cannot read it: a bad sector"));
          }
          const piece = content.subarray(at, at + Math.min(into.length, pieceBytes, failAt - at));
          into.set(piece);
          at += piece.length;
          return Promise.resolve(piece.length === 0 ? null : piece.length);
        },
        [Symbol.dispose]() {},
      });
    },
  };
}

interface Outcome {
  readonly sent: TransferredFile[];
  readonly unsent: { readonly name: string; readonly error: ProtocolError }[];
  readonly received: TransferredFile[];
  readonly failed: FailedFile[];
}

/** Sends sources to an inbox, both sides real, over a connection in memory. */
async function transfer(
  sources: AsyncIterable<Source> | Iterable<Source>,
  inbox: Inbox,
  options: SendOptions & { capacityBytes?: number } = {},
): Promise<Outcome> {
  const [here, there] = memoryPair({ capacityBytes: options.capacityBytes ?? 65_536 });
  const outcome: Outcome = { sent: [], unsent: [], received: [], failed: [] };
  await Promise.all([
    sendFiles(here, sources, {
      ...options,
      onSent: (file) => outcome.sent.push(file),
      onFailed: (file) => outcome.unsent.push(file),
    }),
    receiveFiles(there, inbox, {
      onReceived: (file) => outcome.received.push(file),
      onFailed: (file) => outcome.failed.push(file),
    }),
  ]);
  return outcome;
}

for (const size of [0, 1, 5, 65_536, 1_048_575, 1_048_576, 1_048_577, 3_000_000]) {
  for (const hash of ["sha256", "xxh128"] as const) {
    Deno.test(`a file of ${size} bytes arrives whole, with its ${hash}`, async () => {
      await using folder = new TempFolder();
      await using from = new TempFolder();
      const content = noise(size);
      const source = await fileSource(await from.write("a.bin", content));
      const outcome = await transfer([source], new FolderInbox(folder.path), { hash });
      assertEquals(await Deno.readFile(folder.file("recv-a.bin")), content);
      const expected = {
        savedAs: "recv-a.bin",
        kind: "file" as const,
        size,
        hashKind: hash,
        durable: "disk" as const,
      };
      assertEquals(outcome.sent.length, 1);
      for (const told of [outcome.sent[0]!, outcome.received[0]!]) {
        assertEquals({ ...told, hash: "", name: "" }, { ...expected, hash: "", name: "" });
        assertEquals(told.hash, outcome.sent[0]!.hash);
      }
    });
  }
}

Deno.test("the SHA-256 told is that of the content", async () => {
  await using folder = new TempFolder();
  const content = noise(100_000);
  const { sent } = await transfer([bytesSource("a", content)], new FolderInbox(folder.path));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
  assertEquals(sent[0]!.hash, digest);
});

Deno.test("neither the pieces of the source nor the connection's chunks matter", async () => {
  await using folder = new TempFolder();
  const content = noise(50_000);
  for (
    const [at, [pieceBytes, capacityBytes]] of [[1_000, 7], [7, 65_536], [49_999, 1]].entries()
  ) {
    await transfer(
      [bytesSource(`${at}`, content, { pieceBytes: pieceBytes! })],
      new FolderInbox(folder.path),
      {
        capacityBytes: capacityBytes!,
      },
    );
    assertEquals(await Deno.readFile(folder.file(`recv-${at}`)), content);
  }
});

Deno.test("five hundred files arrive, each under its name, and each gets its receipt", async () => {
  await using folder = new TempFolder();
  function* sources() {
    for (let at = 0; at < 500; at++) yield bytesSource(`f${at}`, noise(at * 3, at + 1));
  }
  const { sent } = await transfer(sources(), new FolderInbox(folder.path));
  assertEquals(sent.length, 500);
  assertEquals(new Set(sent.map(({ savedAs }) => savedAs)).size, 500);
  assertEquals(await Deno.readFile(folder.file("recv-f499")), noise(499 * 3, 500));
});

Deno.test("a source of unknown size arrives whole", async () => {
  await using folder = new TempFolder();
  const content = noise(2_500_000);
  const { sent } = await transfer(
    [bytesSource("pipe", content, { size: null })],
    new FolderInbox(folder.path),
  );
  assertEquals(sent[0]!.size, content.length);
  assertEquals(await Deno.readFile(folder.file("recv-pipe")), content);
});

Deno.test("a refused file leaves the others alone, and both sides say the receiver's reason (I2)", async () => {
  await using folder = new TempFolder();
  const outcome = await transfer([
    bytesSource("good", noise(10)),
    bytesSource("../evil", noise(10)),
    bytesSource("large", noise(2_000)),
    bytesSource("also good", noise(10)),
  ], new FolderInbox(folder.path, { maxFileBytes: 1_000 }));
  assertEquals(outcome.sent.map(({ name }) => name).sort(), ["also good", "good"]);
  assertEquals(outcome.unsent.map(({ error }) => error.code), ["invalid_path", "too_large"]);
  assertEquals(outcome.failed.map(({ error }) => error.code), ["invalid_path", "too_large"]);
  assertEquals(folder.names(), ["recv-also good", "recv-good"]);
});

Deno.test("a file that cannot be read to its end is cancelled, and nothing of it stays", async () => {
  await using folder = new TempFolder();
  const outcome = await transfer([
    bytesSource("bad", noise(3_000_000), { failAt: 2_000_000 }),
    bytesSource("good", noise(10)),
  ], new FolderInbox(folder.path));
  assertEquals(outcome.unsent.map(({ name, error }) => [name, error.code]), [[
    "bad",
    "read_failed",
  ]]);
  assertEquals(outcome.failed.map(({ error }) => error.message), [
    "The sender cannot read the file any further",
  ]);
  assertEquals(folder.names(), ["recv-good"]);
});

Deno.test("an equal file that is there counts as received, without being sent again", async () => {
  await using folder = new TempFolder();
  const content = noise(200_000);
  await folder.write("recv-a", content);
  await folder.write("recv-b", noise(200_000, 9));
  const inbox = new FolderInbox(folder.path, { onExists: "skip" });
  let opened = 0;
  const counted = (source: Source): Source => ({
    ...source,
    open() {
      opened++;
      return source.open();
    },
  });
  const outcome = await transfer(
    [counted(bytesSource("a", content)), bytesSource("b", content)],
    inbox,
  );
  assertEquals(outcome.sent.map(({ savedAs }) => savedAs), ["recv-a"]);
  assertEquals(outcome.unsent.map(({ name, error }) => [name, error.code]), [["b", "exists"]]);
  assertEquals(opened, 1);
  assertEquals(await Deno.readFile(folder.file("recv-b")), noise(200_000, 9));
});

Deno.test("a disk that fails while a file arrives: both sides say why, the next file is taken", async () => {
  await using folder = new TempFolder();
  const real = new FolderInbox(folder.path);
  let aborted = 0;
  const inbox: Inbox = {
    durable: "disk",
    async open(offer, hash) {
      const part = await real.open(offer, hash);
      if (offer.name !== "unlucky") return part;
      return {
        begin() {},
        write() {
          throw new ProtocolError("no_space", "Cannot write the file: the disk is full");
        },
        commit: (hash) => part.commit(hash),
        abort() {
          aborted++;
          part.abort();
        },
      };
    },
  };
  const outcome = await transfer([
    bytesSource("unlucky", noise(5_000_000)),
    bytesSource("lucky", noise(10)),
  ], inbox);
  assertEquals(outcome.unsent.map(({ error }) => [error.code, error.message]), [
    ["no_space", "Cannot write the file: the disk is full"],
  ]);
  assertEquals([outcome.sent.length, aborted], [1, 1]);
  assertEquals(folder.names(), ["recv-lucky"]);
});

Deno.test("a signal ends both sides with its reason, and nothing stays", async () => {
  await using folder = new TempFolder();
  const [here, there] = memoryPair();
  const stop = new AbortController();
  const endless: Source = {
    name: "endless",
    size: null,
    open: () =>
      Promise.resolve({
        read: (into: Uint8Array<ArrayBuffer>) => Promise.resolve(into.length),
        [Symbol.dispose]() {},
      }),
  };
  const began = Promise.withResolvers<void>();
  const sending = sendFiles(here, [endless], { signal: stop.signal });
  const receiving = receiveFiles(there, new FolderInbox(folder.path), {
    onProgress: ({ bytes }) => bytes > 0 && began.resolve(),
  });
  receiving.catch(() => {});
  await began.promise;
  stop.abort(new Error("enough"));
  await assertRejects(() => sending, Error, "enough");
  assertEquals((await assertRejects(() => receiving, ProtocolError)).code, "cancelled");
  assertEquals(folder.names(), []);
});

Deno.test("a receiver that is stopped ends with the signal's reason, tells the sender, and nothing stays", async () => {
  await using folder = new TempFolder();
  const [here, there] = memoryPair();
  const stop = new AbortController();
  const sending = sendFiles(here, [bytesSource("a", noise(3_000_000))]);
  sending.catch(() => {});
  const receiving = receiveFiles(there, new FolderInbox(folder.path), {
    signal: stop.signal,
    onProgress: ({ bytes }) => bytes > 0 && stop.abort(new Error("enough")),
  });
  await assertRejects(() => receiving, Error, "enough");
  assertEquals((await assertRejects(() => sending, ProtocolError)).code, "cancelled");
  assertEquals(folder.names(), []);
});

Deno.test("input that ends without bye is answered first, as far as it was asked (I4)", async () => {
  await using folder = new TempFolder();
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, new FolderInbox(folder.path));
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await sender.send("offer", { id: 0, key: "k".repeat(16), name: "a", size: 3, kind: "file" });
  await sender.send("start", { id: 0, offset: 0 });
  await sender.data(new TextEncoder().encode("abc"));
  const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  await sender.send("end", { id: 0, size: 3, hash });
  await sender.closeWrite();
  const answers = await sender.untilEnd();
  assertEquals(answers.map(({ type }) => type), ["welcome", "accept", "done"]);
  assertEquals(await receiving, { files: 1, bytes: 3, failed: 0, complete: false });
});

Deno.test("what breaks the protocol after a file does not take its receipt away (I4)", async () => {
  await using folder = new TempFolder();
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, new FolderInbox(folder.path));
  receiving.catch(() => {});
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await sender.send("offer", { id: 0, key: "k".repeat(16), name: "a", size: 0, kind: "file" });
  await sender.send("start", { id: 0, offset: 0 });
  const hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  await sender.send("end", { id: 0, size: 0, hash });
  await sender.data(new Uint8Array(1));
  const answers = await sender.untilEnd();
  assertEquals(answers.map(({ type }) => type), ["welcome", "accept", "done", "error"]);
  sender[Symbol.dispose]();
  await assertRejects(() => receiving, ProtocolError);
});

Deno.test("what onReceived throws ends the transfer with it, when the commits are done", async () => {
  await using folder = new TempFolder();
  const [here, there] = memoryPair();
  const sending = sendFiles(here, [bytesSource("a", noise(10))]);
  const receiving = receiveFiles(there, new FolderInbox(folder.path), {
    onReceived() {
      throw new Error("nobody listens");
    },
  });
  await assertRejects(() => receiving, Error, "nobody listens");
  // Its receipt was given: that the receiver's bye is missing takes nothing away from it.
  assertEquals((await sending).files, 1);
  assertEquals(folder.names().filter((name) => !name.startsWith("recv-")), []);
});

Deno.test("who says bye at once is kept waiting for as long as the commit takes, and not given up", async () => {
  const clock = new FakeClock();
  const [here, there] = memoryPair();
  const [committing, committed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const receiving = receiveFiles(there, {
    durable: "disk",
    open: () => ({
      begin() {},
      write() {},
      async commit() {
        committing.resolve();
        await committed.promise;
        return "recv-a";
      },
      abort() {},
    }),
  }, { clock });
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await sender.send("offer", { id: 0, key: "k".repeat(16), name: "a", size: 0, kind: "file" });
  await sender.send("start", { id: 0, offset: 0 });
  const hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  await sender.send("end", { id: 0, size: 0, hash });
  await sender.send("bye", { files: 1, bytes: 0 });
  await committing.promise;
  for (let minutes = 0; minutes < 5; minutes++) await clock.advanceAsync(60_000);
  committed.resolve();
  const answers = (await sender.untilEnd()).map(({ type }) => type);
  assertEquals(answers.filter((type) => type !== "ping"), ["welcome", "accept", "done", "bye"]);
  assert(answers.includes("ping"), "the sender hears that the receiver is there");
  sender[Symbol.dispose]();
  assertEquals((await receiving).files, 1);
});

Deno.test("an inbox may take minutes to decide and to commit: nobody gives up", async () => {
  const clock = new FakeClock();
  const [here, there] = memoryPair();
  const [opening, committing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const [decided, committed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const inbox: Inbox = {
    durable: "disk",
    async open() {
      opening.resolve();
      await decided.promise;
      return {
        begin() {},
        write() {},
        async commit() {
          committing.resolve();
          await committed.promise;
          return "recv-a";
        },
        abort() {},
      };
    },
  };
  const sending = sendFiles(here, [bytesSource("a", noise(10))], { clock });
  const receiving = receiveFiles(there, inbox, { clock });
  for (const [begun, end] of [[opening, decided], [committing, committed]] as const) {
    await begun.promise;
    for (let minutes = 0; minutes < 10; minutes++) await clock.advanceAsync(60_000);
    end.resolve();
  }
  assertEquals((await sending).files, 1);
  assertEquals((await receiving).files, 1);
});

Deno.test("a connection that breaks in mid-file leaves nothing at the receiver (I2)", async () => {
  await using folder = new TempFolder();
  const [here, there] = memoryPair();
  const failed: string[] = [];
  const receiving = receiveFiles(there, new FolderInbox(folder.path), {
    onFailed: ({ name }) => failed.push(name),
  });
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await sender.send("offer", { id: 0, key: "k".repeat(16), name: "a", size: 100, kind: "file" });
  await sender.next("accept");
  await sender.send("start", { id: 0, offset: 0 });
  await sender.data(noise(50));
  await sender.closeWrite();
  assertEquals((await assertRejects(() => receiving, ProtocolError)).code, "truncated_frame");
  assertEquals([folder.names(), failed], [[], ["a"]]);
});

Deno.test("both sides answer ping, ask after 30 s of silence and give up after 75 s", async () => {
  await using folder = new TempFolder();
  const clock = new FakeClock();
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, new FolderInbox(folder.path), { clock });
  receiving.catch(() => {});
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await sender.next("welcome");
  await sender.send("ping", { t: 5 });
  assertEquals((await sender.next("pong")).t, 5);
  await clock.advanceAsync(31_000);
  await sender.next("ping");
  await clock.advanceAsync(50_000);
  assertEquals((await sender.next("error")).code, "idle_timeout");
  await clock.advanceAsync(2_000);
  assertEquals((await assertRejects(() => receiving, ProtocolError)).code, "idle_timeout");
});

Deno.test("who does not say hello in 10 s is told and closed", async () => {
  await using folder = new TempFolder();
  const clock = new FakeClock();
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, new FolderInbox(folder.path), { clock });
  receiving.catch(() => {});
  using sender = Wire.sender(here);
  await clock.advanceAsync(10_000);
  assertEquals((await sender.next("error")).code, "handshake_timeout");
  await clock.advanceAsync(2_000);
  assertEquals((await assertRejects(() => receiving, ProtocolError)).code, "handshake_timeout");
});

Deno.test("a receipt for another hash or size, or less durable than welcome said, is no receipt (I1)", async () => {
  for (const lie of [{ size: 9 }, { hash: "0".repeat(64) }, { durable: "none" }]) {
    const [here, there] = memoryPair();
    const sent: TransferredFile[] = [];
    const sending = sendFiles(here, [bytesSource("a", noise(10))], {
      onSent: (file) => sent.push(file),
    });
    sending.catch(() => {});
    using receiver = Wire.receiver(there);
    await receiver.next("offer");
    await receiver.send("welcome", { limits: {}, durable: "memory" });
    await receiver.send("accept", { id: 0, offset: 0 });
    const end = await receiver.next("end");
    await receiver.send("done", { ...end, savedAs: "recv-a", durable: "memory", ...lie });
    assertEquals((await receiver.next("error")).code, "unexpected_message");
    await receiver.closeWrite();
    const error = await assertRejects(() => sending, ProtocolError);
    assertEquals([error.code, sent], ["unexpected_message", []]);
  }
});

Deno.test("the sender goes on from what the receiver holds, if it is the same, else from 0", async () => {
  const content = noise(300_000);
  const digest = async (bytes: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  for (
    const [offset, held, start] of [
      [200_000, content.slice(0, 200_000), 200_000],
      [200_000, noise(200_000, 7), 0],
      // Held is more than there is, and its hash is that of all there is.
      [300_001, content, 0],
    ] as const
  ) {
    const [here, there] = memoryPair();
    const sending = sendFiles(here, [bytesSource("a", content)]);
    using receiver = Wire.receiver(there);
    await receiver.next("offer");
    await receiver.send("welcome", { limits: {}, durable: "disk" });
    await receiver.send("accept", { id: 0, offset, hash: await digest(held) });
    assertEquals((await receiver.next("start")).offset, start);
    const end = await receiver.next("end");
    assertEquals([end.size, end.hash], [content.length, await digest(content)]);
    await receiver.send("done", { ...end, savedAs: "recv-a", durable: "disk" });
    await receiver.next("bye");
    await receiver.send("bye", { files: 1, bytes: content.length });
    await receiver.closeWrite();
    assertEquals((await sending).files, 1);
  }
});

Deno.test("what a receiver says before its welcome, a second welcome and an early bye end the connection", async () => {
  const welcome = ["welcome", { limits: {}, durable: "disk" }] as const;
  for (
    const said of [
      [["accept", { id: 0, offset: 0 }]],
      [["refuse", { id: 0, code: "exists", message: "x" }]],
      [["bye", { files: 0, bytes: 0 }]],
      [welcome, welcome],
      [welcome, ["bye", { files: 0, bytes: 0 }]],
    ] as const
  ) {
    const [here, there] = memoryPair();
    const sending = sendFiles(here, [bytesSource("a", noise(10))]);
    sending.catch(() => {});
    using receiver = Wire.receiver(there);
    for (const [type, payload] of said) await receiver.send(type, payload);
    assertEquals((await receiver.next("error")).code, "unexpected_message");
    await receiver.closeWrite();
    assertEquals((await assertRejects(() => sending, ProtocolError)).code, "unexpected_message");
  }
});

Deno.test("progress rises to the size, on both sides", async () => {
  await using folder = new TempFolder();
  const [here, there] = memoryPair();
  const [out, back]: [number[], number[]] = [[], []];
  await Promise.all([
    sendFiles(here, [bytesSource("a", noise(3_000_000))], {
      onProgress: ({ bytes }) => out.push(bytes),
    }),
    receiveFiles(there, new FolderInbox(folder.path), {
      onProgress: ({ bytes }) => back.push(bytes),
    }),
  ]);
  for (const steps of [out, back]) {
    assertEquals(steps[0], 0);
    assertEquals(steps.at(-1), 3_000_000);
    assert(steps.every((bytes, at) => at === 0 || bytes > steps[at - 1]!));
  }
});
