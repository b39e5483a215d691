import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../../codec/errors.ts";
import { CertificateError } from "../../net/certificate_error.ts";
import type { Connection } from "../../net/connection.ts";
import { memoryPair } from "../../net/memory.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import type { Inbox } from "../../transfer/inbox.ts";
import { pipeSource } from "../../transfer/pipe_source.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { sendFiles, type SendOptions } from "../../transfer/sender.ts";
import type { Source } from "../../transfer/source.ts";
import { cutAfter, type CutOptions } from "../support/cut.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

const NO_PAUSES = { reconnectPausesMs: Array<number>(10).fill(0) };
const HELLO = { limits: {}, durable: "disk" };

/** A receiver that takes one connection after the other. */
class Receiver {
  readonly serving: Promise<unknown>[] = [];
  readonly #inbox: () => Inbox;

  constructor(inbox: () => Inbox) {
    this.#inbox = inbox;
  }

  /** The sender's end of a new connection. */
  dial(cut: CutOptions = {}): Connection {
    const [here, there] = memoryPair({ capacityBytes: 16_384 });
    this.serving.push(receiveFiles(there, this.#inbox()).catch(() => {}));
    return cutAfter(here, cut);
  }

  async settled(): Promise<void> {
    await Promise.all(this.serving);
  }
}

/** Sends over connections that break, one after the other, as told; the last one holds. */
async function sendOver(
  receiver: Receiver,
  cuts: readonly CutOptions[],
  sources: readonly Source[],
  options: SendOptions & { readonly restarts?: boolean } = {},
): Promise<string[]> {
  const left = [...cuts];
  const saved: string[] = [];
  await sendFiles(receiver.dial(left.shift()), sources, {
    ...NO_PAUSES,
    ...options,
    reconnect: async () => {
      // One that is started anew has ended before.
      if (options.restarts === true) await receiver.settled();
      return receiver.dial(left.shift());
    },
    onSent: ({ savedAs }) => saved.push(savedAs),
  });
  await receiver.settled();
  return saved;
}

async function fileOf(folder: TempFolder, name: string, bytes: number): Promise<Source> {
  return await fileSource(await folder.write(name, noise(bytes, bytes)));
}

const anyCut = fc.record({
  written: fc.integer({ min: 0, max: 700_000 }),
  read: fc.oneof(fc.integer({ min: 0, max: 1_200 }), fc.constant(Infinity)),
});

Deno.test("wherever connections break, each file is saved once, whole, and has its receipt", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyCut, { maxLength: 5 }),
      fc.array(fc.constantFrom(0, 10, 4_000, 130_000, 200_000, 300_000), {
        minLength: 1,
        maxLength: 6,
      }),
      async (cuts, sizes) => {
        await using from = new TempFolder();
        await using to = new TempFolder();
        const inbox = new FolderInbox(to.path);
        const sources = await Promise.all(
          sizes.map((bytes, at) => fileOf(from, `file-${at}`, bytes)),
        );
        const saved = await sendOver(new Receiver(() => inbox), cuts, sources);
        const names = sizes.map((_bytes, at) => `recv-file-${at}`);
        assertEquals(saved.sort(), names);
        assertEquals(to.names(), names);
        for (const [at, bytes] of sizes.entries()) {
          assertEquals(await Deno.readFile(to.file(`recv-file-${at}`)), noise(bytes, bytes));
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("the same with a receiver that was started anew each time, for files that are not small", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyCut, { maxLength: 5 }), async (cuts) => {
      await using from = new TempFolder();
      await using to = new TempFolder();
      const sources = [await fileOf(from, "a", 200_000), await fileOf(from, "b", 400_000)];
      const receiver = new Receiver(() => new FolderInbox(to.path));
      const saved = await sendOver(receiver, cuts, sources, { restarts: true });
      assertEquals(saved.sort(), ["recv-a", "recv-b"]);
      assertEquals(to.names(), ["recv-a", "recv-b"]);
    }),
    { numRuns: 40 },
  );
});

Deno.test("what has arrived is not sent again over the next connection", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const begins: number[] = [];
  const inbox = new FolderInbox(to.path);
  await sendOver(
    new Receiver(() => inbox),
    [{ written: 600_000 }],
    [await fileOf(from, "big", 1_000_000)],
    { onProgress: ({ from, bytes }) => from === bytes && begins.push(from) },
  );
  assertEquals(begins[0], 0);
  assert(begins[1]! > 500_000, `went on from ${begins[1]}`);
});

Deno.test("what an old connection still holds, which nobody has noticed is dead, is gone on with too", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path);
  const receiver = new Receiver(() => inbox);
  const half = Promise.withResolvers<void>();
  const begins: number[] = [];
  // The first connection goes silent in mid-file: the receiver hears nothing, not even that it ended.
  const [here, there] = memoryPair({ capacityBytes: 16_384 });
  const silent = receiveFiles(there, inbox, {
    onProgress: ({ bytes }) => bytes > 500_000 && half.resolve(),
  });
  const cut = half.promise.then(() => Promise.reject(new Error("The cable was pulled")));
  cut.catch(() => {});
  const cable: Connection = {
    peer: here.peer,
    read: (into) => Promise.race([here.read(into), cut]),
    write: (bytes) => Promise.race([here.write(bytes), cut]),
    closeWrite: () => Promise.resolve(),
    close() {},
  };
  const { files } = await sendFiles(cable, [await fileOf(from, "big", 1_000_000)], {
    ...NO_PAUSES,
    reconnect: () => Promise.resolve(receiver.dial()),
    onProgress: ({ from, bytes }) => from === bytes && begins.push(from),
  });
  await receiver.settled();
  assertEquals(files, 1);
  assert(begins[1]! > 400_000, `went on from ${begins[1]}`);
  here.close();
  await assertRejects(() => silent);
  assertEquals(to.names(), ["recv-big"]);
  assertEquals(await Deno.readFile(to.file("recv-big")), noise(1_000_000, 1_000_000));
});

Deno.test("with overwrite, what the next connection brings does not replace what the broken one brought", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path, { onExists: "overwrite" });
  const [one, other] = await Promise.all([
    fileOf(from, "one", 200_000),
    fileOf(from, "other", 300_000),
  ]);
  const sources = [{ ...one, name: "a" }, { ...other, name: "a" }];
  const saved = await sendOver(new Receiver(() => inbox), [{ written: 250_000 }], sources);
  assertEquals(saved, ["recv-a", "recv-a (1)"]);
  assertEquals(await Deno.readFile(to.file("recv-a")), noise(200_000, 200_000));
  // Another run is another matter.
  assertEquals(await sendOver(new Receiver(() => inbox), [], sources.slice(1)), ["recv-a"]);
  assertEquals(await Deno.readFile(to.file("recv-a")), noise(300_000, 300_000));
});

Deno.test("ten tries, half a second to half a minute apart; then why the connection broke", async () => {
  await using from = new TempFolder();
  const clock = new FakeClock();
  const [here, there] = memoryPair();
  const tries: number[] = [];
  const told: string[] = [];
  const failed: string[] = [];
  const sending = sendFiles(here, [await fileOf(from, "a", 10)], {
    clock,
    reconnect() {
      tries.push(clock.now());
      return Promise.reject(new Deno.errors.ConnectionRefused("nobody is there"));
    },
    onReconnecting: (reason, pauseMs, attempt) =>
      told.push(`${attempt}: ${(reason as Error).message}, ${pauseMs}`),
    onFailed: ({ error }) => failed.push(error.code),
  });
  const began = clock.now();
  // When the file was offered the other side is gone.
  let read = "";
  while (!read.includes('"offer"')) {
    const bytes = new Uint8Array(4_096);
    read += new TextDecoder().decode(bytes.subarray(0, await there.read(bytes) ?? 0));
  }
  there.close();
  const ended = assertRejects(() => sending, Error);
  await clock.advanceAsync(300_000);
  assert((await ended).message !== "nobody is there");
  assertEquals(
    tries.map((at, index) => at - (tries[index - 1] ?? began)),
    [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000, 30_000, 30_000],
  );
  assertEquals(told[1], "2: nobody is there, 1000");
  assertEquals(failed.length, 1);
  assertEquals(clock.pending, 0);
});

Deno.test("tries are counted anew when something has arrived, and only then", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path);
  const receiver = new Receiver(() => inbox);
  const source = await fileOf(from, "big", 1_000_000);
  const attempts: number[] = [];
  // Each connection brings 200,000 bytes: six of them, with two pauses allowed.
  await sendFiles(receiver.dial({ written: 200_000 }), [source], {
    reconnectPausesMs: [0, 0],
    reconnect: () => Promise.resolve(receiver.dial({ written: 200_000 })),
    onReconnecting: (_reason, _pauseMs, attempt) => attempts.push(attempt),
  });
  await receiver.settled();
  assert(attempts.length >= 5 && attempts.every((attempt) => attempt <= 2), attempts.join());
  // Nothing ever comes through.
  await assertRejects(() =>
    sendFiles(receiver.dial({ written: 100 }), [source], {
      reconnectPausesMs: [0, 0],
      reconnect: () => Promise.resolve(receiver.dial({ written: 100 })),
    })
  );
  await receiver.settled();
});

Deno.test("a sender ends at once where somebody with another certificate answers", async () => {
  await using folder = new TempFolder();
  const receiver = new Receiver(() => new FolderInbox(folder.path));
  const source = await fileSource(await folder.write("a.bin", noise(500_000)));
  let tries = 0;
  const error = await assertRejects(() =>
    sendFiles(receiver.dial({ written: 200_000 }), [source], {
      ...NO_PAUSES,
      reconnect() {
        tries++;
        return Promise.reject(new CertificateError("not_pinned", "ab".repeat(32), "another one"));
      },
    }), CertificateError);
  assertEquals([error.fault, tries], ["not_pinned", 1]);
  await receiver.settled();
});

Deno.test("what the receiver ends for good is not tried again, and its reason is told", async () => {
  await using from = new TempFolder();
  for (const [code, isPassing] of [["too_many_offers", false], ["server_full", true]] as const) {
    const [here, there] = memoryPair();
    let tries = 0;
    const sending = sendFiles(here, [await fileOf(from, "a", 10)], {
      reconnectPausesMs: [0],
      reconnect: () => Promise.reject(new Error(`try ${++tries}`)),
    });
    using receiver = Wire.receiver(there);
    await receiver.send("error", { code, message: "not here" });
    await receiver.closeWrite();
    const error = await assertRejects(() => sending, ProtocolError, "not here");
    assertEquals(error.code, code);
    assertEquals(tries, isPassing ? 1 : 0);
  }
});

Deno.test("the receiver's reason is told even where writing to it failed first", async () => {
  const [here, there] = memoryPair();
  using receiver = Wire.receiver(there);
  await receiver.send("welcome", HELLO);
  await receiver.send("error", { code: "internal_error", message: "the disk is on fire" });
  const broken: Connection = {
    peer: here.peer,
    read: async (into) => {
      // The words are on their way when the write has failed already.
      for (let hops = 0; hops < 10; hops++) await undefined;
      return await here.read(into);
    },
    write: () => Promise.reject(new Deno.errors.BrokenPipe("nobody reads")),
    closeWrite: () => here.closeWrite(),
    close: () => here.close(),
  };
  await assertRejects(() => sendFiles(broken, []), ProtocolError, "the disk is on fire");
});

Deno.test("a signal ends the pause between two tries with its reason", async () => {
  await using from = new TempFolder();
  const clock = new FakeClock();
  const stop = new AbortController();
  const [here, there] = memoryPair();
  there.close();
  const pausing = Promise.withResolvers<void>();
  const sending = sendFiles(here, [await fileOf(from, "a", 10)], {
    clock,
    signal: stop.signal,
    reconnect: () => Promise.reject(new Error("not to be tried")),
    onReconnecting: () => pausing.resolve(),
  });
  const ended = assertRejects(() => sending, Error, "enough");
  await pausing.promise;
  await clock.advanceAsync(0);
  stop.abort(new Error("enough"));
  await ended;
  assertEquals(clock.pending, 0);
});

Deno.test("a bye that is not answered takes nothing away: every receipt is there", async () => {
  const [here, there] = memoryPair();
  using receiver = Wire.receiver(there);
  const sending = sendFiles(here, []);
  await receiver.send("welcome", HELLO);
  await receiver.next("bye");
  receiver[Symbol.dispose]();
  assertEquals(await sending, { files: 0, bytes: 0, failed: 0 });
});

/** A pipe of one piece. */
function pipe(content: Uint8Array<ArrayBuffer>): Source {
  let left = content;
  return pipeSource("piped", {
    read(into) {
      const piece = left.subarray(0, Math.min(left.length, into.length));
      into.set(piece);
      left = left.subarray(piece.length);
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
  });
}

Deno.test("what came through a pipe cannot be sent twice: it fails, at once, with why the connection broke", async () => {
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path);
  const receiver = new Receiver(() => inbox);
  const failed: string[] = [];
  let tries = 0;
  await assertRejects(
    () =>
      sendFiles(receiver.dial({ written: 300_000 }), [pipe(noise(500_000))], {
        ...NO_PAUSES,
        reconnect: () => Promise.resolve((tries++, receiver.dial())),
        onFailed: ({ name }) => failed.push(name),
      }),
  );
  await receiver.settled();
  assertEquals([failed, tries, to.names()], [["piped"], 0, []]);
});

Deno.test("what came through a pipe whole, and lost only its receipt, gets it over the next connection", async () => {
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path);
  // Enough for welcome and accept, not for the receipt.
  const saved = await sendOver(new Receiver(() => inbox), [{ read: 200 }], [pipe(noise(500_000))]);
  assertEquals([saved, to.names()], [["recv-piped"], ["recv-piped"]]);
});

Deno.test("a sender says when the receiver holds another beginning than its own", async () => {
  await using from = new TempFolder();
  const [here, there] = memoryPair();
  const differs: unknown[] = [];
  const sending = sendFiles(here, [await fileOf(from, "a", 300_000)], {
    onDiffers: (name, heldBytes) => differs.push([name, heldBytes]),
  });
  sending.catch(() => {});
  using receiver = Wire.receiver(there);
  await receiver.send("welcome", HELLO);
  const { id } = await receiver.next("offer");
  await receiver.send("accept", { id, offset: 100, hash: "0".repeat(64) });
  assertEquals((await receiver.next("start")).offset, 0);
  assertEquals(differs, [["a", 100]]);
});

Deno.test("a small file that changed between two connections is another offer", async () => {
  await using from = new TempFolder();
  const path = await from.write("a", "old");
  let reads = 0;
  const source: Source = {
    ...await fileSource(path),
    readWhole(into) {
      into.set(new TextEncoder().encode(reads++ === 0 ? "old" : "new"));
      return 3;
    },
  };
  const keys: string[] = [];
  const dials = [0, 1].map(() => memoryPair());
  const sending = sendFiles(dials[0]![0], [source], {
    ...NO_PAUSES,
    reconnect: () => Promise.resolve(dials[1]![0]),
  });
  sending.catch(() => {});
  for (const [, there] of dials) {
    using receiver = Wire.receiver(there);
    await receiver.send("welcome", HELLO);
    keys.push((await receiver.next("offer")).key);
  }
  await assertRejects(() => sending);
  assert(keys[0] !== keys[1]);
});

Deno.test("a source that cannot even be ended does not hide why the connection ended", async () => {
  const [here, there] = memoryPair();
  there.close();
  const sources: AsyncIterable<Source> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.withResolvers<IteratorResult<Source>>().promise,
      return: () => Promise.reject(new Error("it cannot be ended")),
    }),
  };
  await assertRejects(() => sendFiles(here, sources), Error);
  // What nobody waits for is told before the next turn.
  await new Promise((resolve) => setTimeout(resolve));
});

Deno.test("what is compared for a connection that broke is compared no further", async () => {
  await using from = new TempFolder();
  // One that is read from its beginning only.
  const { openAt: _openAt, ...source } = await fileOf(from, "big", 12_000_000);
  const enough = new AbortController();
  let reads = 0;
  const [here, there] = memoryPair();
  const differs: string[] = [];
  const compared: Source = {
    ...source,
    async open() {
      const reader = await source.open();
      return {
        async read(into) {
          if (++reads === 2) enough.abort(new Error("enough"));
          return await reader.read(into);
        },
        [Symbol.dispose]: () => (closed.resolve(), reader[Symbol.dispose]()),
      };
    },
  };
  const closed = Promise.withResolvers<void>();
  const sending = sendFiles(here, [compared], {
    signal: enough.signal,
    onDiffers: (name) => differs.push(name),
  });
  const ended = assertRejects(() => sending, Error, "enough");
  using receiver = Wire.receiver(there);
  await receiver.send("welcome", HELLO);
  const { id } = await receiver.next("offer");
  await receiver.send("accept", { id, offset: 12_000_000, hash: "0".repeat(64) });
  await receiver.untilEnd();
  await receiver.closeWrite();
  await ended;
  await closed.promise;
  await new Promise((resolve) => setTimeout(resolve));
  assert(reads <= 3, `${reads} reads`);
  assertEquals(differs, []);
});
