import { assert, assertEquals } from "@std/assert";
import { formatBearer } from "../../protocol/bearer.ts";
import { proofText, recipientText } from "../../protocol/signed_texts.ts";
import { openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { keyPeer, newKey, proveOn } from "../support/key_peer.ts";

const RECIPIENT = `age1${"q".repeat(58)}`;

Deno.test("the first key that uses a name owns it, and connects again with it", async () => {
  await using house = openHouse();
  const key = await newKey();
  const first = await keyPeer(house.hub, "Ann", key);
  assertEquals((await first.next("connect_ack")).resumed, false);
  const again = await keyPeer(house.hub, "ann", key);
  const { name, resumed } = await again.next("connect_ack");
  assertEquals([name, resumed], ["Ann", true]);
});

Deno.test("a name that a key owns is nobody else's: not another key's, not a token's, not anybody's", async () => {
  await using house = openHouse();
  const ann = await keyPeer(house.hub, "ann", await newKey());
  const { token } = await ann.next("connect_ack");
  const other = new ChatPeer(house.hub);
  await proveOn(other, "ann", await newKey());
  assertEquals((await other.next("error")).code, "name_taken");
  for (const shown of [{}, { token }, { token: "0".repeat(64) }]) {
    const peer = new ChatPeer(house.hub);
    await peer.ask("connect", { protocol: 1, name: "ann", ...shown });
    assertEquals((await peer.next("error")).code, "name_taken");
  }
});

Deno.test("a proof is one of the key that connect named, for this server, this nonce and this name", async () => {
  await using house = openHouse();
  const key = await newKey();
  const wrong = [
    { signer: await newKey() },
    { server: "plain:2" },
    { server: "tls:" + "0".repeat(64) },
    { provenName: "bob" },
  ];
  for (const options of wrong) {
    const peer = new ChatPeer(house.hub);
    await proveOn(peer, "ann", key, options);
    assertEquals((await peer.next("error")).code, "wrong_proof");
    assertEquals([await peer.ended, peer.outcome], ["wrong_proof", "ended"]);
  }
});

Deno.test("a wrong proof tells who dials through a tunnel what to do", async () => {
  await using house = openHouse();
  const peer = new ChatPeer(house.hub);
  await proveOn(peer, "ann", await newKey(), { server: "plain:2" });
  const { message } = await peer.next("error");
  assert(message.includes("server's own, 1: let a tunnel listen on the same port, or use TLS"));
});

Deno.test("a nonce is good for one proof of the connection that it was made for", async () => {
  await using house = openHouse();
  const key = await newKey();
  const [one, other] = [new ChatPeer(house.hub), new ChatPeer(house.hub)];
  const connect = { protocol: 1, name: "ann", key: key.publicKey };
  await one.ask("connect", connect);
  await other.ask("connect", connect);
  const { nonce } = await one.next("challenge");
  const signature = await key.sign(
    proofText({ server: "plain:1", nonce, name: "ann", key: key.publicKey }),
  );
  await other.ask("prove", { signature });
  assertEquals((await other.next("error")).code, "wrong_proof");
  await one.ask("prove", { signature });
  await one.next("connect_ack");
  await one.ask("prove", { signature });
  assertEquals((await one.next("error")).code, "unexpected_message");
});

Deno.test("nobody proves before connect, and who was challenged does nothing else", async () => {
  await using house = openHouse();
  const key = await newKey();
  const early = new ChatPeer(house.hub);
  await early.ask("prove", { signature: "0".repeat(128) });
  assertEquals((await early.next("error")).code, "unexpected_message");
  const connect = { protocol: 1, name: "ann" };
  const instead: [Parameters<ChatPeer["ask"]>[0], object][] = [
    ["connect", connect],
    ["join", { room: "lobby" }],
    ["keys", { name: "ann" }],
    ["token", {}],
    ["logout", {}],
  ];
  for (const [type, payload] of instead) {
    const peer = new ChatPeer(house.hub);
    await peer.ask("connect", { ...connect, key: key.publicKey });
    await peer.next("challenge");
    await peer.ask("ping", { t: 1 });
    await peer.next("pong");
    await peer.ask(type, payload as never);
    assertEquals([type, (await peer.next("error")).code], [type, "unexpected_message"]);
    assertEquals(await peer.ended, "unexpected_message");
  }
});

Deno.test("a challenge without a proof is over with the handshake's deadline", async () => {
  await using house = openHouse();
  const peer = new ChatPeer(house.hub);
  await peer.ask("connect", { protocol: 1, name: "ann", key: (await newKey()).publicKey });
  await house.clock.advanceAsync(11_000);
  assertEquals(await peer.ended, "handshake_timeout");
});

Deno.test("a key takes over the name that its token owned, and the token is over", async () => {
  await using house = openHouse();
  const old = await ChatPeer.connect(house.hub, "ann");
  const { token } = await old.next("connect_ack");
  const key = await newKey();
  const thief = new ChatPeer(house.hub);
  await proveOn(thief, "ann", await newKey(), { connect: { token: "0".repeat(64) } });
  assertEquals((await thief.next("error")).code, "name_taken");
  const ann = await keyPeer(house.hub, "ann", key, { connect: { token } });
  assertEquals((await ann.next("connect_ack")).resumed, true);
  assertEquals(await old.ended, "logged_out");
  const late = new ChatPeer(house.hub);
  await late.ask("connect", { protocol: 1, name: "ann", token });
  assertEquals((await late.next("error")).code, "name_taken");
  const bearer = formatBearer({ name: "ann", token });
  assertEquals(await house.hub.authenticate(bearer).catch(({ code }) => code), "unauthorized");
});

Deno.test("a record of a time without keys is read as it was: by its token", async () => {
  await using house = openHouse();
  const hash = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode("secret")),
  ).toHex();
  const { log } = await house.log.state("@ann");
  await house.registry.put(
    "name/ann",
    JSON.stringify({ name: "Ann", tokenHash: hash, inbox: { log, seq: 0 } }),
    0,
  );
  const ann = await ChatPeer.connect(house.hub, "ann", { token: "secret" });
  const { name, resumed } = await ann.next("connect_ack");
  assertEquals([name, resumed], ["Ann", true]);
});

Deno.test("a session whose first room was refused has its key all the same", async () => {
  await using house = openHouse();
  const peer = await keyPeer(house.hub, "ann", await newKey(), { connect: { room: "no room" } });
  assertEquals((await peer.next("error")).code, "invalid_room");
  await peer.ask("link", { id: "0000" });
  await peer.next("linking");
});

Deno.test("a device's age recipient is taken with the key's own signature only, and told", async () => {
  await using house = openHouse();
  const key = await newKey();
  const other = await newKey();
  const prove = async (recipientSignature: string | undefined) => {
    const peer = new ChatPeer(house.hub);
    await peer.ask("connect", { protocol: 1, name: "ann", key: key.publicKey });
    const { nonce } = await peer.next("challenge");
    const signature = await key.sign(
      proofText({ server: "plain:1", nonce, name: "ann", key: key.publicKey }),
    );
    const signed = recipientSignature === undefined ? {} : { recipientSignature };
    await peer.ask("prove", { signature, recipient: RECIPIENT, ...signed });
    return peer;
  };
  const text = recipientText(key.publicKey, RECIPIENT);
  for (const wrong of [undefined, await other.sign(text), "0".repeat(128)]) {
    assertEquals((await (await prove(wrong)).next("error")).code, "wrong_proof");
  }
  const recipientSignature = await key.sign(text);
  const ann = await prove(recipientSignature);
  await ann.next("connect_ack");
  await ann.ask("keys", { name: "Ann" });
  const { keys: [card, ...more] } = await ann.next("keys");
  assertEquals(more, []);
  assertEquals(card, {
    key: key.publicKey,
    at: house.clock.now(),
    recipient: RECIPIENT,
    recipientSignature,
  });
});
