import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { SealedChat } from "../../client/sealed_chat.ts";
import { MemorySealedStore } from "../../client/sealed_store.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { ChatClient } from "../../client/chat_client.ts";
import { LyingServer } from "../support/lying_server.ts";
import { newDevice, SealedPeer } from "../support/sealed_house.ts";

const PASSPHRASE = "correct horse battery";

Deno.test("A private message to somebody with a key is sealed, read by both, and seen by nobody else", async () => {
  await using server = new LyingServer();
  await using ann = await SealedPeer.connect({ ...server.options, name: "ann" });
  await using bob = await SealedPeer.connect({ ...server.options, name: "bob" });
  await ann.chat.sendPrivate("BOB", "meet me at nine");
  await ann.chat.sendPrivate("bob", "at the mill");
  assertEquals(await bob.privateTexts(2), ["meet me at nine", "at the mill"]);
  assertEquals(await ann.privateTexts(2), ["meet me at nine", "at the mill"]);
  for (const { secrecy } of [...ann.privates, ...bob.privates]) {
    assertEquals(secrecy, { kind: "sealed", key: ann.device.key.publicKey });
  }
  await bob.chat.sendPrivate("ann", "I shall be there");
  assertEquals((await ann.privateTexts(3))[2], "I shall be there");
  for (const word of ["nine", "mill", "shall"]) assert(!server.seen.includes(word));
  assertEquals([ann.told, bob.told], ["", ""]);
});

Deno.test("Many at once keep their order, and nothing is missing", async () => {
  await using server = ChatServer.listen({ port: 0, limits: { requestBurst: 0 } });
  await using ann = await SealedPeer.connect({ ...server.address, name: "ann" });
  await using bob = await SealedPeer.connect({ ...server.address, name: "bob" });
  const texts = Array.from({ length: 30 }, (_, at) => `message ${at}`);
  await Promise.all(texts.map((text) => ann.chat.sendPrivate("bob", text)));
  assertEquals(await bob.privateTexts(30), texts);
  assertEquals([ann.told, bob.told], ["", ""]);
});

Deno.test("All devices of both read it, and what each of them writes", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const at = server.address;
  await using phone = await SealedPeer.connect({ ...at, name: "ann" });
  const { code, linked } = await phone.client.link();
  await using laptop = await SealedPeer.connect({ ...at, name: "ann", linkCode: code });
  await linked;
  await using bob = await SealedPeer.connect({ ...at, name: "bob" });
  await bob.chat.sendPrivate("ann", "to all of you");
  await phone.chat.sendPrivate("bob", "from the phone");
  await laptop.chat.sendPrivate("bob", "from the laptop");
  const all = ["to all of you", "from the phone", "from the laptop"];
  for (const peer of [phone, laptop, bob]) assertEquals(await peer.privateTexts(3), all);
  for (const peer of [phone, laptop, bob]) assert(!peer.told.includes("WARNING"), peer.told);
});

Deno.test("To somebody without a key it goes in the open, which is told once; never with sealing always", async () => {
  await using server = ChatServer.listen({ port: 0 });
  await using ann = await SealedPeer.connect({ ...server.address, name: "ann" });
  await using strict = await SealedPeer.connect({
    ...{ ...server.address, name: "eve", sealing: "always" },
  });
  await using guest = await ChatClient.connect({ ...server.address, name: "guest-1" });
  await ann.chat.sendPrivate("guest-1", "hello");
  await ann.chat.sendPrivate("guest-1", "again");
  const texts: string[] = [];
  for await (const { type, payload } of guest.events) {
    if (type === "private" && texts.push(payload.text) === 2) break;
  }
  assertEquals(texts, ["hello", "again"]);
  assertEquals(ann.notices.length, 1);
  assertMatch(
    ann.told,
    /^- What you write to guest-1 is not encrypted, and the server can read it: guest-1 has no key$/,
  );
  const no = await assertRejects(() => strict.chat.sendPrivate("guest-1", "hi"), ProtocolError);
  assertEquals(no.code, "not_sealed");
});

Deno.test("What somebody who has a key writes in the open is shown as that", async () => {
  await using server = ChatServer.listen({ port: 0 });
  await using ann = await SealedPeer.connect({ ...server.address, name: "ann" });
  await using bob = await SealedPeer.connect({ ...server.address, name: "bob" });
  await bob.chat.sendPrivate("ann", "sealed");
  await ann.privateTexts(1);
  await bob.client.sendPrivate("ann", "in the open");
  await ann.privateTexts(2);
  assertEquals(ann.privates.map(({ secrecy }) => secrecy.kind), ["sealed", "open"]);
  assertEquals(ann.privates[1]!.secrecy, { kind: "open", isUnexpected: true });
});

Deno.test("History is opened too, as often as one looks", async () => {
  await using server = ChatServer.listen({ port: 0 });
  await using ann = await SealedPeer.connect({ ...server.address, name: "ann" });
  await using bob = await SealedPeer.connect({ ...server.address, name: "bob" });
  for (const text of ["one", "two", "three"]) await ann.chat.sendPrivate("bob", text);
  await bob.privateTexts(3);
  for (const peer of [bob, bob, ann]) {
    const { messages } = await peer.chat.history(peer.client.inbox);
    assertEquals(messages.map(({ text }) => text), ["one", "two", "three"]);
  }
  assertEquals([ann.told, bob.told], ["", ""]);
});

Deno.test("A secret room is read by who knows the passphrase, also what was said before, and by nobody else", async () => {
  await using server = new LyingServer();
  await using ann = await SealedPeer.connect({ ...server.options, name: "ann" });
  await using bob = await SealedPeer.connect({ ...server.options, name: "bob" });
  await using eve = await SealedPeer.connect({ ...server.options, name: "eve" });
  await ann.chat.createSecret("Attic", PASSPHRASE);
  await ann.chat.send("attic", "the xylophone is here");
  for (const peer of [bob, eve]) {
    await peer.chat.join("attic");
    await peer.until(() => peer.told.includes("attic is a secret room. Type /secret attic"));
    const locked = await assertRejects(() => peer.chat.send("attic", "hello"), ProtocolError);
    assertEquals(locked.code, "room_locked");
  }
  const wrong = await assertRejects(() => eve.chat.unlock("attic", "wrong horse battery"));
  assertEquals((wrong as ProtocolError).code, "wrong_passphrase");
  await bob.chat.unlock("attic", PASSPHRASE);
  await bob.chat.send("attic", "so am I");
  assertEquals(await ann.texts(2), ["the xylophone is here", "so am I"]);
  assertEquals(await eve.texts(1), ["(room_locked)"]);
  const { messages } = await bob.chat.history("attic");
  assertEquals(messages.map(({ text }) => text), ["the xylophone is here", "so am I"]);
  for (const word of ["xylophone", "so am I", PASSPHRASE, "horse"]) {
    assert(!server.seen.includes(word), word);
  }
});

Deno.test("A room that was unlocked once is unlocked the next time", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const known = await newDevice();
  const store = new MemorySealedStore();
  const options = { ...server.address, name: "ann", known, store };
  {
    await using ann = await SealedPeer.connect(options);
    await ann.chat.createSecret("attic", PASSPHRASE);
    await ann.chat.send("attic", "one");
    await ann.texts(1);
  }
  await using again = await SealedPeer.connect({ ...options, room: "attic" });
  await again.chat.send("attic", "two");
  assertEquals((await again.texts(1)).at(-1), "two");
  const { messages } = await again.chat.history("attic");
  assertEquals(messages.map(({ text }) => text), ["one", "two"]);
  assertEquals(again.told, "");
});

Deno.test("A weak passphrase makes no room", async () => {
  await using server = ChatServer.listen({ port: 0 });
  await using ann = await SealedPeer.connect({ ...server.address, name: "ann" });
  const weak = await assertRejects(() => ann.chat.createSecret("attic", "short"), ProtocolError);
  assertEquals(weak.code, "weak_passphrase");
  await ann.chat.join("attic");
  assertEquals(await ann.chat.isSecret("attic"), false);
});

Deno.test("What came before a crash and comes again is no repeat; over a restart the chain goes on", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const known = await newDevice();
  const store = new MemorySealedStore();
  await using ann = await SealedPeer.connect({ ...server.address, name: "ann" });
  const options = { ...server.address, name: "bob", known, store };
  {
    await using bob = await SealedPeer.connect(options);
    await ann.chat.sendPrivate("bob", "one");
    await bob.privateTexts(1);
  }
  // It was not told to be read, so it is missed again.
  await ann.chat.sendPrivate("bob", "two");
  await using bob = await SealedPeer.connect(options);
  assertEquals(await bob.privateTexts(2), ["one", "two"]);
  assertEquals(bob.told, "");
});

Deno.test("Nothing is said in the open in a room of which it was not seen yet that it is secret", async () => {
  await using server = new LyingServer();
  await using ann = await SealedPeer.connect({ ...server.options, name: "ann" });
  await ann.chat.createSecret("attic", PASSPHRASE);
  const device = await newDevice();
  const { key, recipient } = device;
  const at = { ...server.options, name: "bob", room: "attic", key, recipient };
  await using client = await ChatClient.connect(at);
  // Nobody reads its events.
  await using bob = new SealedChat({ client, device });
  const error = await assertRejects(() => bob.send("attic", "xylophone"), ProtocolError);
  assertEquals(error.code, "room_locked");
  assert(!server.seen.includes("xylophone"));
});

Deno.test("Two programs of one device at once are one sender: whoever reads is told of nothing", async () => {
  await using server = ChatServer.listen({ port: 0, limits: { requestBurst: 0 } });
  const known = await newDevice();
  const at = server.address;
  await using bob = await SealedPeer.connect({ ...at, name: "bob" });
  await using one = await SealedPeer.connect({ ...at, name: "ann", known });
  await using two = await SealedPeer.connect({ ...at, name: "ann", known, store: one.store });
  for (let round = 0; round < 5; round++) {
    await Promise.all([
      one.chat.sendPrivate("bob", `one ${round}`),
      two.chat.sendPrivate("bob", `two ${round}`),
    ]);
  }
  for (const peer of [bob, one, two]) assertEquals((await peer.privateTexts(10)).length, 10);
  // A third one, which begins with what those have kept, goes on behind them.
  await one.chat.close();
  await using three = await SealedPeer.connect({ ...at, name: "ann", known, store: one.store });
  await three.chat.sendPrivate("bob", "three");
  assertEquals((await bob.privateTexts(11))[10], "three");
  assertEquals([bob.told, one.told, two.told, three.told], ["", "", "", ""]);
});

Deno.test("A message that was removed is not told to be missing", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const at = server.address;
  await using ann = await SealedPeer.connect({ ...at, name: "ann" });
  await using bob = await SealedPeer.connect({ ...at, name: "bob" });
  await ann.chat.createSecret("attic", PASSPHRASE);
  for (const text of ["one", "two", "three"]) await ann.chat.send("attic", text);
  await ann.client.moderate("attic", "delete", { seq: 2 });
  await bob.chat.join("attic");
  await bob.chat.unlock("attic", PASSPHRASE);
  const { messages } = await bob.chat.history("attic");
  assertEquals(messages.map(({ text }) => text), ["one", "", "three", ""]);
  assert(!bob.told.includes("WARNING"), bob.told);
});
