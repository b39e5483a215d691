import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { Access } from "../../chat/access.ts";
import type { DeviceKey } from "../../identity/device_key.ts";
import { fingerprint } from "../../identity/fingerprint.ts";
import { KeyList } from "../../identity/key_list.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import { openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { keyPeer, newKey, proveOn } from "../support/key_peer.ts";

const isPassword = (password: string) => Promise.resolve(password === "geheim");
const HOUR_MS = 3_600_000;

/** Guesses as fast as an address may, for so long, and counts those that were looked at. */
async function guess(access: Access, clock: FakeClock, origin: string | undefined, forMs: number) {
  const end = clock.now() + forMs;
  for (let looked = 0;;) {
    const error = await assertRejects(() => access.checkPassword("no", origin), ProtocolError);
    assertEquals(error.code, "wrong_password");
    const waitMs = error.details["retryAfterMs"] as number;
    if (waitMs === 0) looked++;
    else await clock.advanceAsync(Math.min(waitMs, end - clock.now()));
    if (clock.now() >= end) return looked;
  }
}

Deno.test("an address guesses 124 passwords in its first hour, and 120 in each one after (I1)", async () => {
  const clock = new FakeClock();
  let asked = 0;
  const access = new Access({ isPassword: (guess) => (asked++, isPassword(guess)) }, clock);
  assertEquals(await guess(access, clock, "203.0.113.7", HOUR_MS), 124);
  assertEquals(await guess(access, clock, "203.0.113.7", HOUR_MS), 120);
  assertEquals(asked, 244);
});

Deno.test("guesses from this machine itself, behind a proxy perhaps, are slowed like others", async () => {
  const clock = new FakeClock();
  const access = new Access({ isPassword }, clock);
  assertEquals(await guess(access, clock, undefined, HOUR_MS), 124);
});

Deno.test("many guesses at once are no more than one after the other, and few are looked at at once", async () => {
  const clock = new FakeClock();
  let [running, most, asked] = [0, 0, 0];
  const slowly = async () => {
    asked++;
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve));
    running--;
    return false;
  };
  const access = new Access({ isPassword: slowly }, clock);
  const codes = await Promise.all(
    Array.from({ length: 100 }, () => access.checkPassword("no", "a").catch(({ code }) => code)),
  );
  assertEquals(new Set(codes), new Set(["wrong_password"]));
  assertEquals([asked, most], [5, 2]);
});

Deno.test("many who come back at once behind one address with the right password all get in", async () => {
  let running = 0;
  const slowly = async (password: string) => {
    assert(++running <= 2);
    await new Promise((resolve) => setTimeout(resolve));
    running--;
    return password === "geheim";
  };
  const access = new Access({ isPassword: slowly }, new FakeClock());
  const come = (password: string) => access.checkPassword(password, "a").catch(({ code }) => code);
  const passwords = Array.from({ length: 50 }, (_, at) => at % 20 === 0 ? "no" : "geheim");
  const expected = passwords.map((password) => password === "no" ? "wrong_password" : undefined);
  assertEquals(await Promise.all(passwords.map(come)), expected);
  const broken = new Access(
    { isPassword: () => Promise.reject(new Error("scrypt")) },
    new FakeClock(),
  );
  const failures = await Promise.allSettled(
    passwords.map((password) => broken.checkPassword(password, "a")),
  );
  const reasons = failures.map((result) => result.status === "rejected" && result.reason.message);
  assertEquals(reasons.filter((reason) => reason === "scrypt").length, 5);
});

Deno.test("a password is not looked at whose connection is gone by then", async () => {
  const gate = Promise.withResolvers<void>();
  const asked: string[] = [];
  const slowly = async (password: string) => {
    asked.push(password);
    await gate.promise;
    return true;
  };
  await using house = openHouse({ access: { isPassword: slowly } });
  const peers = ["one", "two", "three", "four"].map((password) => {
    const peer = new ChatPeer(house.hub, { origin: password });
    return { peer, done: peer.ask("connect", { protocol: 1, name: password, password }) };
  });
  peers[2]!.peer.member.abort("gone");
  gate.resolve();
  await Promise.all(peers.map(({ done }) => done));
  assertEquals(asked, ["one", "two", "four"]);
});

Deno.test("the right password costs no guess, and is not looked at while its address is slowed", async () => {
  const clock = new FakeClock();
  const access = new Access({ isPassword }, clock);
  for (let times = 0; times < 100; times++) await access.checkPassword("geheim", "a");
  for (let times = 0; times < 5; times++) {
    await assertRejects(() => access.checkPassword("no", "a"), ProtocolError);
  }
  await assertRejects(() => access.checkPassword("geheim", "a"), ProtocolError, "30 s");
  await access.checkPassword("geheim", "b");
  await clock.advanceAsync(30_000);
  await access.checkPassword("geheim", "a");
});

Deno.test("who shows no password, or a wrong one, is told, and may try again on the same connection", async () => {
  await using house = openHouse({ access: { isPassword } });
  const peer = new ChatPeer(house.hub);
  const connect = { protocol: 1, name: "ann" };
  await peer.ask("connect", connect);
  assertEquals((await peer.next("error")).code, "password_needed");
  await peer.ask("connect", { ...connect, password: "Geheim" });
  const { code, message, retryAfterMs } = await peer.next("error", 2);
  assertEquals([code, retryAfterMs], ["wrong_password", 0]);
  assert(!/geheim/i.test(message));
  await peer.ask("connect", { ...connect, password: "geheim" });
  await peer.next("connect_ack");
});

Deno.test("a password is wanted before a key is challenged", async () => {
  await using house = openHouse({ access: { isPassword } });
  const key = await newKey();
  const peer = new ChatPeer(house.hub);
  await peer.ask("connect", { protocol: 1, name: "ann", key: key.publicKey });
  assertEquals((await peer.next("error")).code, "password_needed");
  await keyPeer(house.hub, "ann", key, { connect: { password: "geheim" } });
});

Deno.test("without a key only a guest's name may be taken, where guests are guests", async () => {
  await using house = openHouse({ access: { guests: "guest" } });
  for (const name of ["ann", "guest", "guests-ann", "my-guest-ann"]) {
    const peer = new ChatPeer(house.hub);
    await peer.ask("connect", { protocol: 1, name });
    assertEquals([name, (await peer.next("error")).code], [name, "key_needed"]);
  }
  for (const name of ["guest-ann", "GUEST-Bob"]) await ChatPeer.connect(house.hub, name);
  await keyPeer(house.hub, "ann", await newKey());
});

Deno.test("a name that was taken without a key is still its token's where guests are guests, and not with none", async () => {
  await using house = openHouse();
  const { token } = await (await ChatPeer.connect(house.hub, "ann")).next("connect_ack");
  house.hub.changeAccess({ guests: "guest" });
  const connected = await ChatPeer.connect(house.hub, "ann", { token });
  house.hub.changeAccess({ guests: "none" });
  assertEquals(await connected.ended, "logged_out");
  for (const payload of [{ name: "ann", token }, { name: "guest-bob" }]) {
    const peer = new ChatPeer(house.hub);
    await peer.ask("connect", { protocol: 1, ...payload });
    assertEquals((await peer.next("error")).code, "key_needed");
  }
  const bearer = formatBearer({ name: "ann", token });
  const { code } = await assertRejects(() => house.hub.authenticate(bearer), ProtocolError);
  assertEquals(code, "unauthorized");
});

Deno.test("with no guests a key's owner still has programs", async () => {
  await using house = openHouse({ access: { guests: "none" } });
  const ann = await keyPeer(house.hub, "ann", await newKey());
  await ann.ask("token", {});
  const { token } = await ann.next("token");
  await ChatPeer.connect(house.hub, "ann", { token });
  assertEquals(await house.hub.authenticate(formatBearer({ name: "ann", token })), "ann");
});

Deno.test("a list of keys lets in these, and nobody else", async () => {
  const [ann, bob, cid] = [await newKey(), await newKey(), await newKey()];
  const allowKeys = await listOf(ann, bob);
  await using house = openHouse({ access: { allowKeys } });
  await keyPeer(house.hub, "ann", ann);
  await keyPeer(house.hub, "bob", bob);
  const peer = new ChatPeer(house.hub);
  await proveOn(peer, "cid", cid);
  const { code, message } = await peer.next("error");
  assertEquals(code, "key_not_allowed");
  assert(message.includes(await fingerprint(cid.publicKey)));
  const guest = new ChatPeer(house.hub);
  await guest.ask("connect", { protocol: 1, name: "guest-dan" });
  assertEquals((await guest.next("error")).code, "key_needed");
});

Deno.test("who is not on the list learns nothing of it without the key", async () => {
  const [ann, eve] = [await newKey(), await newKey()];
  await using house = openHouse({ access: { allowKeys: await listOf(ann) } });
  for (const key of [ann, await newKey()]) {
    const peer = new ChatPeer(house.hub);
    await proveOn(peer, "ann", key, { signer: eve });
    assertEquals((await peer.next("error")).code, "wrong_proof");
  }
});

Deno.test("a key that is taken from the list is let in no more: not with its sessions, nor its tokens (I2)", async () => {
  const [ann, bob] = [await newKey(), await newKey()];
  await using house = openHouse({ access: { allowKeys: await listOf(ann, bob) } });
  const [anns, bobs] = [
    await keyPeer(house.hub, "ann", ann),
    await keyPeer(house.hub, "bob", bob),
  ];
  await bobs.ask("token", {});
  const bearer = formatBearer({ name: "bob", token: (await bobs.next("token")).token });
  assertEquals(await house.hub.authenticate(bearer), "bob");
  house.hub.changeAccess({ allowKeys: await listOf(ann) });
  assertEquals(await bobs.ended, "logged_out");
  const peer = new ChatPeer(house.hub);
  await proveOn(peer, "bob", bob);
  assertEquals((await peer.next("error")).code, "key_not_allowed");
  await assertRejects(() => house.hub.authenticate(bearer), ProtocolError);
  assertEquals(anns.outcome, "open");
});

Deno.test("admins are known by their keys, from when the list has them", async () => {
  const [ann, bob] = [await newKey(), await newKey()];
  await using house = openHouse({ access: { admins: await listOf(ann) } });
  const anns = await keyPeer(house.hub, "ann", ann);
  const bobs = await keyPeer(house.hub, "bob", bob);
  const guest = await ChatPeer.connect(house.hub, "ann2");
  const { state } = anns.member;
  const who = () => [anns, bobs, guest].map(({ member }) => state.isAdmin(member));
  assertEquals(who(), [true, false, false]);
  house.hub.changeAccess({ admins: await listOf(bob) });
  assertEquals(who(), [false, true, false]);
});

Deno.test("secrets are compared in constant time: by timingSafeEqual, and in no other way", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  for (const path of ["chat/owner.ts", "identity/password_hash.ts"]) {
    const source = await read(path);
    assert(/return (a\.length === b\.length && )?timingSafeEqual\(/.test(source), path);
  }
  for (const path of ["owner", "names", "session_tokens", "verifying", "access", "handshake"]) {
    const source = await read(`chat/${path}.ts`);
    const compared = source.match(
      /(hash|token|tokenHash|password|secret|mac)\s*[!=]==\s*(?!undefined)\S+/gi,
    );
    assertEquals([path, compared], [path, null]);
  }
  // A mac and a signature are verified by WebCrypto.
  assert((await read("identity/link_code.ts")).includes("crypto.subtle.verify("));
});

async function listOf(...keys: readonly DeviceKey[]): Promise<KeyList> {
  const lines = await Promise.all(
    keys.map(({ publicKey }, at) => at % 2 === 0 ? publicKey : fingerprint(publicKey)),
  );
  return KeyList.parse(lines.join("\n"));
}
