import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { ModerateRequest } from "../../protocol/chat.ts";
import { memoryLog } from "../../log/memory.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { keyPeer, newKey } from "../support/key_peer.ts";
import {
  ask,
  join,
  moderate,
  NAMES,
  openRoomHouse,
  recordOf,
  type RoomHouse,
  say,
  type Standing,
} from "../support/room_house.ts";

const HOUR_MS = 3_600_000;

type Action = Exclude<ModerateRequest["action"], "delete">;

const ACTIONS: readonly Action[] = [
  ...["kick", "ban", "unban", "mute", "unmute", "invite", "uninvite"] as const,
  ...["op", "deop", "topic", "private", "public"] as const,
];
const NAMELESS: readonly Action[] = ["topic", "private", "public"];
const AGAINST: readonly Action[] = ["kick", "ban", "mute", "uninvite"];
const STANDINGS = Object.keys(NAMES) as Standing[];

/** What somebody is to be answered who does something to somebody. */
function expected(by: Standing, action: Action, target: Standing): string | undefined {
  const isOperator = by === "operator" || by === "operator2";
  if (action === "deop" && isOperator && by === target) return undefined;
  if (!isOperator && by !== "owner" && by !== "admin") return "not_operator";
  // That guests own nothing is known before anything else is asked.
  if (action === "op" || action === "deop") {
    if (isOperator) return "not_owner";
    return action === "deop" && target === "owner" ? "protected_member" : undefined;
  }
  if (!AGAINST.includes(action)) return undefined;
  if (target === "owner") return "protected_member";
  const isTargetOperator = target === "operator" || target === "operator2";
  if (isOperator && (isTargetOperator || target === "admin")) {
    // That somebody is an admin is known of who is there; the room does not know it.
    return isTargetOperator ? "protected_member" : undefined;
  }
  return undefined;
}

for (const action of ACTIONS) {
  Deno.test(`"${action}" is done for who may and nobody else, and a no changes nothing`, async () => {
    for (const by of STANDINGS) {
      for (const target of NAMELESS.includes(action) ? ["member"] as const : STANDINGS) {
        if (action === "op" && target === "guest") continue;
        await using house = await openRoomHouse();
        const { people } = house;
        const before = await recordOf(house);
        const about = NAMELESS.includes(action) ? {} : { name: NAMES[target] };
        const code = await moderate(people[by], action, { ...about, topic: "tea" });
        const what = `${by} ${action} ${target}`;
        assertEquals(code, expected(by, action, target), what);
        if (code === undefined) continue;
        assertEquals(await recordOf(house), before, what);
        for (const one of STANDINGS) assertEquals(people[one].all("left"), [], what);
        const told = people.member.all("notification").filter(({ kind }) => kind === action);
        // The two operators were made before.
        assertEquals(told.length, action === "op" ? 2 : 0, what);
        assertMatch(people[by].all("error").at(-1)!.message, /owner|admins/, what);
      }
    }
  });
}

/** The newest notification of a kind. */
const notice = (peer: ChatPeer, kind: string) =>
  peer.all("notification").filter((one) => one.kind === kind).at(-1);

Deno.test("who joins a room that never was owns it; who comes later, or to one with events, does not", async () => {
  await using house = await openRoomHouse();
  const { owner, member, guest } = house.people;
  assertEquals(owner.all("joined")[0]!.role, "owner");
  assertEquals("role" in member.all("joined")[0]!, false);
  // A guest owns nothing, and neither does who comes after him.
  assertEquals((await join(guest, "attic") as { role?: string }).role, undefined);
  assertEquals((await join(member, "attic") as { role?: string }).role, undefined);
  await house.log.append([{ stream: "old", sender: "x", id: "1", at: 1, body: '{"text":"x"}' }]);
  assertEquals((await join(member, "old") as { role?: string }).role, undefined);
  assertEquals((await join(member, "lobby") as { role?: string }).role, undefined);
  assertEquals(await recordOf(house, "lobby"), undefined);
});

Deno.test("of several who come first at once one owns the room", async () => {
  await using house = await openRoomHouse();
  const { owner, member, operator, outsider } = house.people;
  const joined = await Promise.all(
    [owner, member, operator, outsider].map((one) => join(one, "new")),
  );
  const roles = joined.map((one) => (one as { role?: string }).role);
  assertEquals(roles, ["owner", undefined, undefined, undefined]);
});

Deno.test("a kicked member leaves with all sessions, is told why, and may come again", async () => {
  await using house = await openRoomHouse();
  const { operator, member, owner } = house.people;
  const { token } = await member.next("connect_ack");
  const second = await ChatPeer.connect(house.hub, NAMES.member, { token, room: "den" });
  assertEquals(await moderate(operator, "kick", { name: "MAX", reason: "too loud" }), undefined);
  for (const session of [member, second]) {
    const { room, code, message } = await session.next("left");
    assertEquals([room, code], ["den", "kicked"]);
    assertMatch(message!, /olga .*too loud/);
    assertEquals(await say(session, "hello?"), "forbidden");
  }
  assertMatch(notice(owner, "kick")!.message, /olga removed max from den: too loud/);
  assertEquals(notice(owner, "leave")!.name, "max");
  assertNotEquals(typeof await join(member), "string");
  assertEquals(await say(member, "again"), undefined);
});

Deno.test("a banned member is out until then, by every name of the same key", async () => {
  await using house = await openRoomHouse();
  const { operator } = house.people;
  const key = await newKey();
  const eve = await keyPeer(house.hub, "eve", key, { connect: { room: "den" } });
  await eve.next("joined");
  const until = house.clock.now() + HOUR_MS;
  assertEquals(await moderate(operator, "ban", { name: "eve", forMs: HOUR_MS }), undefined);
  assertEquals(operator.all("moderated").at(-1)!.until, until);
  assertEquals((await eve.next("left")).code, "banned");
  assertEquals(await join(eve), "banned");
  assertEquals(eve.all("error").at(-1)!.until, until);
  const again = await keyPeer(house.hub, "eve", key);
  assertEquals(await join(again), "banned");
  const other = await keyPeer(house.hub, "mallory", key);
  assertEquals(await join(other), "banned");
  assertEquals(await moderate(operator, "unban", { name: "eve" }), undefined);
  assertNotEquals(typeof await join(other), "string");
  assertEquals(await moderate(operator, "ban", { name: "eve", forMs: HOUR_MS }), undefined);
  assertEquals((await other.next("left")).code, "banned");
  await house.clock.advance(HOUR_MS);
});

Deno.test("a ban ends by itself, and one without a time does not", async () => {
  await using house = await openRoomHouse({ limits: { idleTimeoutMs: 1e12, pingAfterMs: 1e12 } });
  const { owner, member, guest } = house.people;
  await moderate(owner, "ban", { name: "max", forMs: 10_000 });
  await moderate(owner, "ban", { name: "guest-gus" });
  house.clock.advance(9_999);
  assertEquals(await join(member), "banned");
  house.clock.advance(1);
  assertNotEquals(typeof await join(member), "string");
  assertEquals(await join(guest), "banned");
  assertEquals("until" in guest.all("error").at(-1)!, false);
  const { banned } = await recordOf(house) as { banned: { name: string }[] };
  assertEquals(banned.map(({ name }) => name), ["max", "guest-gus"]);
  // What has ended goes when something else is changed.
  await moderate(owner, "ban", { name: "otto" });
  const { banned: left } = await recordOf(house) as { banned: { name: string }[] };
  assertEquals(left.map(({ name }) => name), ["guest-gus", "otto"]);
});

Deno.test("who is muted reads and says nothing until then", async () => {
  await using house = await openRoomHouse();
  const { operator, member, owner } = house.people;
  assertEquals(await moderate(operator, "mute", { name: "max", forMs: 5_000 }), undefined);
  assertMatch(notice(member, "mute")!.message, /olga muted max in den until/);
  assertEquals(await say(member, "psst"), "muted");
  assertEquals(member.all("error").at(-1)!.until, house.clock.now() + 5_000);
  assertEquals(await say(owner, "well"), undefined);
  await member.until(() => member.texts("den").includes("well"));
  house.clock.advance(5_000);
  assertEquals(await say(member, "thanks"), undefined);
  await moderate(operator, "mute", { name: "max" });
  assertEquals(await say(member, "oh"), "muted");
  await moderate(operator, "unmute", { name: "max" });
  assertEquals(await say(member, "ah"), undefined);
});

Deno.test("a private room keeps who is in, lets in who is invited, and is told to nobody else", async () => {
  await using house = await openRoomHouse();
  const { owner, member, outsider, admin } = house.people;
  assertEquals(await moderate(owner, "private"), undefined);
  assertEquals(member.all("left"), []);
  assertEquals(await join(outsider), "invite_only");
  assertEquals(await ask(outsider, "room", { room: "den" }), "invite_only");
  assertEquals(await ask(outsider, "rooms", {}), undefined);
  assertEquals(outsider.all("rooms").at(-1)!.rooms, []);
  await ask(member, "rooms", {});
  assertEquals(member.all("rooms").at(-1)!.rooms.map(({ room }) => room), ["den"]);
  for (const type of ["history", "who"] as const) {
    assertEquals(await ask(outsider, type, { room: "den", stream: "den" }), "forbidden");
  }
  assertEquals(await ask(outsider, "search", { query: "x", room: "den" }), "forbidden");
  assertEquals(await say(outsider, "let me in"), "forbidden");
  // Who was in when it became private may come back.
  await member.ask("leave", { room: "den" });
  assertNotEquals(typeof await join(member), "string");
  assertEquals(await moderate(owner, "invite", { name: "otto" }), undefined);
  assertMatch(notice(outsider, "invite")!.message, /ann invites you to den/);
  assertEquals((await join(outsider) as { isPrivate?: boolean }).isPrivate, true);
  await outsider.ask("leave", { room: "den" });
  assertEquals(await moderate(owner, "uninvite", { name: "otto" }), undefined);
  assertEquals(await join(outsider), "invite_only");
  await admin.ask("leave", { room: "den" });
  assertNotEquals(typeof await join(admin), "string");
  assertEquals(await moderate(owner, "public"), undefined);
  assertNotEquals(typeof await join(outsider), "string");
});

Deno.test("an invitation waits for who is away, and a ban takes it back", async () => {
  await using house = await openRoomHouse();
  const { owner, outsider } = house.people;
  const { token } = await outsider.next("connect_ack");
  await outsider.ask("quit", {});
  await moderate(owner, "private");
  await moderate(owner, "invite", { name: "otto" });
  const again = await ChatPeer.connect(house.hub, "otto", { token, room: "den" });
  assertEquals(again.all("error"), []);
  assertEquals((await again.next("notification")).message, "ann invites you to den: join it");
  // It is told once.
  const other = await ChatPeer.connect(house.hub, "otto", { token, room: "den" });
  await ask(other, "who", { room: "den" });
  assertEquals(notice(other, "invite"), undefined);
  await moderate(owner, "ban", { name: "otto" });
  await moderate(owner, "unban", { name: "otto" });
  assertEquals(await join(again), "invite_only");
});

Deno.test("the topic is told to who is there and to who comes", async () => {
  await using house = await openRoomHouse();
  const { operator, member, outsider } = house.people;
  assertEquals(await moderate(operator, "topic", { topic: "green tea" }), undefined);
  const { topic, message } = notice(member, "topic")!;
  assertEquals([topic, message], ["green tea", "olga set the topic of den: green tea"]);
  assertEquals((await join(outsider) as { topic?: string }).topic, "green tea");
  assertEquals(await moderate(operator, "topic", { topic: "two\nlines" }), "invalid_text");
  assertEquals(await moderate(operator, "topic", { topic: "\u001b[2J" }), "invalid_text");
  assertEquals(await moderate(operator, "topic"), undefined);
  assertEquals("topic" in notice(member, "topic")!, false);
});

Deno.test("operators are made and unmade by the owner, and one may step down", async () => {
  await using house = await openRoomHouse();
  const { owner, operator, operator2, member, guest } = house.people;
  assertEquals(await moderate(owner, "op", { name: "guest-gus" }), "guests_own_nothing");
  assertEquals(await moderate(owner, "op", { name: "max" }), undefined);
  assertEquals(await moderate(member, "topic", { topic: "mine" }), undefined);
  assertEquals(await moderate(owner, "deop", { name: "max" }), undefined);
  assertEquals(await moderate(member, "topic", { topic: "mine" }), "not_operator");
  assertEquals(await moderate(operator2, "deop", { name: "oscar" }), undefined);
  assertEquals(await moderate(operator2, "mute", { name: "max" }), "not_operator");
  assertEquals(await moderate(operator, "mute", { name: "oscar" }), undefined);
  assertEquals(guest.all("error"), []);
});

Deno.test("whoever has an operator's, an owner's or an invited name later inherits nothing", async () => {
  await using house = await openRoomHouse({ limits: { nameLeaseMs: 60_000 } });
  const { owner, people } = { ...house.people, people: house.people };
  await moderate(owner, "private");
  await moderate(owner, "invite", { name: "otto" });
  const invited = house.people.outsider;
  for (const peer of Object.values(people)) peer.member.abort("gone");
  await invited.ended;
  house.clock.advance(60_000);
  for (const name of ["ann", "olga", "otto"]) {
    const thief = await ChatPeer.connect(house.hub, name);
    assertEquals((await thief.next("connect_ack")).resumed, false);
    assertEquals(await join(thief), "invite_only", name);
    assertEquals(await moderate(thief, "public"), "not_operator", name);
  }
});

Deno.test("an unused room's record is kept for the lease, a private or secret one's for ever", async () => {
  const limits = { nameLeaseMs: 600_000, idleTimeoutMs: 1e12, pingAfterMs: 1e12 };
  await using house = await openRoomHouse({ limits });
  const { owner, outsider } = house.people;
  await ask(owner, "create", { room: "open" });
  await ask(owner, "create", { room: "closed", private: true });
  await ask(owner, "create", { room: "sealed", secret: "YWdl" });
  await join(outsider);
  // While somebody is in it a room is used.
  for (let minute = 0; minute < 11; minute++) await house.clock.advance(60_000);
  assertEquals(await recordOf(house, "open"), undefined);
  assert(await recordOf(house, "den") !== undefined);
  assert(await recordOf(house, "closed") !== undefined);
  assert(await recordOf(house, "sealed") !== undefined);
  assertEquals(await join(outsider, "closed"), "invite_only");
});

Deno.test("two operators who change a room at once both have their way", async () => {
  await using house = await openRoomHouse();
  const { operator, operator2, owner } = house.people;
  const names = Array.from({ length: 20 }, (_, at) => `n${at}`);
  for (const name of names) await ChatPeer.connect(house.hub, name);
  await Promise.all(
    names.map((name, at) => moderate([operator, operator2, owner][at % 3]!, "mute", { name })),
  );
  const { muted } = await recordOf(house) as { muted: { name: string }[] };
  assertEquals(muted.map(({ name }) => name).sort(), names.sort());
});

Deno.test("who is made an operator no more, or is removed, is out of it at once, whatever is under way", async () => {
  await using house = await openRoomHouse();
  const { operator, owner } = house.people;
  const [, code] = await Promise.all([
    moderate(owner, "deop", { name: "olga" }),
    moderate(operator, "ban", { name: "max" }),
  ]);
  // One of the two was first; what came after it was judged by what it left.
  const { banned } = await recordOf(house) as { banned: unknown[] };
  assertEquals(banned.length, code === undefined ? 1 : 0);
  assertEquals(await moderate(operator, "ban", { name: "otto" }), "not_operator");
});

Deno.test("a join that is under way when the ban comes does not get in", async () => {
  await using house = await openRoomHouse();
  const { owner, outsider } = house.people;
  const [joined] = await Promise.all([
    join(outsider),
    moderate(owner, "ban", { name: "otto" }),
  ]);
  await outsider.until(() => typeof joined === "string" || outsider.all("left").length > 0);
  assertEquals(await say(outsider, "in?"), "forbidden");
  await ask(owner, "who", { room: "den" });
  assertEquals(owner.all("who").at(-1)!.members.includes("otto"), false);
});

Deno.test("a join that was let in, and waits for the log when the ban comes, does not get in", async () => {
  const log = memoryLog({ clock: new FakeClock() });
  const state = log.state.bind(log);
  const [asked, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using house = await openRoomHouse({ log });
  const { owner, outsider } = house.people;
  log.state = async (stream, after) => {
    asked.resolve();
    await open.promise;
    return await state(stream, after);
  };
  const joining = join(outsider);
  await asked.promise;
  assertEquals(await moderate(owner, "ban", { name: "otto" }), undefined);
  open.resolve();
  assertEquals(await joining, "banned");
  assertEquals(outsider.all("joined"), []);
});

Deno.test("what is read while the ban comes is not given any more", async () => {
  const log = memoryLog({ clock: new FakeClock() });
  await using house = await openRoomHouse({ log });
  const { owner, member } = house.people;
  await say(owner, "the recipe");
  const asks = {
    read: () => ask(member, "history", { stream: "den" }),
    search: () => ask(member, "search", { query: "recipe" }),
    state: () => join(member),
  };
  for (const [method, asking] of Object.entries(asks)) {
    assertEquals(typeof await join(member), "object");
    const [asked, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const name = method as keyof typeof asks;
    const real = log[name].bind(log) as (...args: unknown[]) => Promise<never>;
    Object.assign(log, {
      [name]: async (...args: unknown[]) => {
        const answer = await real(...args);
        asked.resolve();
        await open.promise;
        return answer;
      },
    });
    const answer = asking();
    await asked.promise;
    await moderate(owner, "ban", { name: "max" });
    open.resolve();
    const code = await answer;
    Object.assign(log, { [name]: real });
    assertEquals(code, name === "read" ? "forbidden" : name === "state" ? "banned" : undefined);
    await moderate(owner, "unban", { name: "max" });
  }
  assertEquals(member.all("history"), []);
  assertEquals(member.all("search").at(-1)!.messages, []);
});

Deno.test("another server's change of the record holds here as well", async () => {
  await using house = await openRoomHouse();
  const { member, owner } = house.people;
  const known = (await house.registry.get("room/den"))!;
  const record = JSON.parse(known.value);
  const put = async (more: object, revision: number) =>
    (await house.registry.put("room/den", JSON.stringify({ ...record, ...more }), revision)) as {
      revision: number;
    };
  const since = (record.owner as { since: number }).since;
  const { revision } = await put({
    banned: [{ name: "max", since, keys: [] }],
    muted: [{ name: "guest-gus", since, keys: [] }],
  }, known.revision);
  assertEquals((await member.next("left")).code, "banned");
  assertEquals(await say(house.people.guest, "x"), "muted");
  await put({}, revision);
  await owner.until(() => true);
  assertNotEquals(typeof await join(member), "string");
});

Deno.test("lists are told to who may moderate, page by page, and to nobody else", async () => {
  await using house = await openRoomHouse();
  const { owner, member } = house.people;
  const names = Array.from({ length: 25 }, (_, at) => `n${String(at).padStart(2, "0")}`);
  for (const name of names) {
    await ChatPeer.connect(house.hub, name);
    await moderate(owner, "ban", { name });
    await moderate(owner, "mute", { name, forMs: 10_000 });
  }
  await moderate(owner, "invite", { name: "otto" });
  assertEquals(await ask(member, "room", { room: "den" }), undefined);
  assertEquals(member.all("room").at(-1)!, {
    ...{
      room: "den",
      owner: "ann",
      operators: ["olga", "oscar"],
      isPrivate: false,
      isSecret: false,
    },
    ...{ more: false, ref: member.all("room").at(-1)!.ref! },
  });
  const [banned, muted, invited]: string[][] = [[], [], []];
  for (let after: string | undefined, more = true; more;) {
    await ask(owner, "room", { room: "den", limit: 7, ...(after === undefined ? {} : { after }) });
    const page = owner.all("room").at(-1)!;
    assertEquals(page.role, "owner");
    banned!.push(...page.banned!.map(({ name }) => name));
    muted!.push(...page.muted!.map(({ name }) => name));
    invited!.push(...page.invited!);
    after = [
      page.banned!.at(-1)?.name ?? "",
      page.muted!.at(-1)?.name ?? "",
      page.invited!.at(-1) ?? "",
    ]
      .sort().at(-1)!;
    more = page.more;
  }
  assertEquals([banned, muted, invited], [names, names, ["otto"]]);
});

Deno.test("what names nobody, or lacks what it needs, is told so", async () => {
  await using house: RoomHouse = await openRoomHouse();
  const { owner } = house.people;
  assertEquals(await moderate(owner, "ban"), "invalid_message");
  assertEquals(await moderate(owner, "ban", { name: "nobody" }), "unknown_name");
  assertEquals(await moderate(owner, "ban", { name: "no/name" }), "invalid_name");
  assertEquals(await moderate(owner, "unban", { name: "nobody" }), undefined);
  assertEquals(await moderate(owner, "delete"), "invalid_message");
  assertEquals(await ask(owner, "moderate", { room: "a b", action: "public" }), "invalid_room");
  assertEquals(await ask(owner, "moderate", { room: "lobby", action: "public" }), "not_operator");
  assertMatch(owner.all("error").at(-1)!.message, /belongs to nobody/);
  assertEquals(await moderate(owner, "kick", { name: "otto" }), undefined);
});
