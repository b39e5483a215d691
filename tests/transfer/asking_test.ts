import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import type { Connection } from "../../net/connection.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { memoryPair } from "../../net/memory.ts";
import { decodeReceiverMessage } from "../../protocol/message.ts";
import type { Hello } from "../../protocol/transfer.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { receiveFiles, type ReceiveOptions } from "../../transfer/receiver.ts";
import { sendFiles, type SendOptions } from "../../transfer/sender.ts";
import type { Source } from "../../transfer/source.ts";
import { cutAfter, type CutOptions } from "../support/cut.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

const asking = { want: "it", token: "secret" };
const WELCOME = { limits: {}, durable: "disk" };

/** Reads a dialler's `hello`, and gives the connection behind it. */
async function readHello(connection: Connection): Promise<[Connection, Hello]> {
  const reader = new FrameReader(connection);
  await reader.more();
  const message = decodeReceiverMessage(reader.next()!.payload);
  assert(message.type === "hello");
  return [reader.handOver(), message.payload];
}

/** A listener that sends to whoever asks; gives the dialler's end. */
function listener(source: () => Source, options: SendOptions = {}, cut: CutOptions = {}) {
  const [near, far] = memoryPair({ capacityBytes: 16_384 });
  const hellos: Hello[] = [];
  const serving = (async () => {
    const [connection, hello] = await readHello(far);
    hellos.push(hello);
    return await sendFiles(connection, [source()], { ...options, hello });
  })();
  return { connection: cutAfter(near, cut), serving, hellos };
}

Deno.test("a receiver that dials gets the file that it asks for, and promises what its inbox does", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  for (const [name, bytes] of [["large", 500_000], ["small", 10], ["empty", 0]] as const) {
    const source = await fileSource(await from.write(name, noise(bytes)));
    const durables: string[] = [];
    const onSent: SendOptions["onSent"] = ({ durable }) => durables.push(durable);
    const { connection, serving, hellos } = listener(() => source, { onSent });
    const summary = await receiveFiles(connection, new FolderInbox(to.path), { asking });
    assertEquals(summary, { files: 1, bytes, failed: 0, complete: true });
    assertEquals(await serving, { files: 1, bytes, failed: 0 });
    assertEquals([hellos[0]!.want, hellos[0]!.token, hellos[0]!.role], ["it", "secret", "receive"]);
    assertEquals([hellos[0]!.durable, durables], ["disk", ["disk"]]);
    assertEquals(await Deno.readFile(to.file(`recv-${name}`)), noise(bytes));
  }
});

Deno.test("a receiver that asks goes on from what it holds, wherever connections break", async () => {
  await using from = new TempFolder();
  await using to = new TempFolder();
  const source = await fileSource(await from.write("big", noise(900_000)));
  const inbox = new FolderInbox(to.path);
  const cuts: CutOptions[] = [{ read: 10 }, { read: 300_000 }, { read: 300_000 }, {
    written: 40,
  }];
  const serving: Promise<unknown>[] = [];
  const begins: number[] = [];
  const dial = () => {
    const made = listener(() => source, {}, cuts.shift());
    serving.push(made.serving.catch(() => {}));
    return made.connection;
  };
  const received: string[] = [];
  const summary = await receiveFiles(dial(), inbox, {
    asking,
    reconnect: () => Promise.resolve(dial()),
    reconnectPausesMs: [0, 0, 0],
    onProgress: ({ from, bytes }) => from === bytes && begins.push(from),
    onReceived: ({ savedAs }) => received.push(savedAs),
  });
  await Promise.all(serving);
  assertEquals([summary.files, received, to.names()], [1, ["recv-big"], ["recv-big"]]);
  assertEquals(await Deno.readFile(to.file("recv-big")), noise(900_000));
  assert(begins.length === 3 && begins[2]! > 400_000, `went on from ${begins}`);
});

Deno.test("a file that is saved is saved, also where the connection breaks before the sender's bye", async () => {
  await using to = new TempFolder();
  const [near, far] = memoryPair();
  const receiving = receiveFiles(near, new FolderInbox(to.path), {
    asking,
    reconnect: () => Promise.reject(new Error("It asked again")),
  });
  using wire = Wire.sender(far);
  await wire.send("welcome", WELCOME);
  const key = "k".repeat(32);
  await wire.send("offer", { id: 0, key, name: "a", size: 0, kind: "file", inline: true });
  await wire.send("start", { id: 0, offset: 0 });
  const hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  await wire.send("end", { id: 0, size: 0, hash });
  await wire.next("done");
  wire[Symbol.dispose]();
  assertEquals((await receiving).files, 1);
});

Deno.test("what a listener says instead of welcome ends it, with the listener's reason where it has one", async () => {
  await using to = new TempFolder();
  const cases: readonly [string, object, string][] = [
    ["error", { code: "unknown_file", message: "Not here" }, "unknown_file"],
    ["offer", offer(0), "unexpected_message"],
    ["hello", { protocol: 1, role: "send", hash: "sha256" }, "unexpected_message"],
    ["bye", { files: 0, bytes: 0 }, "unexpected_message"],
  ];
  for (const [type, payload, code] of cases) {
    assertEquals(await endOf(to, async (wire) => await wire.send(type, payload)), code, type);
  }
  assertEquals(await endOf(to, (wire) => wire.closeWrite()), "truncated_frame");
  const twice = async (wire: Wire<never>) => {
    await wire.send("welcome", WELCOME);
    await wire.send("welcome", WELCOME);
  };
  assertEquals(await endOf(to, twice), "unexpected_message");
});

Deno.test("a listener that ends after welcome, without the file, has not sent it", async () => {
  await using to = new TempFolder();
  const ends = async (wire: Wire<never>) => {
    await wire.send("welcome", WELCOME);
    await wire.closeWrite();
  };
  assertEquals(await endOf(to, ends), "truncated_frame");
});

Deno.test("a listener sends one file and no more than was asked for", async () => {
  await using to = new TempFolder();
  const [near, far] = memoryPair();
  const failed: string[] = [];
  const receiving = receiveFiles(near, new FolderInbox(to.path), {
    asking,
    onFailed: ({ error }) => failed.push(error.code),
  });
  using wire = Wire.sender(far);
  await wire.send("welcome", WELCOME);
  await wire.send("offer", offer(0));
  await wire.next("accept");
  await wire.send("offer", offer(1));
  const { id, code } = await wire.next("refuse");
  assertEquals([id, code, failed], [1, "too_many_files", ["too_many_files"]]);
  await wire.closeWrite();
  await assertRejects(() => receiving, ProtocolError);
});

Deno.test("a side that was told to stop tells the peer why, where that is for the peer", async () => {
  await using to = new TempFolder();
  const [near, far] = memoryPair();
  const stop = new AbortController();
  const receiving = receiveFiles(near, new FolderInbox(to.path), { signal: stop.signal });
  using wire = Wire.sender(far);
  await wire.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await wire.next("welcome");
  const reason = new ProtocolError("shutdown", "Later");
  stop.abort(reason);
  assertEquals(await wire.errorsUntilEnd(), ["shutdown"]);
  wire[Symbol.dispose]();
  assertEquals(await receiving.catch((error) => error), reason);
});

function offer(id: number) {
  return { id, key: `${"k".repeat(32)}${id}`, name: `f${id}`, size: 10, kind: "file" };
}

/** How asking ends for a receiver that meets such a listener. */
async function endOf(
  to: TempFolder,
  listen: (wire: Wire<never>) => Promise<void>,
  options: ReceiveOptions = {},
): Promise<string> {
  const [near, far] = memoryPair();
  const receiving = receiveFiles(near, new FolderInbox(to.path), { asking, ...options });
  using wire = Wire.sender(far);
  await listen(wire as unknown as Wire<never>);
  const error = await assertRejects(() => receiving, ProtocolError);
  return error.code;
}
