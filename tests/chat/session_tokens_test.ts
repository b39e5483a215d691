import { assertEquals } from "@std/assert";
import { hashToken, withKey } from "../../chat/owner.ts";
import { SessionTokens } from "../../chat/session_tokens.ts";
import { KeyList } from "../../identity/key_list.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import { endorsementText } from "../../protocol/signed_texts.ts";
import { openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { keyPeer, newKey } from "../support/key_peer.ts";

const [KEY, OTHER] = ["01".repeat(32), "23".repeat(32)];

Deno.test("SessionTokens knows a token while its session lasts, and ten minutes after it broke (I1)", async () => {
  const clock = new FakeClock();
  const tokens = new SessionTokens(clock);
  const { secret, token } = tokens.issue("Ann", KEY);
  const isGood = (name = "ann") => tokens.find(name, hashToken(secret)) !== undefined;
  await clock.advanceAsync(86_400_000);
  assertEquals([isGood(), isGood("bob")], [true, false]);
  tokens.end("ann", token, true);
  await clock.advanceAsync(599_999);
  assertEquals(isGood(), true);
  await clock.advanceAsync(1);
  assertEquals(isGood(), false);
});

Deno.test("SessionTokens forgets a token at once whose session took leave, or that was revoked (I2)", () => {
  const tokens = new SessionTokens(new FakeClock());
  const [left, other, own] = [
    tokens.issue("ann", KEY),
    tokens.issue("ann", OTHER),
    tokens.issue("ann", KEY),
  ];
  const good = () =>
    [left, other, own].map(({ secret }) => tokens.find("ann", hashToken(secret)) !== undefined);
  tokens.end("ann", left.token, false);
  assertEquals(good(), [false, true, true]);
  tokens.revoke("ANN", OTHER);
  assertEquals(good(), [false, false, true]);
  tokens.revoke("ann");
  assertEquals(good(), [false, false, false]);
});

Deno.test("SessionTokens keeps a bounded number of tokens, and those of open sessions longest", () => {
  const tokens = new SessionTokens(new FakeClock());
  const open = tokens.issue("ann", KEY);
  for (let times = 0; times < 1_000; times++) {
    const { token } = tokens.issue("ann", KEY);
    tokens.end("ann", token, true);
  }
  assertEquals(tokens.find("ann", hashToken(open.secret)), open.token);
  for (let times = 0; times < 1_000; times++) tokens.issue("ann", KEY);
  assertEquals(tokens.find("ann", hashToken(open.secret)), undefined);
});

Deno.test("a session's token is over with quit, and not when its connection breaks", async () => {
  await using house = openHouse();
  const key = await newKey();
  const bearerOf = async (peer: ChatPeer) =>
    formatBearer({ name: "ann", token: (await peer.next("connect_ack")).token });
  const authenticate = (bearer: string) => house.hub.authenticate(bearer).catch(({ code }) => code);
  const [quits, breaks] = [
    await keyPeer(house.hub, "ann", key),
    await keyPeer(house.hub, "ann", key),
  ];
  const [quit, broken] = [await bearerOf(quits), await bearerOf(breaks)];
  await quits.ask("quit", {});
  await quits.ended;
  breaks.member.abort("gone");
  assertEquals([await authenticate(quit), await authenticate(broken)], ["unauthorized", "ann"]);
  await house.clock.advanceAsync(600_000);
  assertEquals(await authenticate(broken), "unauthorized");
});

Deno.test("logout ends the tokens of the name's other sessions too, which connect again with the key", async () => {
  await using house = openHouse();
  const key = await newKey();
  const [one, other] = [
    await keyPeer(house.hub, "ann", key),
    await keyPeer(house.hub, "ann", key),
  ];
  const { token } = await other.next("connect_ack");
  await one.ask("logout", {});
  assertEquals(await other.ended, "logged_out");
  const bearer = formatBearer({ name: "ann", token });
  assertEquals(await house.hub.authenticate(bearer).catch(({ code }) => code), "unauthorized");
  await keyPeer(house.hub, "ann", key);
});

Deno.test("revoke ends the tokens of that key's sessions, and no others", async () => {
  await using house = openHouse();
  const [phone, laptop] = [await newKey(), await newKey()];
  const first = await keyPeer(house.hub, "ann", phone);
  const endorsement = await phone.sign(
    endorsementText("ann", laptop.publicKey, phone.publicKey),
  );
  const at = house.clock.now();
  const card = { key: laptop.publicKey, at, endorsedBy: phone.publicKey, endorsement };
  await first.member.state.names.change("ann", (owner) => withKey(owner, card));
  const second = await keyPeer(house.hub, "ann", laptop);
  const bearers = await Promise.all(
    [first, second].map(async (peer) =>
      formatBearer({ name: "ann", token: (await peer.next("connect_ack")).token })
    ),
  );
  await first.ask("revoke", { key: laptop.publicKey });
  assertEquals(await second.ended, "key_revoked");
  const authenticate = (bearer: string) => house.hub.authenticate(bearer).catch(({ code }) => code);
  assertEquals(await Promise.all(bearers.map(authenticate)), ["ann", "unauthorized"]);
});

Deno.test("revoke ends what a lost device has asked for: its durable tokens, and who came in by them", async () => {
  await using house = openHouse();
  const [phone, laptop] = [await newKey(), await newKey()];
  const first = await keyPeer(house.hub, "ann", phone);
  const endorsement = await phone.sign(
    endorsementText("ann", laptop.publicKey, phone.publicKey),
  );
  const card = { key: laptop.publicKey, at: 1, endorsedBy: phone.publicKey, endorsement };
  await first.member.state.names.change("ann", (owner) => withKey(owner, card));
  const lost = await keyPeer(house.hub, "ann", laptop);
  await first.ask("token", {});
  await lost.ask("token", {});
  const [kept, stolen] = [(await first.next("token")).token, (await lost.next("token")).token];
  const thief = await ChatPeer.connect(house.hub, "ann", { token: stolen });
  await first.ask("revoke", { key: laptop.publicKey });
  assertEquals(await thief.ended, "logged_out");
  const again = new ChatPeer(house.hub);
  await again.ask("connect", { protocol: 1, name: "ann", token: stolen });
  assertEquals((await again.next("error")).code, "name_taken");
  await ChatPeer.connect(house.hub, "ann", { token: kept });
});

Deno.test("a list of keys that lost one of a name's ends the tokens of that key's sessions alone", async () => {
  await using house = openHouse();
  const [phone, laptop] = [await newKey(), await newKey()];
  const first = await keyPeer(house.hub, "ann", phone);
  const endorsement = await phone.sign(
    endorsementText("ann", laptop.publicKey, phone.publicKey),
  );
  const card = { key: laptop.publicKey, at: 1, endorsedBy: phone.publicKey, endorsement };
  await first.member.state.names.change("ann", (owner) => withKey(owner, card));
  const second = await keyPeer(house.hub, "ann", laptop);
  const lingering = await keyPeer(house.hub, "ann", laptop);
  lingering.member.abort("gone");
  const bearers = await Promise.all(
    [first, second, lingering].map(async (peer) =>
      formatBearer({ name: "ann", token: (await peer.next("connect_ack")).token })
    ),
  );
  const grants = await Promise.all(bearers.map((bearer) => house.hub.grant(bearer)));
  house.hub.changeAccess({ allowKeys: KeyList.parse(phone.publicKey) });
  assertEquals(await second.ended, "logged_out");
  const authenticate = (bearer: string) => house.hub.authenticate(bearer).catch(({ code }) => code);
  assertEquals(
    await Promise.all(bearers.map(authenticate)),
    ["ann", "unauthorized", "unauthorized"],
  );
  assertEquals(grants.map(({ signal }) => signal.aborted), [false, true, true]);
});
