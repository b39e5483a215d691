import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeFrame } from "../../codec/encoder.ts";
import type { Connection } from "../../net/connection.ts";
import { dial } from "../../net/tcp.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import type { ReceiverMessage } from "../../protocol/transfer.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { FileTransfers } from "../../server/file_transfers.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { sendFiles } from "../../transfer/sender.ts";
import { bearerOf, type FileHouse, openFileHouse, sha256Of } from "../support/file_house.ts";
import { TestStore } from "../files/stores.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

const HELLO = { protocol: 1, role: "send", hash: "sha256" };
const KEY = "k".repeat(32);

/** A raw sender that has not said anything yet. */
async function sender(house: FileHouse): Promise<Wire<ReceiverMessage>> {
  return Wire.sender(await dial(house.server.address));
}

/** What a peer reads that says this, up to the end. */
async function codesAfter(house: FileHouse, hello: object): Promise<string[]> {
  using wire = await sender(house);
  await wire.send("hello", hello);
  return await wire.errorsUntilEnd();
}

/** The frames of a whole small file, with everything that goes before and after. */
async function wholeFile(token: string, content: string): Promise<Uint8Array<ArrayBuffer>> {
  const data = new TextEncoder().encode(content);
  const say = (type: string, payload: object) =>
    encodeFrame("json", new TextEncoder().encode(JSON.stringify({ type, payload })));
  const size = data.length;
  const offer = { id: 0, key: KEY, name: "a.txt", size, kind: "file", inline: true };
  const frames = [
    say("hello", { ...HELLO, token }),
    say("offer", offer),
    say("start", { id: 0, offset: 0 }),
    encodeFrame("data", data),
    say("end", { id: 0, size, hash: await sha256Of(data) }),
    say("bye", { files: 1, bytes: size }),
  ];
  return new Uint8Array(await new Blob(frames).arrayBuffer());
}

Deno.test("a transfer is over at once with the tokens of its name, and no other's (I3)", async () => {
  await using house = await openFileHouse();
  const ann = await house.connect("Ann");
  await using bob = await house.connect("bob");
  const begin = async (token: string) => {
    const wire = await sender(house);
    await wire.send("hello", { ...HELLO, token });
    await wire.next("welcome");
    await wire.send("offer", { id: 0, key: KEY, name: "a.txt", size: 9, kind: "file" });
    await wire.next("accept");
    return wire;
  };
  using anns = await begin(bearerOf(ann));
  using bobs = await begin(bearerOf(bob));
  await ann.logout();
  assertEquals(await anns.receive().catch(() => undefined), undefined);
  await bobs.send("ping", { t: 1 });
  await bobs.next("pong");
});

Deno.test("nobody but a name's holder brings files: all others read unauthorized, before any welcome", async () => {
  await using house = await openFileHouse();
  await using ann = await house.connect("ann");
  await using bob = await house.connect("bob");
  const tokens = [
    undefined,
    "",
    "ann",
    ann.token!,
    formatBearer({ name: "ann", token: bob.token! }),
    formatBearer({ name: "nobody", token: ann.token! }),
    formatBearer({ name: "ann", token: ann.token!.slice(1) }),
    `${formatBearer({ name: "ann", token: "x" })}\u001b[2J`,
  ];
  for (const role of ["send", "receive"]) {
    for (const token of tokens) {
      using wire = await sender(house);
      await wire.send("hello", { ...HELLO, role, token });
      const messages = await wire.untilEnd();
      assertEquals(messages.map(({ type }) => type), ["error"]);
      assertEquals((messages[0]!.payload as { code: string }).code, "unauthorized");
      assert(!JSON.stringify(messages).includes(ann.token!.slice(1)), "a token was told");
    }
  }
  // A name that may not be is told as such, or as unauthorized: it is never welcomed.
  const odd = formatBearer({ name: "a\u0000b", token: ann.token! });
  assertEquals(await codesAfter(house, { ...HELLO, token: odd }), ["invalid_name"]);
});

Deno.test("a port that keeps no files says so to whoever says hello", async () => {
  await using server = ChatServer.listen({ port: 0 });
  using wire = Wire.sender(await dial(server.address));
  await wire.send("hello", { ...HELLO, token: "x" });
  assertEquals(await wire.errorsUntilEnd(), ["files_not_offered"]);
});

Deno.test("what came with hello in one piece, or byte by byte, is not lost", async () => {
  await using house = await openFileHouse();
  await using ann = await house.connect("ann");
  for (const chunkBytes of [1_000_000, 1, 7, 1_024]) {
    using wire = await sender(house);
    const bytes = await wholeFile(bearerOf(ann), `hello ${chunkBytes}`.repeat(100));
    const writing = (async () => {
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        await wire.raw(bytes.subarray(at, at + chunkBytes));
      }
    })();
    assertEquals((await wire.next("welcome")).durable, "memory");
    const { savedAs, size } = await wire.next("done");
    assert(/^[0-9a-f]{32}\/a\.txt$/.test(savedAs), savedAs);
    await wire.next("bye");
    await writing;
    assertEquals((await house.store.find(savedAs.split("/")[0]!))?.size, size);
  }
});

Deno.test("hello is the first message or none: a chat stays a chat", async () => {
  await using house = await openFileHouse();
  using wire = await Wire.dial(house.server.address);
  await wire.send("connect", { protocol: 1, name: "ann" });
  const { token } = await wire.next("connect_ack");
  await wire.send("hello", { ...HELLO, token: formatBearer({ name: "ann", token }) });
  assertEquals((await wire.next("error")).code, "unknown_type");
  await wire.send("ping", { t: 7 });
  assertEquals((await wire.next("pong")).t, 7);
});

Deno.test("who asks for what is not there reads unknown_file, whatever the words", async () => {
  await using house = await openFileHouse();
  await using ann = await house.connect("ann");
  const token = bearerOf(ann);
  const wants = [
    undefined,
    "",
    "0".repeat(32),
    "../parley.db",
    "/etc/passwd",
    "__proto__",
    "\u0000",
    "x".repeat(4_096),
  ];
  for (const want of wants) {
    const hello = { ...HELLO, role: "receive", token, want };
    assertEquals(await codesAfter(house, hello), ["unknown_file"], JSON.stringify(want));
  }
});

Deno.test("a version that is not spoken is refused", async () => {
  await using house = await openFileHouse();
  await using ann = await house.connect("ann");
  for (const role of ["send", "receive"]) {
    const hello = { ...HELLO, role, protocol: 2, token: bearerOf(ann) };
    assertEquals(await codesAfter(house, hello), ["unsupported_protocol"]);
  }
});

Deno.test("offers that no file may come of are refused, and the next one is taken", async () => {
  await using house = await openFileHouse({
    store: { maxFileBytes: 1_000, maxBytesPerName: 1_500 },
  });
  await using ann = await house.connect("ann");
  using wire = await sender(house);
  await wire.send("hello", { ...HELLO, token: bearerOf(ann) });
  await wire.next("welcome");
  const offers: readonly [object, string][] = [
    [{ name: "../a" }, "invalid_path"],
    [{ name: "/etc/passwd" }, "invalid_path"],
    [{ name: "a/../../b" }, "invalid_path"],
    [{ name: "a\u202etxt" }, "invalid_path"],
    [{ name: "a\u0000b" }, "invalid_path"],
    [{ name: "d", kind: "directory", size: 0 }, "unsupported_kind"],
    [{ size: 1_001 }, "too_large"],
    [{ size: Number.MAX_SAFE_INTEGER }, "too_large"],
  ];
  for (const [at, [offer, code]] of offers.entries()) {
    const whole = { id: at, key: `${KEY}${at}`, name: "a", size: 10, kind: "file", ...offer };
    await wire.send("offer", whole);
    const refused = await wire.next("refuse");
    assertEquals([refused.id, refused.code], [at, code], JSON.stringify(offer));
  }
  const id = offers.length;
  await wire.send("offer", { id, key: `${KEY}x`, name: "a", size: 10, kind: "file" });
  assertEquals((await wire.next("accept")).id, id);
});

Deno.test("a name has eight transfers at once, and another one when one has ended", async () => {
  await using house = await openFileHouse();
  await using ann = await house.connect("ann");
  await using bob = await house.connect("bob");
  using wires = new DisposableStack();
  const hello = { ...HELLO, token: bearerOf(ann) };
  const open = async () => {
    const wire = wires.use(await sender(house));
    await wire.send("hello", hello);
    await wire.next("welcome");
    return wire;
  };
  const first = await open();
  for (let more = 1; more < 8; more++) await open();
  assertEquals(await codesAfter(house, hello), ["too_many_transfers"]);
  // What one name has taken is not the others'.
  using other = await sender(house);
  await other.send("hello", { ...HELLO, token: bearerOf(bob) });
  await other.next("welcome");
  await first.send("bye", { files: 0, bytes: 0 });
  await first.next("bye");
  await first.closeWrite();
  await first.untilEnd();
  // The place is given back a moment after the connection's end.
  for (let codes = ["too_many_transfers"]; codes.length > 0;) {
    using wire = await sender(house);
    await wire.send("hello", hello);
    await wire.closeWrite();
    codes = await wire.errorsUntilEnd();
    assert(codes.every((code) => code === "too_many_transfers"));
  }
});

Deno.test("a transfer counts among the server's connections", async () => {
  await using house = await openFileHouse({ server: { maxConnections: 2 } });
  await using ann = await house.connect("ann");
  using wire = await sender(house);
  await wire.send("hello", { ...HELLO, token: bearerOf(ann) });
  await wire.next("welcome");
  assertEquals(house.server.connections, 2);
  using third = await sender(house);
  assertEquals(await third.errorsUntilEnd(), ["server_full"]);
});

Deno.test("a server that closes tells senders and receivers shutdown, and keeps what has come", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  const ann = await house.connect("ann");
  const token = bearerOf(ann);
  const [file] = await ann.upload([await fileSource(await folder.write("a", noise(400_000)))]);
  using wire = await sender(house);
  await wire.send("hello", { ...HELLO, token });
  const mtime = 1;
  await wire.send("offer", { id: 0, key: KEY, name: "b", size: 100, kind: "file", mtime });
  await wire.next("accept");
  await wire.send("start", { id: 0, offset: 0 });
  await wire.data(noise(60));
  using fetching = Wire.receiver(await dial(house.server.address));
  await fetching.send("hello", { ...HELLO, role: "receive", token, want: file!.id });
  await fetching.next("offer");
  const codes = [wire, fetching].map((peer) => peer.errorsUntilEnd());
  const closing = house.server.close();
  assertEquals(await Promise.all(codes), [["shutdown"], ["shutdown"]]);
  wire[Symbol.dispose]();
  fetching[Symbol.dispose]();
  ann.abort();
  await closing;
  // The upload that was interrupted waits for who goes on with it.
  assertEquals(house.store.used.files, 2);
});

Deno.test("abort ends transfers at once", async () => {
  await using house = await openFileHouse();
  const ann = await house.connect("ann");
  using wire = await sender(house);
  await wire.send("hello", { ...HELLO, token: bearerOf(ann) });
  await wire.next("welcome");
  ann.abort();
  await house.server.abort();
  const end = await wire.untilEnd().catch(() => []);
  assertEquals(end.filter(({ type }) => type !== "error"), []);
});

Deno.test("a receiver that breaks the protocol ends its own transfer, and nothing else", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using ann = await house.connect("ann");
  const token = bearerOf(ann);
  const [file] = await ann.upload([await fileSource(await folder.write("a", noise(400_000)))]);
  const hello = { ...HELLO, role: "receive", token, want: file!.id };
  const faults: readonly [string, object, string][] = [
    ["hello", hello, "unexpected_message"],
    ["welcome", { limits: {}, durable: "disk" }, "unexpected_message"],
    [
      "done",
      { id: 9, savedAs: "x", size: 1, hash: "0".repeat(64), durable: "none" },
      "unexpected_message",
    ],
    [
      "done",
      { id: 0, savedAs: "x", size: 1, hash: "0".repeat(64), durable: "none" },
      "unexpected_message",
    ],
    ["bye", { files: 0, bytes: 0 }, "unexpected_message"],
    ["dance", {}, "unknown_type"],
  ];
  for (const [type, payload, code] of faults) {
    using wire = Wire.receiver(await dial(house.server.address));
    await wire.send("hello", hello);
    assertEquals((await wire.next("offer")).name, "a");
    await wire.send(type, payload);
    assertEquals(await wire.errorsUntilEnd(), [code], type);
  }
  const [near] = [await dial(house.server.address)];
  const asking = { want: file!.id, token };
  const { files } = await receiveFiles(near, new FolderInbox(folder.path), { asking });
  assertEquals(files, 1);
});

Deno.test("who has a file's id may fetch it, as durably as it says, and learns nothing else", async () => {
  await using house = await openFileHouse();
  await using folder = new TempFolder();
  await using ann = await house.connect("ann");
  await using bob = await house.connect("bob");
  const sent: string[] = [];
  const source = await fileSource(await folder.write("a", noise(10)));
  await sendFiles(await dial(house.server.address), [source], {
    token: bearerOf(ann),
    onSent: ({ savedAs }) => sent.push(savedAs),
  });
  const [id] = sent[0]!.split("/");
  using wire = Wire.receiver(await dial(house.server.address));
  await wire.send("hello", {
    ...HELLO,
    role: "receive",
    durable: "disk",
    token: bearerOf(bob),
    want: id,
  });
  // What the receiver promises is repeated, and no permission bits or owner are told.
  assertEquals((await wire.next("welcome")).durable, "disk");
  const offer = await wire.next("offer");
  assertEquals([offer.name, offer.size, offer.mode], ["a", 10, undefined]);
});

Deno.test("a connection that cannot be served, since the registry fails, is closed", async () => {
  await using test = await TestStore.open();
  const broken = new Error("The disk is gone");
  const hub = { grant: () => Promise.reject(broken) };
  const transfers = new FileTransfers({ hub, files: test.store, clock: test.clock });
  let isClosed = false;
  const connection: Connection = {
    peer: "192.0.2.1:5000",
    read: () => Promise.resolve(null),
    write: ({ length }) => Promise.resolve(length),
    closeWrite: () => Promise.resolve(),
    close: () => void (isClosed = true),
  };
  const hello = { protocol: 1, role: "send", hash: "sha256", token: "x" } as const;
  assertEquals(await assertRejects(() => transfers.serve(connection, hello)), broken);
  assert(isClosed);
});
