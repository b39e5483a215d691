import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { dial } from "../../net/tcp.ts";
import { TestStore } from "../files/stores.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { Wire } from "../support/wire.ts";

Deno.test("two clients talk through a real socket", async () => {
  await using server = ChatServer.listen({ port: 0 });
  using ann = await Wire.dial(server.address);
  using bob = await Wire.dial(server.address);
  await ann.send("connect", { protocol: 1, name: "ann", room: "lobby" });
  await ann.next("joined");
  await bob.send("connect", { protocol: 1, name: "bob", room: "lobby" });
  await bob.next("joined");
  assertEquals((await ann.next("notification")).kind, "join");
  await ann.send("message", { room: "lobby", text: "hello", id: "m1" });
  assertEquals((await bob.next("message")).text, "hello");
  assertEquals(server.connections, 2);
});

Deno.test("the server says nothing before the first byte from the client", async () => {
  await using server = ChatServer.listen({ port: 0 });
  using wire = await Wire.dial(server.address);
  await wire.closeWrite();
  assertEquals(await wire.receive(), undefined);
});

Deno.test("end of input means no more requests: all is answered and flushed first", async () => {
  await using server = ChatServer.listen({ port: 0 });
  using wire = await Wire.dial(server.address);
  await wire.send("connect", { protocol: 1, name: "ann", room: "lobby" });
  for (let at = 0; at < 10; at++) {
    await wire.send("message", { room: "lobby", text: `${at}`, id: `m${at}` });
  }
  await wire.closeWrite();
  const types: string[] = [];
  for (let message = await wire.receive(); message !== undefined;) {
    types.push(message.type);
    message = await wire.receive();
  }
  assertEquals(types.filter((type) => type === "ack").length, 10);
  assertEquals(types.filter((type) => type === "message").length, 10);
});

Deno.test("a server that has as many connections as it allows says so, and takes one when one goes", async () => {
  await using server = ChatServer.listen({ port: 0, maxConnections: 1 });
  const first = await Wire.dial(server.address);
  await first.send("connect", { protocol: 1, name: "ann" });
  await first.next("connect_ack");
  using second = await Wire.dial(server.address);
  await second.text("x".repeat(100_000));
  const refused = await second.next("error");
  assertEquals([refused.code, refused.retryAfterMs], ["server_full", 30_000]);
  assertEquals(await second.receive(), undefined);
  await first.send("quit", {});
  while (await first.receive() !== undefined);
  first[Symbol.dispose]();
  // The place is free once the server has closed its side, which comes after the end of its output.
  for (;;) {
    using third = await Wire.dial(server.address);
    await third.send("connect", { protocol: 1, name: "bob" });
    const answer = await third.receive();
    if (answer?.type === "connect_ack") break;
    assertEquals(answer?.type === "error" && answer.payload.code, "server_full");
  }
});

Deno.test("of a flood that there is no place for, few are told and the others closed at once", async () => {
  const clock = new FakeClock();
  await using server = ChatServer.listen({ port: 0, maxConnections: 1, clock });
  using ann = await Wire.dial(server.address);
  await ann.send("connect", { protocol: 1, name: "ann" });
  await ann.next("connect_ack");
  using wires = new DisposableStack();
  let told = 0;
  for (let at = 0; at < 100; at++) {
    const wire = wires.use(await Wire.dial(server.address));
    const first = await wire.receive().catch(() => undefined);
    if (first?.type === "error") told++;
  }
  assertEquals(told, 64);
});

Deno.test("a client that is heard of now and then is not idle, and one that is not is told so", async () => {
  const clock = new FakeClock();
  await using server = ChatServer.listen({ port: 0, clock });
  using ann = await Wire.dial(server.address);
  using bob = await Wire.dial(server.address);
  for (const [wire, name] of [[ann, "ann"], [bob, "bob"]] as const) {
    await wire.send("connect", { protocol: 1, name });
    await wire.next("connect_ack");
  }
  const ended = bob.errorsUntilEnd();
  for (let t = 0; t < 5; t++) {
    await clock.advanceAsync(20_000);
    await ann.send("ping", { t });
    while ((await ann.next("pong")).t !== t);
  }
  assertEquals(await ended, ["idle_timeout"]);
});

Deno.test("close tells the members, gives the port back, and is idempotent", async () => {
  const server = ChatServer.listen({ port: 0 });
  using ann = await Wire.dial(server.address);
  await ann.send("connect", { protocol: 1, name: "ann", room: "lobby" });
  await ann.next("joined");
  const closing = server.close();
  assertEquals((await ann.next("notification")).kind, "shutdown");
  assertEquals(await ann.receive(), undefined);
  ann[Symbol.dispose]();
  await closing;
  await server.close();
  await server.closed;
  await assertRejects(() => dial(server.address), Deno.errors.ConnectionRefused);
});

Deno.test("close lets files that are being committed be committed, and takes no more of them", async () => {
  await using test = await TestStore.open();
  const { store: files, registry } = test;
  const server = ChatServer.listen({ port: 0, files, registry });
  const upload = files.begin("ann", { name: "a", size: 5 });
  upload.write(new TextEncoder().encode("hello"));
  const committing = upload.commit();
  await Promise.all([server.close(), committing]);
  assertEquals((await committing).size, 5);
  assertThrows(() => files.begin("ann", { name: "b", size: 5 }), ProtocolError);
});

Deno.test("a client that never reads cannot hold up close for more than its deadline", async () => {
  const server = ChatServer.listen({ port: 0 });
  using ann = await Wire.dial(server.address);
  await ann.send("connect", { protocol: 1, name: "ann", room: "lobby" });
  await ann.next("joined");
  // It reads no end of input and closes nothing: the server closes after its second of grace.
  await server.close();
  assertEquals(server.connections, 0);
});

Deno.test("abort ends everybody at once", async () => {
  const server = ChatServer.listen({ port: 0 });
  using ann = await Wire.dial(server.address);
  await ann.send("connect", { protocol: 1, name: "ann" });
  await ann.next("connect_ack");
  await server.abort();
  assertEquals(await ann.receive().catch(() => undefined), undefined);
});

Deno.test("a port in use is AddrInUse", async () => {
  await using server = ChatServer.listen({ port: 0 });
  assertThrows(() => ChatServer.listen({ port: server.address.port }), Deno.errors.AddrInUse);
});

Deno.test("limits that cannot be set open no port", () => {
  const refused = { port: 0, limits: { maxTextBytes: 0 } };
  // The sanitizers see a listener that is left open.
  assertThrows(() => ChatServer.listen(refused), RangeError, "maxTextBytes");
});

Deno.test("three thousand messages cross a socket in order, whatever the chunks are", async () => {
  await using server = ChatServer.listen({ port: 0, limits: { requestBurst: 0 } });
  using ann = await Wire.dial(server.address);
  await ann.send("connect", { protocol: 1, name: "ann", room: "lobby" });
  await ann.next("joined");
  const count = 3_000;
  const sending = (async () => {
    for (let at = 0; at < count; at++) {
      await ann.send("message", { room: "lobby", text: `${at}`, id: `m${at}` });
    }
  })();
  const [texts, acks]: [string[], number[]] = [[], []];
  while (texts.length < count || acks.length < count) {
    const message = await ann.receive();
    if (message?.type === "message") texts.push(message.payload.text);
    if (message?.type === "ack") acks.push(message.payload.seq);
  }
  await sending;
  assertEquals(texts, Array.from({ length: count }, (_, at) => `${at}`));
  assert(acks.every((seq, at) => at === 0 || seq > acks[at - 1]!));
});
