import { assertEquals } from "@std/assert";
import type { DeviceKey } from "../../identity/device_key.ts";
import { makeLinkCode, proveLinkCode } from "../../identity/link_code.ts";
import { endorsementText } from "../../protocol/signed_texts.ts";
import { type ChatHouse, openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { keyPeer, newKey, proveOn } from "../support/key_peer.ts";

/** An older device that has begun a link. */
async function linking(house: ChatHouse, name = "ann") {
  const key = await newKey();
  const peer = await keyPeer(house.hub, name, key);
  const code = makeLinkCode();
  await peer.ask("link", { id: code.id });
  await peer.next("linking");
  return { key, peer, code };
}

/** A new device that knocks; what it waits for is not waited for. */
async function knock(house: ChatHouse, code: ReturnType<typeof makeLinkCode>, name = "ann") {
  const key = await newKey();
  const peer = new ChatPeer(house.hub);
  const link = await proveLinkCode(code, name, key.publicKey);
  const proven = proveOn(peer, name, key, { connect: { link } });
  return { key, peer, proven, link };
}

function endorse(key: DeviceKey, name: string, newer: string): Promise<string> {
  return key.sign(endorsementText(name, newer, key.publicKey));
}

Deno.test("a device is taken in when the older one vouches for it, and the code is over", async () => {
  await using house = openHouse();
  const { key, peer, code } = await linking(house);
  const device = await knock(house, code);
  const wanted = await peer.next("link_wanted");
  assertEquals(wanted, { key: device.key.publicKey, mac: device.link.mac });
  const endorsement = await endorse(key, "ann", device.key.publicKey);
  await peer.ask("endorse", { key: device.key.publicKey, endorsement });
  await peer.next("endorsed");
  await device.proven;
  assertEquals((await device.peer.next("connect_ack")).resumed, true);
  const late = await knock(house, code);
  assertEquals((await late.peer.next("error")).code, "unknown_link");
});

Deno.test("no link, another name's, and an old one are told alike (I3)", async () => {
  await using house = openHouse();
  const { peer, code } = await linking(house);
  await keyPeer(house.hub, "bob", await newKey());
  const none = await knock(house, makeLinkCode());
  const bobs = await knock(house, code, "bob");
  const nobodys = await knock(house, code, "nobody");
  for (let minutes = 0; minutes < 10; minutes++) {
    await house.clock.advanceAsync(60_000);
    peer.member.heard();
  }
  assertEquals(peer.outcome, "open");
  const old = await knock(house, code);
  const told = await Promise.all([none, bobs, nobodys, old].map(async ({ peer }) => {
    const { code, message } = await peer.next("error");
    return [code, message];
  }));
  assertEquals(told[0]![0], "unknown_link");
  assertEquals(told, told.map(() => told[0]));
  assertEquals(await peer.member.state.names.find("nobody"), undefined);
});

Deno.test("a link is tried three times (I1)", async () => {
  await using house = openHouse();
  const { peer, code } = await linking(house);
  for (let tries = 1; tries <= 3; tries++) {
    const device = await knock(house, code);
    const { key } = await peer.next("link_wanted", tries);
    await peer.ask("endorse", { key });
    await device.proven;
    assertEquals((await device.peer.next("error")).code, "link_refused");
  }
  const late = await knock(house, code);
  assertEquals((await late.peer.next("error")).code, "unknown_link");
});

Deno.test("a session has one link, and it is over with the session (I1)", async () => {
  await using house = openHouse();
  const { peer, code } = await linking(house);
  await peer.ask("link", { id: "0000" });
  assertEquals(peer.member.state.links.size, 1);
  const first = await knock(house, code);
  assertEquals((await first.peer.next("error")).code, "unknown_link");
  const waiting = await knock(house, { ...code, id: "0000" });
  await peer.next("link_wanted");
  peer.member.abort("gone");
  await waiting.proven;
  assertEquals((await waiting.peer.next("error")).code, "link_refused");
  assertEquals(peer.member.state.links.size, 0);
});

Deno.test("a new device waits longer than a handshake may take, and a minute at most (I2)", async () => {
  await using house = openHouse();
  const { peer, code } = await linking(house);
  const device = await knock(house, code);
  await peer.next("link_wanted");
  await house.clock.advanceAsync(59_999);
  assertEquals([device.peer.all("error"), device.peer.outcome], [[], "open"]);
  await house.clock.advanceAsync(1);
  await device.proven;
  const { code: why, message } = await device.peer.next("error");
  assertEquals([why, message.includes("Nobody answered")], ["link_refused", true]);
});

Deno.test("a new device that goes is not taken in", async () => {
  await using house = openHouse();
  const { key, peer, code } = await linking(house);
  const device = await knock(house, code);
  await peer.next("link_wanted");
  device.peer.member.abort("gone");
  await device.proven;
  const endorsement = await endorse(key, "ann", device.key.publicKey);
  await peer.ask("endorse", { key: device.key.publicKey, endorsement });
  assertEquals((await peer.next("error")).code, "unknown_key");
  await peer.ask("keys", { name: "ann" });
  assertEquals((await peer.next("keys")).keys.length, 1);
});

Deno.test("an endorsement is the older device's own, of that key and that name", async () => {
  await using house = openHouse();
  const { key, peer, code } = await linking(house);
  const device = await knock(house, code);
  const { key: wanted } = await peer.next("link_wanted");
  const wrong = [
    await endorse(await newKey(), "ann", wanted),
    await endorse(device.key, "ann", wanted),
    await endorse(key, "bob", wanted),
    await endorse(key, "ann", (await newKey()).publicKey),
    "0".repeat(128),
  ];
  for (const [at, endorsement] of wrong.entries()) {
    await peer.ask("endorse", { key: wanted, endorsement });
    assertEquals((await peer.next("error", at + 1)).code, "invalid_message");
  }
  await peer.ask("endorse", { key: wanted, endorsement: await endorse(key, "ann", wanted) });
  await device.peer.next("connect_ack");
});

Deno.test("what is about keys is for sessions with a key: none with a token links, endorses or revokes", async () => {
  await using house = openHouse();
  const key = await newKey();
  const ann = await keyPeer(house.hub, "ann", key);
  await ann.ask("token", {});
  const { token } = await ann.next("token");
  const bot = await ChatPeer.connect(house.hub, "ann", { token });
  await bot.ask("link", { id: "0000" });
  await bot.ask("endorse", { key: key.publicKey });
  await bot.ask("revoke", { key: key.publicKey });
  await bot.ask("token", {});
  await bot.next("error", 4);
  assertEquals(bot.all("error").map(({ code }) => code), Array(4).fill("forbidden"));
});

Deno.test("a name has sixteen keys at most, and eight tokens", async () => {
  await using house = openHouse();
  const { key, peer } = await linking(house);
  for (let count = 2; count <= 17; count++) {
    const code = makeLinkCode();
    await peer.ask("link", { id: code.id });
    const device = await knock(house, code);
    const { key: wanted } = await peer.next("link_wanted", count - 1);
    const endorsement = await endorse(key, "ann", wanted);
    await peer.ask("endorse", { key: wanted, endorsement });
    if (count <= 16) {
      await device.peer.next("connect_ack");
      await device.peer.ask("quit", {});
      await device.proven;
    } else {
      assertEquals((await peer.next("error")).code, "too_many_keys");
      device.peer.member.abort("gone");
      await device.proven;
    }
  }
  for (let count = 1; count <= 9; count++) await peer.ask("token", {});
  assertEquals((await peer.next("error", 2)).code, "too_many_tokens");
  assertEquals(peer.all("token").length, 8);
});

Deno.test("keys tells anybody who is there of whom it is asked, and of nobody it says so", async () => {
  await using house = openHouse();
  const { key } = await linking(house);
  const bob = await ChatPeer.connect(house.hub, "Bob");
  await bob.ask("keys", { name: "ANN", ref: "1" });
  await bob.ask("keys", { name: "bob", ref: "2" });
  await bob.ask("keys", { name: "nobody", ref: "3" });
  const [ann, own] = [await bob.next("keys"), await bob.next("keys", 2)];
  assertEquals([ann.name, ann.keys.map(({ key }) => key), ann.ref], ["ann", [key.publicKey], "1"]);
  assertEquals(own, { name: "Bob", keys: [], ref: "2" });
  assertEquals((await bob.next("error")).code, "unknown_name");
});

Deno.test("a session that begins one link after the other leaves nothing of the earlier ones", async () => {
  await using house = openHouse();
  const { state, proven, info } = (await keyPeer(house.hub, "ann", await newKey())).member;
  const ended = Promise.withResolvers<string>();
  let waits = 0;
  const session = {
    ...{ name: "ann", proven, info, state },
    get ended() {
      waits++;
      return ended.promise;
    },
    send: () => {},
  };
  for (let count = 0; count < 100; count++) {
    state.links.begin(session, String(count).padStart(4, "0"));
  }
  assertEquals([waits, state.links.size], [1, 1]);
  ended.resolve("gone");
  await ended.promise;
  assertEquals(state.links.size, 0);
});
