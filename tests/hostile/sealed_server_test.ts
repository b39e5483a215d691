import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import type { ChatMessage, KeyCard, Sealed } from "../../protocol/chat.ts";
import { sealedText } from "../../protocol/signed_texts.ts";
import { signRecipient } from "../../sealed/age_identity.ts";
import { NO_HASH, seal } from "../../sealed/envelope.ts";
import { makeSecretRoom } from "../../sealed/secret_room.ts";
import { DataFolder } from "../../server/data_folder.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { type Lie, LyingServer } from "../support/lying_server.ts";
import { newDevice, SealedPeer, textOf } from "../support/sealed_house.ts";
import { TempFolder } from "../support/temp.ts";

// A server that has all a server has, and lies. Over real sockets.

const PASSPHRASE = "correct horse battery";

type Private = Extract<ChatMessage, { readonly type: "private" }>;

/** Ann and bob, who have written to each other once, so that they know each other's keys. */
async function acquainted(server: LyingServer): Promise<[SealedPeer, SealedPeer]> {
  const ann = await SealedPeer.connect({ ...server.options, name: "ann" });
  const bob = await SealedPeer.connect({ ...server.options, name: "bob" });
  await ann.chat.sendPrivate("bob", "first");
  await bob.chat.sendPrivate("ann", "welcome");
  await ann.privateTexts(2);
  await bob.privateTexts(2);
  return [ann, bob];
}

/** Lies to bob about private messages; what it makes of one comes in its place. */
function toBob(change: (message: Private, nth: number) => readonly ChatMessage[]): Lie {
  let count = 0;
  return (message, name) =>
    name === "bob" && message.type === "private" ? change(message, ++count) : [message];
}

function withSealed(message: Private, change: (sealed: Sealed) => Sealed): Private {
  const { payload } = message;
  return { ...message, payload: { ...payload, sealed: change(payload.sealed!) } };
}

function numbered(message: Private, seq: number): Private {
  return { ...message, payload: { ...message.payload, seq } };
}

function changedBytes(sealed: Sealed, change: (bytes: Uint8Array) => Uint8Array): Sealed {
  return { ...sealed, cipher: change(Uint8Array.fromBase64(sealed.cipher)).toBase64() };
}

const CHANGES: Record<string, (message: Private) => Private> = {
  "a flipped bit": (message) =>
    withSealed(
      message,
      (sealed) =>
        changedBytes(sealed, (bytes) => bytes.with(bytes.length - 20, bytes.at(-20)! ^ 1)),
    ),
  "a truncated ciphertext": (message) =>
    withSealed(message, (sealed) => changedBytes(sealed, (bytes) => bytes.slice(0, -32))),
  "another previous hash": (message) =>
    withSealed(message, (sealed) => ({ ...sealed, previous: "1".repeat(64) })),
  "another id": (message) => ({ ...message, payload: { ...message.payload, id: "other" } }),
};

for (const [what, change] of Object.entries(CHANGES)) {
  Deno.test(`${what} is shown as a message that cannot be trusted, without text`, async () => {
    await using server = new LyingServer();
    const [ann, bob] = await acquainted(server);
    await using _ann = ann;
    await using _bob = bob;
    server.lie = toBob((message) => [change(message)]);
    await ann.chat.sendPrivate("bob", "second");
    assertEquals((await bob.privateTexts(3))[2], "(bad_signature)");
    const { secrecy } = bob.privates[2]!;
    assertMatch(secrecy.kind === "closed" ? secrecy.reason : "", /its signature is wrong/);
  });
}

Deno.test("a message that is moved from a private conversation into a room, and from room to room, is not trusted", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  await using _bob = bob;
  for (const room of ["attic", "cellar"]) {
    await ann.chat.createSecret(room, PASSPHRASE);
    await bob.chat.join(room);
    await bob.chat.unlock(room, PASSPHRASE);
  }
  let privately = undefined as Sealed | undefined;
  server.lie = (message, name) => {
    if (name !== "bob" || message.type !== "message") return [message];
    const { payload } = message;
    const sealed = payload.text === "" && privately ? privately : payload.sealed!;
    return [{ type: "message", payload: { ...payload, room: "cellar", sealed } }];
  };
  await ann.chat.send("attic", "said in the attic");
  assertEquals(await bob.texts(1), ["(bad_signature)"]);
  await ann.chat.sendPrivate("bob", "for bob");
  const request = server.requests.findLast(({ type }) => type === "private");
  privately = request?.type === "private" ? request.payload.sealed : undefined;
  await ann.chat.send("attic", "something else");
  assertEquals(await bob.texts(2), ["(bad_signature)", "(bad_signature)"]);
});

Deno.test("a message that is left out is missed at the next one", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  await using _bob = bob;
  server.lie = toBob((message, nth) => nth === 2 ? [] : [message]);
  // At once: each follows the one before, acknowledged or not.
  const texts = ["second", "third", "fourth"];
  await Promise.all(texts.map((text) => ann.chat.sendPrivate("bob", text)));
  assertEquals((await bob.privateTexts(4)).slice(2), ["second", "fourth"]);
  assertMatch(bob.told, /^! WARNING: something that ann wrote before the next message is missing/);
  assertEquals(bob.notices.length, 1);
});

Deno.test("messages in another order are told, and so is what comes late", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  await using _bob = bob;
  let held: Private | undefined;
  server.lie = toBob((message, nth) => {
    if (nth === 1) held = message;
    if (nth !== 2) return [];
    const { seq } = held!.payload;
    return [numbered(message, seq), numbered(held!, seq + 1)];
  });
  await ann.chat.sendPrivate("bob", "second");
  await ann.chat.sendPrivate("bob", "third");
  assertEquals((await bob.privateTexts(4)).slice(2), ["third", "second"]);
  assertEquals(bob.notices.length, 2);
  assertMatch(bob.notices[0]!.text, /is missing/);
  assertMatch(bob.notices[1]!.text, /was missing until now: the server has held it back/);
});

Deno.test("a message that is repeated under another number is told, and not shown", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  await using _bob = bob;
  server.lie = toBob((message) => [message, numbered(message, message.payload.seq + 100)]);
  await ann.chat.sendPrivate("bob", "pay me ten");
  await bob.until(() => bob.notices.length > 0);
  server.lie = (message) => [message];
  await bob.chat.sendPrivate("ann", "once is enough");
  assertEquals((await ann.privateTexts(4)).slice(2), ["pay me ten", "once is enough"]);
  assertEquals((await bob.privateTexts(3)).slice(2), ["pay me ten"]);
  assertMatch(bob.told, /^! WARNING: the server has repeated an older message of ann/);
});

Deno.test("a repeat, a missing message and a changed one are found in history too", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  await using _bob = bob;
  for (const text of ["second", "third"]) await ann.chat.sendPrivate("bob", text);
  await bob.privateTexts(4);
  const texts = async () =>
    (await bob.chat.history(bob.client.inbox)).messages.map(({ text, secrecy }) =>
      secrecy.kind === "closed" ? `(${secrecy.code})` : text
    );
  const lie = (change: (messages: readonly Private["payload"][]) => readonly unknown[]) => {
    server.lie = (message, name) => {
      if (name !== "bob" || message.type !== "history") return [message];
      const messages = change(message.payload.messages as readonly Private["payload"][]);
      return [{ ...message, payload: { ...message.payload, messages } } as ChatMessage];
    };
  };
  lie((messages) => [...messages, { ...messages[0]!, seq: 999 }]);
  assertEquals(await texts(), ["first", "welcome", "second", "third", "(repeat)"]);
  // One that is known from before, and not in the page itself.
  lie(([first]) => [{ ...first, seq: 999 }]);
  assertEquals(await texts(), ["(repeat)"]);
  lie((messages) => messages.filter((_, at) => at !== 2));
  assertEquals(await texts(), ["first", "welcome", "third"]);
  assertMatch(bob.told, /something that ann wrote before the next message is missing/);
});

Deno.test("what somebody else has signed is not shown as a contact's, whatever the server says of it", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  await using _bob = bob;
  const eve = await newDevice();
  const content = { text: "it is me, ann", at: Date.now() };
  const recipients = [bob.device.age.recipient];
  const made = { kind: "private", to: "bob", id: "forged", content, previous: NO_HASH } as const;
  const { sealed } = await seal({ ...made, deviceKey: eve.key, recipients });
  server.lie = toBob((
    { type, payload },
  ) => [{ type, payload: { ...payload, id: "forged", sealed } }]);
  await ann.chat.sendPrivate("bob", "second");
  assertEquals((await bob.privateTexts(3))[2], "(bad_signature)");
  const { secrecy } = bob.privates[2]!;
  const reason = secrecy.kind === "closed" ? secrecy.reason : "";
  assertEquals(reason, "It is signed by a key that is not ann's: somebody else wrote it");
});

Deno.test("what a contact wrote to somebody else, signed anew by a member, is not shown as the member's", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  await using _bob = bob;
  await using eve = await SealedPeer.connect({ ...server.options, name: "eve" });
  await eve.chat.sendPrivate("bob", "hello");
  await bob.privateTexts(3);
  server.ask = (request) => request;
  await ann.chat.sendPrivate("bob", "ann's secret");
  await bob.privateTexts(4);
  const request = server.requests.findLast(({ type }) => type === "private")!;
  if (request.type !== "private") throw new Error("unreachable");
  const { cipher } = request.payload.sealed!;
  const { key } = eve.device;
  const digest = await crypto.subtle.digest("SHA-256", Uint8Array.fromBase64(cipher));
  const signed = { kind: "private", to: "bob", id: "stolen", previous: NO_HASH } as const;
  const cipherHash = new Uint8Array(digest).toHex();
  const signature = await key.sign(sealedText({ ...signed, key: key.publicKey, cipherHash }));
  const sealed = { cipher, key: key.publicKey, previous: NO_HASH, signature };
  await eve.client.sendPrivate("bob", "", { sealed: { id: "stolen", sealed } });
  assertEquals((await bob.privateTexts(5))[4], "(wrong_place)");
});

/** What a server says that puts a key of its own in a name's place. */
async function swapped(endorsed = false): Promise<KeyCard> {
  const { key, recipient } = await newDevice();
  return {
    ...{ key: key.publicKey, at: 0, recipient: recipient.recipient },
    recipientSignature: recipient.signature,
    ...(endorsed ? { endorsedBy: key.publicKey, endorsement: "0".repeat(128) } : {}),
  };
}

const SWAPS: Record<string, (cards: readonly KeyCard[]) => Promise<readonly KeyCard[]>> = {
  "another key": async () => [await swapped()],
  "another key beside the right one": async (cards) => [...cards, await swapped()],
  "another key with an endorsement that is none": async (cards) => [...cards, await swapped(true)],
  "no key at all": () => Promise.resolve([]),
  "its own recipient under the right key": async ([card]) => {
    const { recipient, recipientSignature } = await swapped();
    return [{ ...card!, recipient: recipient!, recipientSignature: recipientSignature! }];
  },
};

for (const [what, swap] of Object.entries(SWAPS)) {
  Deno.test(`where the server shows ${what} for a contact, nothing is sent, and that is told loudly`, async () => {
    await using server = new LyingServer();
    const [ann, bob] = await acquainted(server);
    await using _bob = bob;
    await using _ann = ann;
    const { keys } = await ann.client.keys("bob");
    const shown = await swap(keys);
    server.lie = (message, name) =>
      message.type === "keys" && name === "ann" && message.payload.name === "bob"
        ? [{ ...message, payload: { ...message.payload, keys: shown } }]
        : [message];
    // What was listed before is gone by for a moment; a new day has no such memory.
    await using later = await SealedPeer.connect({
      ...{ ...server.options, name: "ann", known: ann.device, store: ann.store },
    });
    const sent = server.requests.filter(({ type }) => type === "private").length;
    const no = await assertRejects(() => later.chat.sendPrivate("bob", "secret"), ProtocolError);
    assertEquals(no.code, "key_changed");
    assertMatch(no.message, /Nothing is sent to bob until .*\/trust bob/);
    assertMatch(later.told, /^! WARNING: |^! The server shows a key for bob/);
    assertEquals(server.requests.filter(({ type }) => type === "private").length, sent);
    assert(!server.seen.includes("secret"));
  });
}

Deno.test("a changed key is used once the person trusts it, and its messages are read then", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  // Bob has lost his device, and has got his name with another one.
  await bob.chat.close();
  const fresh = await newDevice();
  const card: KeyCard = {
    ...{ key: fresh.key.publicKey, at: 0, recipient: fresh.recipient.recipient },
    recipientSignature: await signRecipient(fresh.key, fresh.recipient.recipient),
  };
  server.lie = (message) =>
    message.type === "keys" && message.payload.name === "bob"
      ? [{ ...message, payload: { ...message.payload, keys: [card] } }]
      : [message];
  await using later = await SealedPeer.connect({
    ...{ ...server.options, name: "ann", known: ann.device, store: ann.store },
  });
  await assertRejects(() => later.chat.sendPrivate("bob", "hi"), ProtocolError);
  assertEquals((await later.chat.trust("bob"))?.length, 1);
  assertEquals(await later.chat.trust("bob"), undefined, "once is enough");
  await later.chat.sendPrivate("bob", "hi again");
  const request = server.requests.findLast(({ type }) => type === "private")!;
  const { sealed } = request.type === "private" ? request.payload : {};
  assertMatch(atob(sealed!.cipher), /^age-encryption\.org\/v1\n(-> X25519 .*\n.*\n){2}---/);
});

Deno.test("a secret room's file that is swapped, or gone, is told, and what is said stays encrypted as before", async () => {
  await using server = new LyingServer();
  await using ann = await SealedPeer.connect({ ...server.options, name: "ann" });
  await ann.chat.createSecret("attic", PASSPHRASE);
  const other = await makeSecretRoom("the server's own passphrase");
  for (
    const [shown, warning] of [
      [{ secret: other.file }, /another secret file in the place of that of attic/],
      [{}, /the server says that attic is no secret room any more/],
    ] as const
  ) {
    server.lie = (message) => {
      if (message.type !== "joined") return [message];
      const { secret: _secret, ...payload } = message.payload;
      return [{ type: "joined", payload: { ...payload, ...shown } }];
    };
    await using later = await SealedPeer.connect({
      ...{ ...server.options, name: "ann", known: ann.device, store: ann.store, room: "attic" },
    });
    await later.until(() => warning.test(later.told));
    await later.chat.send("attic", "the xylophone");
    assertEquals((await later.texts(1)).at(-1), "the xylophone");
    assert(!server.seen.includes("xylophone"));
  }
});

Deno.test("what a server says in the open in a secret room, or for a contact, is not taken for encrypted", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  await using _bob = bob;
  await ann.chat.createSecret("attic", PASSPHRASE);
  await ann.chat.send("attic", "one");
  await ann.texts(1);
  server.lie = (message, name) => {
    if (message.type !== "message" && message.type !== "private" || name === "") return [message];
    const { sealed: _sealed, ...payload } = message.payload;
    return [{ ...message, payload: { ...payload, text: "give me money" } } as ChatMessage];
  };
  await ann.chat.send("attic", "two");
  assertEquals((await ann.texts(2))[1], "(not_sealed)");
  await ann.chat.sendPrivate("bob", "three");
  await bob.privateTexts(3);
  assertEquals(bob.privates[2]!.secrecy, { kind: "open", isUnexpected: true });
});

Deno.test("fields that a message does not have make nothing of it that was encrypted", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  await using _bob = bob;
  const key = ann.device.key.publicKey;
  const secrecy = { kind: "sealed", key };
  server.lie = toBob((message) => {
    const { sealed: _sealed, ...open } = message.payload;
    const forged = { ...open, text: "forged", secrecy };
    // What the reader calls the parts of what it has opened, then and now.
    const opened = { link: { hash: NO_HASH, previous: NO_HASH, seq: open.seq, at: open.at } };
    const place = { kind: "private", to: "bob", key };
    const chained = { ...opened, place };
    const payload = { ...forged, ...chained, chained, message: forged, shown: forged };
    return [{ type: "private", payload }];
  });
  await ann.chat.sendPrivate("bob", "second");
  assertEquals((await bob.privateTexts(3))[2], "forged");
  assertEquals(bob.privates[2]!.secrecy, { kind: "open", isUnexpected: true });
  server.lie = (message, name) => {
    if (name !== "bob" || message.type !== "search") return [message];
    const { messages } = message.payload;
    const found = messages.map((one) => ({ ...one, text: "found", secrecy }));
    return [{ ...message, payload: { ...message.payload, messages: found } }] as ChatMessage[];
  };
  await bob.client.join("lobby");
  await ann.client.join("lobby");
  await ann.client.send("lobby", "in the open");
  const { messages: [found] } = await bob.chat.search("open");
  assertEquals([found?.text, found?.secrecy], ["found", { kind: "open" }]);
});

Deno.test("what was said in a secret room is not shown as written to one alone, nor what was written to another", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  await using _bob = bob;
  await ann.chat.createSecret("attic", PASSPHRASE);
  await bob.chat.join("attic");
  await bob.chat.unlock("attic", PASSPHRASE);
  await ann.chat.send("attic", "for all");
  await bob.texts(1);
  const said = server.requests.findLast(({ type }) => type === "message")!.payload;
  server.lie = toBob(({ type, payload }, nth) => {
    if (nth > 1) return [{ type, payload: { ...payload, to: "carl" } }];
    // By its further fields it is the room's, and signed for it.
    const moved = { ...payload, ...said, room: "attic", sender: "ann", text: "" };
    return [{ type, payload: moved }] as ChatMessage[];
  });
  await ann.chat.sendPrivate("bob", "second");
  await ann.chat.sendPrivate("bob", "third");
  const refusals = () =>
    bob.events.flatMap(({ type, payload }) => type === "gap" ? [payload.refused] : []);
  await bob.until(() => refusals().length === 2);
  assertEquals(refusals(), ["it is of another kind", "it is not between bob and others"]);
  assertEquals(await bob.privateTexts(2), ["first", "welcome"]);
});

Deno.test("what a server shows of a secret room is its members' own, under whatever name it comes", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await acquainted(server);
  await using _ann = ann;
  await using _bob = bob;
  await ann.chat.createSecret("attic", PASSPHRASE);
  await ann.client.join("lobby");
  await ann.chat.send("attic", "genuine");
  const forged = (room: string, sender: string) => ({
    ...{ room, sender, text: "forged words", id: "x", seq: 2, at: 1 },
  });
  let more = [forged("encrypted", "     bob\u{e0101}")];
  server.lie = (message, name) => {
    if (name !== "ann" || message.type !== "history" && message.type !== "search") return [message];
    const messages = [...message.payload.messages, ...more];
    return [{ ...message, payload: { ...message.payload, messages } } as ChatMessage];
  };
  for (const ask of [() => ann.chat.history("attic"), () => ann.chat.search("words")]) {
    const error = await assertRejects(ask, ProtocolError, "answer to what was asked");
    assertEquals(error.code, "unexpected_message");
  }
  more = [forged("attic", "[encrypted]      bob"), { ...forged("attic", "bob"), seq: 3 }];
  const { messages, refused } = await ann.chat.history("attic");
  assertEquals([messages.map(textOf), refused], [["genuine", "(not_sealed)"], 1]);
  const found = await ann.chat.search("words");
  assertEquals([found.messages.map(textOf), found.refused], [["(not_sealed)"], 1]);
});

Deno.test("passphrase and texts are in no request, and nowhere in a server's data folder", async () => {
  await using folder = new TempFolder();
  const words = ["xylophone", "periwinkle", PASSPHRASE, "horse"];
  {
    await using data = await DataFolder.open(folder.path);
    await using server = new LyingServer({ log: data.log, registry: data.registry });
    const [ann, bob] = await acquainted(server);
    await using _ann = ann;
    await using _bob = bob;
    await ann.chat.createSecret("attic", PASSPHRASE);
    await ann.chat.send("attic", "the xylophone is here");
    await ann.chat.sendPrivate("bob", "periwinkle");
    await bob.privateTexts(3);
    for (const word of words) assert(!server.seen.includes(word), word);
  }
  let files = 0;
  for (const name of folder.names()) {
    const path = folder.file(name);
    if (!(await Deno.stat(path)).isFile) continue;
    files++;
    const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
    for (const word of words) assert(!text.includes(word), `${word} in ${name}`);
  }
  assert(files > 0);
});

Deno.test("a device that the server adds to one's own name is told, and nothing is encrypted for it", async () => {
  await using server = new LyingServer();
  await using bob = await SealedPeer.connect({ ...server.options, name: "bob" });
  const stranger = await swapped();
  server.lie = (message, name) =>
    message.type === "keys" && name === "ann" && message.payload.name === "ann"
      ? [{ ...message, payload: { ...message.payload, keys: [...message.payload.keys, stranger] } }]
      : [message];
  await using ann = await SealedPeer.connect({ ...server.options, name: "ann" });
  await ann.chat.sendPrivate("bob", "first");
  assertEquals(await bob.privateTexts(1), ["first"]);
  assertMatch(ann.told, /^! WARNING: the server shows a device as yours that none of your devices/);
  const request = server.requests.findLast(({ type }) => type === "private")!;
  const { sealed } = request.type === "private" ? request.payload : {};
  // Ann's one device and bob's.
  assertMatch(atob(sealed!.cipher), /^age-encryption\.org\/v1\n(-> X25519 .*\n.*\n){2}---/);
});

Deno.test("where the server does not say whose a key is, a message is not shown as its sender's, and nothing waits for ever", async () => {
  await using server = new LyingServer();
  const sealingClock = new FakeClock();
  await using bob = await SealedPeer.connect({ ...server.options, name: "bob", sealingClock });
  await using ann = await SealedPeer.connect({ ...server.options, name: "ann" });
  const asked = Promise.withResolvers<void>();
  server.lie = (message, name) => {
    if (message.type !== "keys" || name !== "bob") return [message];
    asked.resolve();
    return [];
  };
  await ann.chat.sendPrivate("bob", "hello");
  await asked.promise;
  for (let second = 0; second < 10; second++) sealingClock.advance(1_000);
  assertEquals(await bob.privateTexts(1), ["(bad_signature)"]);
  const { secrecy } = bob.privates[0]!;
  assertMatch(secrecy.kind === "closed" ? secrecy.reason : "", /could not be found out/);
  bob.client.abort();
});
