import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import type { FileTransferOptions } from "../../client/file_transfers.ts";
import type { ChatEvent } from "../../client/events.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { dial, type DialOptions } from "../../net/tcp.ts";
import type { SharedFile } from "../../protocol/chat.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { DataFolder } from "../../server/data_folder.ts";
import { fileSource } from "../../transfer/file_source.ts";
import type { Source } from "../../transfer/source.ts";
import { cutAfter, type CutOptions } from "../support/cut.ts";
import { openFileHouse, sha256Of } from "../support/file_house.ts";
import { noise, TempFolder } from "../support/temp.ts";
import type { PayloadOf } from "../support/wire.ts";

const NO_PAUSES = { reconnectPausesMs: Array<number>(10).fill(0) };

/** The next event of a type. */
async function next<T extends ChatEvent["type"]>(
  client: ChatClient,
  type: T,
): Promise<PayloadOf<ChatEvent, T>> {
  for await (const event of client.events) {
    if (event.type === type) return event.payload as PayloadOf<ChatEvent, T>;
  }
  throw new Error(`The events ended before any "${type}"`);
}

/** A dial whose first connections hold, and the next ones break as told. */
function breaking(whole: number, cuts: readonly CutOptions[]) {
  let dialled = 0;
  return async (options: DialOptions) => {
    const connection = await dial(options);
    return cutAfter(connection, cuts[dialled++ - whole] ?? {});
  };
}

/** Uploads one file, and gives what the server tells of it. */
async function share(client: ChatClient, source: Source): Promise<SharedFile> {
  const [file] = await client.upload([source], NO_PAUSES);
  await client.send("lobby", "", { files: [file!.id] });
  return (await next(client, "message")).files![0]!;
}

Deno.test("a file that one member uploads and names, another one downloads with the same hash", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using ann = await house.connect("ann");
  await using bob = await house.connect("bob");
  const bytes = noise(700_000);
  const source = await fileSource(await folder.write("plan.bin", bytes));
  const [file] = await ann.upload([source]);
  assertEquals([file!.name, file!.size, file!.sha256], [
    "plan.bin",
    700_000,
    await sha256Of(bytes),
  ]);
  await ann.send("lobby", "the plan", { files: [file!.id] });
  const message = await next(bob, "message");
  assertEquals(message.text, "the plan");
  const [told] = message.files!;
  assertEquals(told, { ...file!, type: "application/octet-stream" });
  const saved = await bob.download(told!, folder.path);
  assertEquals(saved, { savedAs: "recv-plan.bin", size: 700_000, sha256: file!.sha256 });
  assertEquals(await Deno.readFile(folder.file("recv-plan.bin")), bytes);
});

Deno.test("several files go over one connection, and are told in the order of the sources", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using ann = await house.connect("ann");
  const sizes = [300_000, 0, 10, 200_000];
  const sources = await Promise.all(
    sizes.map(async (size, at) => fileSource(await folder.write(`${at}.bin`, noise(size)))),
  );
  // Two of one name are told apart too.
  const files = await ann.upload([...sources, { ...sources[2]!, name: "0.bin" }]);
  assertEquals(files.map(({ name }) => name), ["0.bin", "1.bin", "2.bin", "3.bin", "0.bin"]);
  assertEquals(files.slice(1, 4).map(({ size }) => size), [0, 10, 200_000]);
  assertEquals(new Set(files.map(({ id }) => id)).size, 5);
});

Deno.test("a private message names files, and its text may be empty", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using ann = await house.connect("ann");
  await using bob = await house.connect("bob");
  const [file] = await ann.upload([await fileSource(await folder.write("a.txt", "hello\n"))]);
  await ann.sendPrivate("bob", "", { files: [file!.id] });
  const { text, files } = await next(bob, "private");
  assertEquals([text, files!.map(({ name, type }) => [name, type])], ["", [[
    "a.txt",
    "text/plain",
  ]]]);
  await assertRejects(() => ann.send("lobby", ""), ProtocolError, "empty text");
});

Deno.test("a download replaces nothing", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using ann = await house.connect("ann");
  const file = await share(ann, await fileSource(await folder.write("a.txt", "hello\n")));
  await folder.write("recv-a.txt", "mine");
  assertEquals((await ann.download(file, folder.path)).savedAs, "recv-a (1).txt");
  assertEquals(await Deno.readTextFile(folder.file("recv-a.txt")), "mine");
});

Deno.test("an upload goes on where its connection broke, and has the same hash", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using ann = await house.connect("ann", {
    dial: breaking(1, [{ written: 600_000 }, { written: 700_000 }]),
  });
  const bytes = noise(2_000_000);
  const begins: number[] = [];
  const [file] = await ann.upload([await fileSource(await folder.write("big", bytes))], {
    ...NO_PAUSES,
    onProgress: ({ from, bytes }) => from === bytes && begins.push(from),
  });
  assertEquals(file!.sha256, await sha256Of(bytes));
  assertEquals([begins.length, begins[0]], [3, 0]);
  assert(begins[1]! > 0 && begins[2]! > begins[1]!, `went on from ${begins}`);
  assertEquals(house.store.used.files, 1);
});

Deno.test("a download goes on where its connection broke, and has the same hash", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using out = new TempFolder();
  await using ann = await house.connect("ann");
  const bytes = noise(2_000_000);
  const file = await share(ann, await fileSource(await folder.write("big", bytes)));
  await using bob = await house.connect("bob", {
    dial: breaking(1, [{ read: 600_000 }, { read: 700_000 }]),
  });
  const begins: number[] = [];
  const told: number[] = [];
  const { sha256 } = await bob.download(file, out.path, {
    ...NO_PAUSES,
    onProgress: ({ from, bytes }) => from === bytes && begins.push(from),
    onReconnecting: (_reason, _pauseMs, attempt) => told.push(attempt),
  });
  assertEquals(sha256, await sha256Of(bytes));
  assertEquals([begins.length, begins[0]], [3, 0]);
  assert(begins[1]! > 300_000 && begins[2]! > begins[1]!, `went on from ${begins}`);
  // Something has come each time, so each trouble is a new one.
  assertEquals(told, [1, 1]);
  assertEquals(out.names(), ["recv-big"]);
});

Deno.test("a server that is started anew in the middle of an upload goes on with it", async () => {
  await using temp = new TempFolder();
  await using folder = new TempFolder();
  const open = async () => {
    const data = await DataFolder.open(temp.path);
    const { log, registry } = data;
    const server = ChatServer.listen({ port: 0, log, registry, files: data.files! });
    return { server, data, close: () => server.close().then(() => data.close()) };
  };
  let house = await open();
  let up = Promise.resolve();
  const half = Promise.withResolvers<void>();
  await using stack = new AsyncDisposableStack();
  const client = stack.use(
    await ChatClient.connect({
      ...house.server.address,
      name: "ann",
      room: "lobby",
      // It finds the server wherever that listens now.
      dial: (options) => up.then(() => dial({ ...options, ...house.server.address })),
    }),
  );
  const bytes = noise(6_000_000);
  const begins: number[] = [];
  const source = await fileSource(await folder.write("big", bytes));
  let mayGoOn = false;
  const anew = Promise.withResolvers<void>();
  // The source waits in the middle, so that the server stops there.
  const slow: Source = {
    ...source,
    async open() {
      const reader = await source.open();
      let read = 0;
      return {
        async read(into) {
          if (read > 3_000_000 && !mayGoOn) {
            half.resolve();
            await anew.promise;
          }
          const count = await reader.read(into);
          read += count ?? 0;
          return count;
        },
        [Symbol.dispose]: () => reader[Symbol.dispose](),
      };
    },
  };
  const uploading = client.upload([slow], {
    ...NO_PAUSES,
    onProgress: ({ from, bytes }) => from === bytes && begins.push(from),
  });
  await half.promise;
  const files = new TempFolder(temp.file("files"));
  const held = () => files.names().map((name) => Deno.statSync(files.file(name)).size);
  await files.until(() => Math.max(0, ...held()) > 1_000_000);
  const started = Promise.withResolvers<void>();
  up = started.promise;
  await house.close();
  house = await open();
  started.resolve();
  stack.defer(() => house.close());
  mayGoOn = true;
  anew.resolve();
  const [file] = await uploading;
  assertEquals(file!.sha256, await sha256Of(bytes));
  assert(begins.length === 2 && begins[1]! > 1_000_000, `went on from ${begins}`);
  await client.close();
});

Deno.test("a file that is not the one that the message told of is not kept", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using out = new TempFolder();
  await using ann = await house.connect("ann");
  for (const size of [10, 500_000]) {
    const file = await share(ann, await fileSource(await folder.write("a", noise(size))));
    const wrong: readonly [Partial<SharedFile>, string][] = [
      [{ sha256: "0".repeat(64) }, "hash_mismatch"],
      [{ size: size + 1 }, "size_mismatch"],
      [{ name: "../a" }, "invalid_path"],
    ];
    for (const [told, code] of wrong) {
      const error = await assertRejects(
        () => ann.download({ ...file, ...told }, out.path),
        ProtocolError,
      );
      assertEquals(error.code, code);
    }
    assertEquals(out.names(), []);
  }
});

Deno.test("a file is saved under the name that the message told", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using out = new TempFolder();
  await using ann = await house.connect("ann");
  const file = await share(ann, await fileSource(await folder.write("a", "x")));
  const { savedAs } = await ann.download({ ...file, name: "b.txt" }, out.path);
  assertEquals([savedAs, out.names()], ["recv-b.txt", ["recv-b.txt"]]);
});

Deno.test("what the server does not keep any more is unknown_file, with what to do", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using ann = await house.connect("ann");
  const file = await share(ann, await fileSource(await folder.write("a", "x")));
  await house.store.remove("ann", file.id);
  const error = await assertRejects(() => ann.download(file, folder.path), ProtocolError);
  assertEquals(error.code, "unknown_file");
  assert(/send it again/.test(error.message), error.message);
});

Deno.test("where one file is not taken the upload fails with why, and what is over the quota is not kept", async () => {
  await using house = await openFileHouse({
    store: { maxFileBytes: 500_000, maxBytesPerName: 600_000 },
  });
  await using folder = new TempFolder();
  await using ann = await house.connect("ann");
  const upload = async (name: string, bytes: number) =>
    await ann.upload([await fileSource(await folder.write(name, noise(bytes)))]);
  const fails = async (name: string, bytes: number) =>
    (await assertRejects(() => upload(name, bytes), ProtocolError)).code;
  assertEquals(await fails("large", 500_001), "too_large");
  await upload("a", 400_000);
  assertEquals(await fails("b", 300_000), "quota_exceeded");
  await using bob = await house.connect("bob");
  await bob.upload([await fileSource(await folder.write("b", noise(300_000)))]);
});

Deno.test("without files an upload is files_not_offered", async () => {
  await using server = ChatServer.listen({ port: 0 });
  await using folder = new TempFolder();
  await using ann = await ChatClient.connect({ ...server.address, name: "ann" });
  const source = await fileSource(await folder.write("a", "x"));
  const error = await assertRejects(() => ann.upload([source]), ProtocolError);
  assertEquals(error.code, "files_not_offered");
});

Deno.test("a transfer ends with its signal's reason, and nothing of it becomes a file", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using out = new TempFolder();
  await using ann = await house.connect("ann");
  const path = await folder.write("big", noise(2_000_000));
  const stopping = (): FileTransferOptions => {
    const stop = new AbortController();
    return { signal: stop.signal, onProgress: ({ bytes }) => bytes > 0 && stop.abort("enough") };
  };
  const uploading = ann.upload([await fileSource(path)], stopping());
  assertEquals(await uploading.catch((error) => error), "enough");
  assert(house.store.used.bytes < 2_000_000, "it is whole");
  const file = await share(ann, await fileSource(path));
  const downloading = ann.download(file, out.path, stopping());
  assertEquals(await downloading.catch((error) => error), "enough");
  assertEquals(out.names().filter((name) => name.startsWith("recv-big")), []);
});

Deno.test("a server that does not answer in time is told as that", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  let dialled = 0;
  const silent = ({ signal }: DialOptions) =>
    new Promise<never>((_resolve, reject) =>
      signal!.addEventListener("abort", () => reject(signal!.reason))
    );
  await using ann = await house.connect("ann", {
    handshakeTimeoutMs: 200,
    dial: (options) => dialled++ === 0 ? dial(options) : silent(options),
  });
  const source = await fileSource(await folder.write("a", "x"));
  await assertRejects(() => ann.upload([source]), Error, "did not answer within 200 ms");
});

Deno.test("a message that is sent again keeps its files", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  // The first connection breaks when the message goes out, before its acknowledgement comes.
  let isBroken = false;
  await using ann = await house.connect("ann", {
    dial: async (options) => {
      const connection = await dial(options);
      if (isBroken) return connection;
      return {
        ...connection,
        peer: connection.peer,
        read: (into) => connection.read(into),
        write(bytes) {
          if (!isBroken && new TextDecoder().decode(bytes).includes('"files"')) {
            isBroken = true;
            connection.close();
            return Promise.reject(new Deno.errors.ConnectionReset("The cable was pulled"));
          }
          return connection.write(bytes);
        },
        closeWrite: () => connection.closeWrite(),
        close: () => connection.close(),
      };
    },
  });
  const [file] = await ann.upload([await fileSource(await folder.write("a", "x"))]);
  await ann.send("lobby", "", { files: [file!.id] });
  assert(isBroken);
  assertEquals((await next(ann, "message")).files!.map(({ id }) => id), [file!.id]);
});
