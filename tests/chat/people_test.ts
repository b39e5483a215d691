import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { MAX_LIST_BYTES } from "../../chat/fitting.ts";
import type { Holder, RoomRecord, Visitor } from "../../chat/room_record.ts";
import { NO_RECORD, roleOf } from "../../chat/room_record.ts";
import { RoomRules } from "../../chat/room_rules.ts";
import { Standings } from "../../chat/standings.ts";
import { KeyList } from "../../identity/key_list.ts";
import type { RoomMember, WhoPage } from "../../protocol/chat.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { openHouse } from "../support/chat_house.ts";
import { keyPeer, newKey } from "../support/key_peer.ts";
import { ask, NAMES, openRoomHouse } from "../support/room_house.ts";

async function who(
  peer: ChatPeer,
  request: { readonly room: string; readonly after?: string; readonly limit?: number },
): Promise<WhoPage> {
  assertEquals(await ask(peer, "who", { ...request, details: true }), undefined);
  return peer.all("who").at(-1)!;
}

Deno.test("`who` with details tells what each member is there, since when, and with how many devices", async () => {
  await using house = await openRoomHouse();
  const since = house.clock.now();
  house.clock.advance(5_000);
  const token = "1".repeat(64);
  const otto = await ChatPeer.connect(house.hub, "otto2", { room: "den", token });
  await ChatPeer.connect(house.hub, "otto2", { room: "den", token });
  // A device that is elsewhere is nobody's business here.
  await ChatPeer.connect(house.hub, "otto2", { room: "lobby", token });
  const page = await who(house.people.member, { room: "den" });
  assertEquals(page.members, ["adam", "ann", "guest-gus", "max", "olga", "oscar", "otto2"]);
  assertEquals<readonly RoomMember[] | undefined>(page.people, [
    { name: NAMES.admin, role: "admin", since, devices: 1 },
    { name: NAMES.owner, role: "owner", since, devices: 1 },
    { name: NAMES.guest, since, isGuest: true, devices: 1 },
    { name: NAMES.member, since, devices: 1 },
    { name: NAMES.operator, role: "operator", since, devices: 1 },
    { name: NAMES.operator2, role: "operator", since, devices: 1 },
    { name: "otto2", since: since + 5_000, devices: 2 },
  ]);
  const [first] = house.people.member.received.splice(-1);
  assert(!JSON.stringify(first).includes("memory:"), "no address is told");
  await ask(otto, "who", { room: "den" });
  assertEquals(Object.keys(otto.all("who").at(-1)!), ["room", "members", "more", "ref"]);
});

Deno.test("`who` with details is for who is in the room", async () => {
  await using house = await openRoomHouse();
  const { outsider } = house.people;
  assertEquals(await ask(outsider, "who", { room: "den", details: true }), "forbidden");
  assertEquals(outsider.all("who"), []);
});

Deno.test("who has shown an admin's key with one device is an admin, whatever the others have shown", async () => {
  const key = await newKey();
  await using house = openHouse({ access: { admins: KeyList.parse(key.publicKey) } });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "den" });
  const first = await keyPeer(house.hub, "adam", key);
  await ask(first, "token", {});
  const { token } = await first.next("token");
  await ChatPeer.connect(house.hub, "adam", { token, room: "den" });
  const adam = async () => (await who(bob, { room: "den" })).people![0]!;
  assertEquals([(await adam()).role, (await adam()).devices], [undefined, 1]);
  const third = await keyPeer(house.hub, "adam", key);
  await ask(third, "join", { room: "den" });
  assertEquals([(await adam()).role, (await adam()).devices], ["admin", 2]);
});

Deno.test("a device that connects anew is still there, since it first came", async () => {
  await using house = openHouse();
  const connect = { device: "laptop", token: "2".repeat(64) };
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const since = house.clock.now();
  await ChatPeer.connect(house.hub, "ann", { room: "lobby", ...connect });
  house.clock.advance(1_000);
  const again = await ChatPeer.connect(house.hub, "ann", connect);
  const ann = { name: "ann", since, devices: 1 };
  assertEquals((await who(bob, { room: "lobby" })).people![0], ann);
  await ask(again, "join", { room: "lobby" });
  // Before what the older connection held is given up, and after.
  assertEquals((await who(bob, { room: "lobby" })).people![0], ann);
  await house.clock.advanceAsync(5_000);
  assertEquals((await who(bob, { room: "lobby" })).people![0], ann);
});

Deno.test("a page fits into a frame whatever is said about being away, and the pages together are all", async () => {
  await using house = openHouse();
  const texts = ["字".repeat(200), '"\\'.repeat(100), "é".repeat(200), "\u2028".repeat(200), "a"];
  const peers: ChatPeer[] = [];
  for (let at = 0; at < 160; at++) {
    const name = `${String(at).padStart(3, "0")}${"名".repeat(29)}`;
    const peer = await ChatPeer.connect(house.hub, name, { room: "lobby" });
    assertEquals(await ask(peer, "away", { away: true, text: texts[at % 5]! }), undefined);
    peers.push(peer);
  }
  const [asker] = peers;
  const people: RoomMember[] = [];
  let pages = 0;
  let after: string | undefined;
  do {
    const page = await who(asker!, { room: "lobby", ...(after === undefined ? {} : { after }) });
    const bytes = new TextEncoder().encode(JSON.stringify({ type: "who", payload: page })).length;
    assert(bytes < MAX_LIST_BYTES + 512, `${bytes} bytes`);
    assertEquals(page.people!.map(({ name }) => name), page.members);
    people.push(...page.people!);
    pages++;
    after = page.more ? page.members.at(-1) : undefined;
  } while (after !== undefined);
  assert(pages > 1);
  assertEquals(people.length, 160);
  assertEquals(people.map(({ away }) => away?.text), people.map((_, at) => texts[at % 5]!));
  assertEquals((await who(asker!, { room: "lobby", limit: 3 })).people!.length, 3);
});

const holder: fc.Arbitrary<Holder> = fc.record({
  name: fc.constantFrom("ann", "Ann", "bob", "cid"),
  since: fc.nat(1),
});
const keys = fc.uniqueArray(fc.constantFrom("k1", "k2", "k3"));
const muted = fc.record({ holder, keys, until: fc.constantFrom(undefined, 5, 20) }).map(
  ({ holder, keys, until }) => ({ ...holder, keys, ...(until === undefined ? {} : { until }) }),
);
const record: fc.Arbitrary<RoomRecord> = fc.record({
  owner: fc.option(holder, { nil: undefined }),
  operators: fc.array(holder, { maxLength: 3 }),
  muted: fc.array(muted, { maxLength: 3 }),
  secret: fc.constantFrom(undefined, undefined, "YWdl"),
}).map(({ owner, secret, ...lists }) => ({
  ...NO_RECORD,
  ...lists,
  ...(owner === undefined ? {} : { owner }),
  ...(secret === undefined ? {} : { secret }),
}));
const visitor: fc.Arbitrary<Visitor> = fc.record({ holder, keys, isAdmin: fc.boolean() }).map(
  ({ holder, ...rest }) => ({ ...holder, ...rest }),
);

Deno.test("Standings says what is asked of each member alone (I1)", () => {
  fc.assert(fc.property(record, fc.array(visitor, { maxLength: 5 }), (record, visitors) => {
    const rules = new RoomRules("den");
    rules.record = record;
    const standings = new Standings(record, 10);
    for (const visitor of visitors) {
      assertEquals(standings.roleOf(visitor), roleOf(record, visitor));
      let may = true;
      try {
        rules.checkSaying(visitor, false, 10);
      } catch {
        may = false;
      }
      assertEquals(standings.mayWrite(visitor), may);
    }
  }));
});

Deno.test("who asks for details of a thousand members has the lists looked at once", () => {
  let looks = 0;
  const muted = Array.from({ length: 1_000 }, (_, at) => ({
    name: `m${at}`,
    since: 1,
    get keys() {
      looks++;
      return [`k${at}`];
    },
  }));
  const standings = new Standings({ ...NO_RECORD, muted }, 10);
  for (let at = 0; at < 1_000; at++) {
    const visitor = { name: `v${at}`, since: 2, keys: [`k${at + 500}`], isAdmin: false };
    assertEquals(standings.mayWrite(visitor), at >= 500);
  }
  assertEquals(looks, 1_000);
});
