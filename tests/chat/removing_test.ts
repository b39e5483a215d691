import { assert, assertEquals, assertMatch } from "@std/assert";
import { memoryLog } from "../../log/memory.ts";
import type { EventLog } from "../../log/event_log.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { FakeClock } from "../support/fake_clock.ts";
import {
  ask,
  join,
  moderate,
  NAMES,
  openRoomHouse,
  type RoomHouse,
  say,
  type Standing,
} from "../support/room_house.ts";

/** Says something, and gives its number. */
async function said(house: RoomHouse, by: Standing, text = "the recipe"): Promise<number> {
  await say(house.people[by], text);
  return house.people[by].all("ack").at(-1)!.seq;
}

/** What a peer got of one event. */
const got = (peer: ChatPeer, seq: number) => peer.all("message").find((one) => one.seq === seq);

const WHO: Readonly<Record<Exclude<Standing, "outsider">, Partial<Record<Standing, string>>>> = {
  owner: {},
  operator: { owner: "protected_member", operator2: "protected_member" },
  operator2: { owner: "protected_member", operator: "protected_member" },
  admin: { owner: "protected_member" },
  member: {
    ...{ owner: "not_operator", operator: "not_operator", operator2: "not_operator" },
    ...{ admin: "not_operator", guest: "not_operator" },
  },
  guest: {
    ...{ owner: "not_operator", operator: "not_operator", operator2: "not_operator" },
    ...{ admin: "not_operator", member: "not_operator" },
  },
};

Deno.test("messages are removed by their authors and by who may moderate, by nobody else", async () => {
  await using house = await openRoomHouse();
  for (const [by, refused] of Object.entries(WHO) as [Standing, Record<string, string>][]) {
    for (const author of Object.keys(WHO) as Standing[]) {
      const seq = await said(house, author);
      const code = await moderate(house.people[by], "delete", { seq });
      assertEquals(code, refused[author], `${by} deletes of ${author}`);
      const { events: [event] } = await house.log.read("den", {
        after: seq - 1,
        limit: 1,
        maxBytes: 1,
      });
      assertEquals(event!.body.includes("recipe"), code !== undefined, `${by} of ${author}`);
    }
  }
  const seq = await said(house, "member");
  assertEquals(await moderate(house.people.outsider, "delete", { seq }), "not_operator");
});

Deno.test("what was removed is told live, and is empty in history, to those who were behind, and for a new member", async () => {
  await using house = await openRoomHouse();
  const { owner, member, outsider } = house.people;
  const before = await said(house, "member", "before");
  const seq = await said(house, "member");
  const after = await said(house, "member", "after");
  await owner.until(() => got(owner, after) !== undefined);
  assertEquals(await moderate(owner, "delete", { seq }), undefined);
  assertEquals(owner.all("moderated").at(-1)!.seq, seq);
  const at = house.clock.now();
  const notice = { room: "den", sender: "ann", text: "", removes: seq, seq: after + 1, at };
  for (const peer of [owner, member]) {
    await peer.until(() => got(peer, after + 1) !== undefined);
    const { id: _, ...told } = got(peer, after + 1)!;
    assertEquals(told, notice);
  }
  await ask(member, "history", { stream: "den" });
  const { messages } = member.all("history").at(-1)!;
  assertEquals(messages.map((one) => [one.seq, one.text]), [
    ...[[before, "before"], [seq, ""], [after, "after"], [after + 1, ""]],
  ]);
  assertEquals((messages[1] as { removed?: unknown }).removed, { by: "ann", at });
  await ask(outsider, "join", { room: "den", since: 0 });
  await outsider.until(() => got(outsider, after + 1) !== undefined);
  assertEquals([got(outsider, seq)!.text, got(outsider, seq)!.removed?.by], ["", "ann"]);
  assertEquals(outsider.received.some((one) => JSON.stringify(one).includes("recipe")), false);
  await ask(member, "search", { query: "recipe" });
  assertEquals(member.all("search").at(-1)!.messages, []);
});

Deno.test("a message is removed once, and nothing that is none can be", async () => {
  await using house = await openRoomHouse();
  const { owner, member } = house.people;
  const seq = await said(house, "member");
  assertEquals(await moderate(member, "delete", { seq: seq + 1 }), "unknown_event");
  assertEquals(await moderate(member, "delete", { seq: 0 }), "unknown_event");
  assertEquals(await moderate(member, "delete", { seq: 2 ** 50 }), "unknown_event");
  const both = await Promise.all([
    moderate(member, "delete", { seq }),
    moderate(owner, "delete", { seq }),
  ]);
  assertEquals(both, [undefined, undefined]);
  assertEquals(await moderate(owner, "delete", { seq }), undefined);
  const { last } = await house.log.state("den");
  assertEquals(last, seq + 1);
  // What says that something was removed stays.
  assertEquals(await moderate(owner, "delete", { seq: seq + 1 }), "unknown_event");
});

Deno.test("a repeat of a removed message is acknowledged, and does not bring it back", async () => {
  await using house = await openRoomHouse();
  const { member } = house.people;
  const request = { room: "den", text: "the recipe", id: "m-1" };
  await member.ask("message", request);
  const { seq } = await member.next("ack");
  await moderate(member, "delete", { seq });
  await member.ask("message", request);
  const again = await member.next("ack", 2);
  assertEquals([again.seq, again.duplicate], [seq, true]);
  const { events } = await house.log.read("den", { after: 0, limit: 10, maxBytes: 10_000 });
  assertEquals(events.some(({ body }) => body.includes("recipe")), false);
});

Deno.test("who has a name later removes nothing that was said under it before", async () => {
  await using house = await openRoomHouse({ limits: { nameLeaseMs: 60_000 } });
  const { member, owner } = house.people;
  const seq = await said(house, "member");
  member.member.abort("gone");
  for (let at = 0; at < 70; at++) {
    house.clock.advance(1_000);
    await owner.ask("pong", { t: 1 });
  }
  const thief = await ChatPeer.connect(house.hub, NAMES.member, { room: "den" });
  assertEquals((await thief.next("connect_ack")).resumed, false);
  assertEquals(await moderate(thief, "delete", { seq }), "not_operator");
});

Deno.test("who is banned removes nothing any more", async () => {
  await using house = await openRoomHouse();
  const seq = await said(house, "member");
  await moderate(house.people.owner, "ban", { name: NAMES.member });
  assertEquals(await moderate(house.people.member, "delete", { seq }), "banned");
});

Deno.test("who takes nothing while a message is removed gets it empty then (Feed I4)", async () => {
  await using house = await openRoomHouse();
  const { owner, member, guest } = house.people;
  guest.stall();
  // What is being written when it stalls is on its way; what comes after is taken later.
  await said(house, "member", "on its way");
  const seq = await said(house, "member");
  const last = await said(house, "member", "after");
  await owner.until(() => got(owner, last) !== undefined);
  await moderate(member, "delete", { seq });
  await owner.until(() => got(owner, last + 1) !== undefined);
  guest.resume();
  await guest.until(() => got(guest, last + 1) !== undefined);
  assertEquals(guest.texts("den").slice(-4), ["on its way", "", "after", ""]);
  assertEquals(got(guest, seq)!.removed?.by, NAMES.member);
});

Deno.test("a page of the log that was read before the removal is read again (Pages I3)", async () => {
  const clock = new FakeClock();
  const { log, hold } = heldReads(memoryLog({ clock }));
  await using house = await openRoomHouse({ log });
  const { owner, outsider } = house.people;
  const seq = await said(house, "owner");
  // A feed of one message's size, so that who joins from the beginning needs the log.
  for (let at = 0; at < 50; at++) await said(house, "owner", "x".repeat(16_000));
  for (let at = 0; at < 50; at++) await said(house, "owner", "y".repeat(16_000));
  const release = hold();
  await ask(outsider, "join", { room: "den", since: 0 });
  await release.asked;
  await log.redact({
    ...{ stream: "den", seq, body: '{"text":"","removed":{"by":"ann","at":1}}' },
    notice: { sender: "ann", id: "n1", at: 1, body: `{"text":"","removes":${seq}}` },
  });
  release();
  await outsider.until(() => outsider.all("message").some((one) => one.removes === seq));
  assertEquals(outsider.texts("den")[0], "");
  assertEquals(outsider.received.some((one) => JSON.stringify(one).includes("recipe")), false);
  assert(owner.texts("den").includes("the recipe"));
});

Deno.test("a page that waits for a slow member is not given any more (Pages I3)", async () => {
  const { log, hold } = heldReads(memoryLog({ clock: new FakeClock() }));
  await using house = await openRoomHouse({ log });
  const { outsider, owner } = house.people;
  await join(outsider, "lobby");
  await join(owner, "lobby");
  const seq = await said(house, "owner");
  for (let at = 0; at < 100; at++) await said(house, "owner", "x".repeat(16_000));
  const release = hold();
  await ask(outsider, "join", { room: "den", since: 0 });
  await release.asked;
  // Its connection takes nothing while the page comes.
  outsider.stall();
  await say(owner, "stop", "lobby");
  const { writes } = outsider;
  release();
  await house.log.state("den");
  await house.log.state("den");
  assertEquals(outsider.writes, writes);
  await moderate(owner, "delete", { seq });
  outsider.resume();
  await outsider.until(() => outsider.all("message").some((one) => one.removes === seq));
  assertEquals(outsider.texts("den")[0], "");
});

Deno.test("the files of a removed message go, if its author brought them", async () => {
  const [own, others, broken] = ["1", "2", "3"].map((digit) => digit.repeat(32)) as [
    string,
    string,
    string,
  ];
  const owners = new Map([[own, "max"], [others, "ann"]]);
  const asked: string[] = [];
  const file = { name: "plan.pdf", size: 1, type: "application/pdf", sha256: "0".repeat(64) };
  await using house = await openRoomHouse({
    files: {
      find: (id) => Promise.resolve({ id, ...file }),
      remove: (owner, id) => {
        asked.push(`${owner} ${id}`);
        if (id === broken) return Promise.reject(new Error("disk"));
        return Promise.resolve(owners.get(id) === owner && owners.delete(id));
      },
    },
  });
  const { member, operator } = house.people;
  const files = [broken, own, others].map((id) => ({ id }));
  await ask(member, "message", { room: "den", text: "", files, id: "with-files" });
  const { seq } = member.all("ack").at(-1)!;
  assertEquals(await moderate(operator, "delete", { seq }), undefined);
  assertEquals(asked, [broken, own, others].map((id) => `max ${id}`));
  assertEquals([...owners.keys()], [others]);
  // Nothing is left to remove.
  assertEquals(await moderate(operator, "delete", { seq }), undefined);
  assertEquals(asked.length, 3);
});

Deno.test("where the disk takes nothing, nothing is removed, and that is told", async () => {
  const clock = new FakeClock();
  const inner = memoryLog({ clock });
  let isFull = false;
  const log: EventLog = Object.assign(Object.create(inner), bound(inner), {
    redact: (redaction: Parameters<EventLog["redact"]>[0]) =>
      isFull ? Promise.reject(new Error("disk is full")) : inner.redact(redaction),
  });
  await using house = await openRoomHouse({ log });
  const seq = await said(house, "member");
  isFull = true;
  assertEquals(await moderate(house.people.member, "delete", { seq }), "storage_failed");
  assertMatch(house.people.member.all("error").at(-1)!.message, /could not remove the message/);
  assertEquals((await house.log.state("den")).last, seq);
  isFull = false;
  assertEquals(await moderate(house.people.member, "delete", { seq }), undefined);
  assertEquals(typeof await join(house.people.outsider), "object");
});

/** A log's methods, so that an object that inherits from it can be called. */
function bound(inner: EventLog) {
  return {
    append: inner.append.bind(inner),
    read: inner.read.bind(inner),
    state: inner.state.bind(inner),
    search: inner.search.bind(inner),
    tail: inner.tail.bind(inner),
    close: inner.close.bind(inner),
  };
}

/** A log whose next read, once it is held, has read and does not answer before it is released. */
function heldReads(inner: EventLog) {
  let gate: { readonly asked: () => void; readonly open: Promise<void> } | undefined;
  const read = inner.read.bind(inner);
  const log: EventLog = Object.assign(inner, {
    read: async (stream: string, options: Parameters<EventLog["read"]>[1]) => {
      const page = await read(stream, options);
      const held = gate;
      gate = undefined;
      held?.asked();
      await held?.open;
      return page;
    },
  });
  const hold = () => {
    const asked = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    gate = { asked: asked.resolve, open: open.promise };
    return Object.assign(() => open.resolve(), { asked: asked.promise });
  };
  return { log, hold };
}
