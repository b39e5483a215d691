import { assert, assertEquals } from "@std/assert";
import { ChatView } from "../../../program/chat/chat_view.ts";
import { Audience } from "../../../program/chat/audience.ts";
import { Bell } from "../../../program/chat/bell.ts";
import { ChatLines } from "../../../program/chat/chat_lines.ts";
import { ChatMemory } from "../../../program/chat/chat_memory.ts";
import { DEFAULT_SETTINGS, type SettingValues } from "../../../program/chat/setting_table.ts";
import { PLAIN } from "../../../terminal/style.ts";
import type { SealedChatEvent } from "../../../client/sealed_chat.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const OPEN = { secrecy: { kind: "open" } } as const;

async function* none(): AsyncGenerator<string, void, void> {}

/** A view of ann's, who was let into the rooms, and what it has printed, told and rung. */
function openView(
  rooms: readonly string[],
  set: Partial<SettingValues> = {},
  who: (room: string) => AsyncGenerator<string, void, void> = none,
) {
  const clock = new FakeClock();
  const memory = new ChatMemory();
  const list = memory.rooms;
  const chosen = { ignored: [] as string[], focus: [] as string[] };
  const audience = new Audience("ann", chosen);
  const seen: [string, number][] = [];
  let settings: SettingValues = { ...DEFAULT_SETTINGS, times: "off", ...set };
  let rung = 0;
  const lines = new ChatLines({
    ...{ name: "ann", memory, clock },
    settings: () => settings,
    style: () => PLAIN,
    columns: () => 80,
  });
  const view = new ChatView({
    client: {
      name: "ann",
      inbox: "@ann",
      seen: (stream, seq) => seen.push([stream, seq]),
      who,
    },
    memory,
    audience,
    settings: () => settings,
    lines,
    bell: new Bell(() => settings.bell, () => rung++, clock),
    initial: { rooms, room: rooms[0] ?? "" },
    clock,
  });
  const show = (event: SealedChatEvent) => view.render(event)?.split("\n") ?? [];
  const joined = (room: string, missed = 0, seq = 0) =>
    show({ type: "joined", payload: { room, count: 2, seq, missed, complete: true } });
  for (const room of rooms) joined(room);
  return {
    ...{ view, lines, clock, list, memory, ...chosen, show, joined },
    turnTo: (room: string) => view.turnTo(room).split("\n"),
    say: (room: string, sender: string, text: string, seq: number, at = clock.now()) =>
      show({ type: "message", payload: { room, sender, text, seq, at, id: `${seq}`, ...OPEN } }),
    write: (from: string, text: string, seq: number) =>
      show({
        type: "private",
        payload: { from, to: "ann", text, seq, at: clock.now(), id: `p${seq}`, ...OPEN },
      }),
    notify: (kind: string, room: string, name: string, message: string) =>
      show({ type: "notification", payload: { kind, room, name, count: 7, message } }),
    set: (changed: Partial<SettingValues>) => {
      settings = { ...settings, ...changed };
      lines.change();
    },
    rung: () => rung,
    /** What was told to be read, once all of it was told. */
    told() {
      clock.advance(10_000);
      return seen.splice(0);
    },
  };
}

Deno.test("ChatView prints what is said in the room that one is in, and counts the rest until one turns there", () => {
  const { say, turnTo, list, told, view, memory } = openView(["lobby", "ops"]);
  told();
  assertEquals(say("lobby", "bob", "hello", 1), ["     bob: hello"]);
  assertEquals(say("ops", "carl", "one", 1), []);
  assertEquals(say("ops", "carl", "two, @ann", 2), []);
  assertEquals([list.find("ops")?.unread, list.find("ops")?.mentions], [2, 1]);
  // What was not shown was not read.
  assertEquals(told(), [["lobby", 1]]);
  assertEquals(turnTo("ops"), [
    "---- ops: 2 unread messages ----",
    "    carl: one",
    "    carl: two, @ann",
  ]);
  assertEquals(told(), [["ops", 2]]);
  assertEquals([view.room, list.find("ops")?.unread], ["ops", 0]);
  assertEquals(turnTo("lobby"), ["---- lobby ----"]);
  assertEquals(memory.roster.names("lobby"), ["bob"]);
});

Deno.test("ChatView prints all rooms where that is set, with their names", () => {
  const { say, set, list } = openView(["lobby", "ops"]);
  set({ rooms: "all" });
  assertEquals(say("ops", "carl", "one", 1), ["[ops] carl: one"]);
  assertEquals(list.find("ops")?.unread, 0);
});

Deno.test("ChatView tells nothing to be read that is behind something unread, whoever said it (I1)", () => {
  const { say, turnTo, told, ignored, set, joined } = openView(["lobby", "ops"]);
  told();
  say("ops", "carl", "one", 1);
  ignored.push("eve");
  say("ops", "eve", "spam", 2);
  joined("ops", 0, 2);
  assertEquals(told(), []);
  turnTo("ops");
  turnTo("lobby");
  assertEquals(told(), [["ops", 1]]);
  say("ops", "eve", "spam", 3);
  assertEquals(told(), [["ops", 3]]);
  say("ops", "carl", "four", 4);
  // From now on all rooms are printed: what waited comes first.
  set({ rooms: "all" });
  assertEquals(say("ops", "carl", "five", 5), ["[ops] carl: four", "[ops] carl: five"]);
  assertEquals(told(), [["ops", 5]]);
});

Deno.test("ChatView keeps one's own messages for where they were said, and nothing that was removed meanwhile", () => {
  const { say, show, turnTo, list } = openView(["lobby", "ops"]);
  say("ops", "ann", "typed there", 1);
  assertEquals(list.find("ops")?.unread, 0);
  assertEquals(turnTo("ops"), ["---- ops ----", "     ann: typed there #1"]);
  turnTo("lobby");
  say("ops", "carl", "a secret", 2);
  const removal = { room: "ops", sender: "carl", text: "", seq: 3, at: 0, id: "3", removes: 2 };
  assertEquals(show({ type: "message", payload: { ...removal, ...OPEN } }), []);
  assertEquals(turnTo("ops"), [
    "---- ops: 1 unread message ----",
    "    carl: (removed by carl)",
  ]);
});

Deno.test("ChatView shows the newest of what was missed elsewhere, and rings for none of it", () => {
  const { say, joined, turnTo, set, rung } = openView(["lobby"], {});
  set({ bell: "all" });
  joined("ops", 0, 0);
  turnTo("lobby");
  joined("ops", 250, 250);
  for (let at = 1; at <= 250; at++) say("ops", "carl", `${at}, ann`, at);
  assertEquals(rung(), 0);
  const shown = turnTo("ops");
  assertEquals(shown.slice(0, 3), [
    "---- ops: 250 unread messages ----",
    "-- the oldest 50 are not shown: /history does",
    "    carl: 51, ann",
  ]);
  assertEquals([shown.length, say("ops", "carl", "live", 251)], [202, ["    carl: live"]]);
});

Deno.test("ChatView turns to a room that was entered later, and to none that is followed again", () => {
  const { view, joined } = openView(["lobby", "tea"]);
  assertEquals(view.room, "lobby");
  assertEquals(joined("ops"), ["-- You are in ops, 1 other is here"]);
  assertEquals(view.room, "ops");
  assertEquals(joined("lobby"), []);
  assertEquals(view.room, "ops");
});

Deno.test("ChatView puts what was missed between lines that say so, and days where they change", () => {
  const { joined, say, clock, told } = openView([]);
  told();
  const today = clock.now();
  const before = today - 3 * 86_400_000;
  assertEquals(joined("lobby", 2, 5), [
    "-- You are in lobby, 1 other is here; you missed 2 messages",
    "---- 2 missed messages ----",
  ]);
  const [day, line, ...none] = say("lobby", "bob", "old", 4, before);
  assert(/^---- \w+day, \d.* \d{4} ----$/.test(day!), day);
  assertEquals([line, none], ["     bob: old", []]);
  const rest = say("lobby", "bob", "new", 5, today);
  assertEquals([rest.length, rest.slice(1)], [3, ["     bob: new", "---- now ----"]]);
  assertEquals(say("lobby", "bob", "live", 6), ["     bob: live"]);
  assertEquals(told(), [["lobby", 6]]);
});

Deno.test("ChatView shows the newest 200 of a long absence, and says how many it passes over", () => {
  const { joined, say } = openView([]);
  assertEquals(joined("lobby", 203, 203).at(-1), "-- the oldest 3 are not shown: /history does");
  const shown = Array.from({ length: 203 }, (_, at) => say("lobby", "bob", `${at}`, at + 1)).flat();
  assertEquals([shown.length, shown[0], shown.at(-1)], [201, "     bob: 3", "---- now ----"]);
});

Deno.test("ChatView leaves out who is ignored, and all but those one has focused on; what is private comes", () => {
  const { say, write, notify, ignored, focus, told, list, joined } = openView(["lobby", "ops"]);
  told();
  ignored.push("Eve");
  assertEquals(say("lobby", "eve", "spam", 1), []);
  assertEquals(say("ops", "eve", "spam", 1), []);
  assertEquals(list.find("ops")?.unread, 0);
  assertEquals(write("eve", "spam", 1), []);
  assertEquals(notify("join", "lobby", "eve", "eve joined lobby"), []);
  // It will not come back as missed.
  assertEquals(told(), [["lobby", 1], ["ops", 1], ["@ann", 1]]);
  focus.push("bob");
  assertEquals(say("lobby", "carl", "much", 2), []);
  assertEquals(say("lobby", "bob", "little", 3), ["     bob: little"]);
  assertEquals(write("carl", "psst", 2), ["[private] carl: psst"]);
  // The last of what was missed is hidden: that it is over is told.
  joined("lobby", 1, 4);
  assertEquals(say("lobby", "carl", "more", 4), ["---- now ----"]);
});

Deno.test("ChatView rings for whom somebody wants to be called, and never for what is missed or one's own", () => {
  const { say, write, set, joined, rung, clock } = openView(["lobby", "ops"]);
  say("lobby", "bob", "ann: come", 1);
  assertEquals(rung(), 0);
  set({ bell: "mentions" });
  say("lobby", "bob", "annual report", 2);
  assertEquals(rung(), 0);
  say("lobby", "bob", "Ann?", 3);
  // Not for each of many.
  say("lobby", "bob", "Ann? Ann?", 4);
  clock.advance(2_000);
  say("ops", "bob", "@ann", 1);
  clock.advance(2_000);
  write("bob", "psst", 1);
  clock.advance(2_000);
  assertEquals(rung(), 3);
  say("lobby", "ann", "ann is me", 5);
  write("ann", "my own", 2);
  joined("lobby", 1, 6);
  say("lobby", "bob", "ann, you were away", 6);
  assertEquals(rung(), 3);
  set({ bell: "all" });
  say("ops", "bob", "anything", 2);
  assertEquals(rung(), 4);
});

Deno.test("ChatView tells who comes and goes where one is, unless that is not wanted; and keeps the count", () => {
  const { notify, set, list, memory } = openView(["lobby", "ops"]);
  assertEquals(notify("join", "lobby", "bob", "bob joined lobby"), ["-- bob joined lobby"]);
  assertEquals([list.find("lobby")?.count, memory.roster.names("lobby")], [7, ["bob"]]);
  assertEquals(notify("join", "ops", "bob", "bob joined ops"), []);
  assertEquals(notify("topic", "ops", "bob", "bob set the topic"), [
    "-- server: bob set the topic",
  ]);
  set({ joins: "off" });
  assertEquals(notify("leave", "lobby", "bob", "bob left lobby"), []);
  assertEquals(memory.roster.names("lobby"), []);
  notify("op", "lobby", "ann", "bob made ann an operator");
  assertEquals(list.find("lobby")?.isModerated, true);
});

Deno.test("ChatView says where one is when a room is left, with what came there meanwhile", () => {
  const { show, say, turnTo, view, told } = openView(["lobby", "ops"]);
  turnTo("ops");
  say("lobby", "bob", "meanwhile", 1);
  told();
  assertEquals(show({ type: "left", payload: { room: "ops" } }), [
    "-- You are no longer in ops; what you type goes to lobby",
    "---- lobby: 1 unread message ----",
    "     bob: meanwhile",
  ]);
  assertEquals([view.room, told()], ["lobby", [["lobby", 1]]]);
});

Deno.test("ChatView remembers who wrote to one alone last, for /r", () => {
  const { write, memory } = openView(["lobby"]);
  assertEquals(memory.writers, []);
  write("bob", "psst", 1);
  write("ann", "to bob", 2);
  write("carl", "psst", 3);
  write("bob", "again", 4);
  assertEquals(memory.writers, ["bob", "carl"]);
});

Deno.test("ChatView tells once that somebody is away, and of oneself only what another device has said", () => {
  const { lines, notify, show } = openView(["lobby"]);
  assertEquals(lines.away("Bob", { text: "lunch\x1b[2J", since: 1 }), "-- Bob is away: lunch␛[2J");
  assertEquals(lines.away("bob", { text: "lunch", since: 1 }), undefined);
  assertEquals(lines.away("bob", { since: 2 }), "-- bob is away");
  assertEquals(notify("away", "lobby", "ann", "ann is away"), []);
  const payload = { kind: "away", name: "ann", message: "You are away" };
  assertEquals(show({ type: "notification", payload }), ["-- server: You are away"]);
});

Deno.test("ChatView tells once that the connection is lost, however often it is tried again", () => {
  const { show } = openView(["lobby"]);
  const lost = (reason: string) =>
    show({ type: "disconnected", payload: { reason, retryInMs: 500 } });
  assertEquals(lost("it hung up"), [
    "-- Disconnected from the server: it hung up. Trying again in 0.5 s",
  ]);
  assertEquals(lost("refused"), []);
  const connected = { name: "ann", message: "", log: "l", seq: 0, missed: 0, complete: true };
  show({ type: "connected", payload: { ...connected, again: true } });
  assertEquals(lost("it hung up again").length, 1);
});

Deno.test("ChatView keeps nothing of who comes and goes where one is not, and prints nothing of it", () => {
  const { notify, memory, set, say } = openView(["lobby"]);
  set({ rooms: "all" });
  for (const kind of ["join", "leave", "resync"]) assertEquals(notify(kind, "den", "eve", "x"), []);
  notify("join", "", "eve", "x");
  assertEquals([memory.roster.names("den"), memory.roster.names("")], [[], []]);
  assertEquals(notify("join", "lobby", "eve", "eve joined lobby").length, 1);
  say("lobby", "bob", "hello", 1);
  assertEquals(memory.roster.names("lobby"), ["bob", "eve"]);
});

Deno.test("ChatView asks once who is in a room, however often the server says that it may be others", () => {
  const asked: string[] = [];
  const { notify, show, joined, view, clock } = openView(["lobby"], {}, (room) => {
    asked.push(room);
    return none();
  });
  for (let count = 0; count < 1_000; count++) {
    notify("resync", "lobby", "", "x");
    notify("resync", `x${count}`, "", "x");
  }
  assertEquals(asked, ["lobby"]);
  // Who comes anew is told anew who is there.
  show({ type: "left", payload: { room: "lobby" } });
  joined("lobby");
  assertEquals(asked, ["lobby", "lobby"]);
  view[Symbol.dispose]();
  assertEquals(clock.pending, 0);
});

Deno.test("ChatView remembers of 1,000 that it told that they are away", () => {
  const { lines } = openView(["lobby"]);
  for (let at = 0; at < 1_001; at++) lines.away(`n${at}`, { since: 1 });
  assertEquals(lines.away("n1000", { since: 1 }), undefined);
  assertEquals(lines.away("n0", { since: 1 }), "-- n0 is away");
});

Deno.test("ChatView says which messages are gone, and which one is not shown, and why", () => {
  const { show } = openView(["lobby"]);
  const gap = { stream: "lobby", after: 4, through: 5 };
  assertEquals(show({ type: "gap", payload: gap }).length, 1);
  assertEquals(show({ type: "gap", payload: { ...gap, refused: '"bob " is nobody\'s name' } }), [
    '-- Message 5 of lobby is not shown: "bob " is nobody\'s name',
  ]);
});
