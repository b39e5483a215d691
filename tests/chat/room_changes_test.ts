import { assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { type Action, type Change, changed, MAX_LISTED } from "../../chat/room_changes.ts";
import { NO_RECORD, type RoomRecord, type Visitor } from "../../chat/room_record.ts";

const OWNER: Visitor = { name: "ann", since: 1, keys: [], isAdmin: false };
const RECORD: RoomRecord = { ...NO_RECORD, owner: { name: "ann", since: 1 } };

function visitor(name: string, since = 5): Visitor {
  return { name, since, keys: [], isAdmin: false };
}

function change(action: Action, more: Partial<Change> = {}): Change {
  return {
    ...{ room: "den", action, by: OWNER, target: visitor("eve") },
    ...{ until: undefined, topic: undefined, present: [], now: 1_000 },
    ...more,
  };
}

/** A record with so many names in a list. */
function full(list: "banned" | "muted" | "invited" | "operators", count: number): RoomRecord {
  const names = Array.from({ length: count }, (_, at) => ({ ...visitor(`n${at}`), keys: [] }));
  return { ...RECORD, [list]: names };
}

Deno.test("lists are bounded, and who is in them already takes no second place", () => {
  for (
    const [action, list, max] of [
      ["ban", "banned", MAX_LISTED],
      ["mute", "muted", MAX_LISTED],
      ["invite", "invited", MAX_LISTED],
      ["op", "operators", 100],
    ] as const
  ) {
    const almost = full(list, max - 1);
    assertEquals(changed(almost, change(action))[list].length, max);
    const record = full(list, max);
    assertEquals(
      assertThrows(() => changed(record, change(action)), ProtocolError).code,
      "list_full",
    );
    assertEquals(changed(record, change(action, { target: visitor("n7") }))[list].length, max);
  }
});

Deno.test("a full list takes the next name when a restriction in it has ended", () => {
  const record = full("banned", MAX_LISTED);
  const banned = record.banned.map((one, at) => at === 3 ? { ...one, until: 999 } : one);
  assertEquals(changed({ ...record, banned }, change("ban")).banned.length, MAX_LISTED);
});

Deno.test("a room that more are in than can be invited is not made private", () => {
  const present = Array.from({ length: MAX_LISTED + 1 }, (_, at) => visitor(`m${at}`));
  const no = () => changed(RECORD, change("private", { target: undefined, present }));
  assertEquals(assertThrows(no, ProtocolError).code, "list_full");
  const most = changed(RECORD, change("private", { target: undefined, present: present.slice(1) }));
  assertEquals(most.invited.length, MAX_LISTED);
});

Deno.test("a name's next holder takes its place in a list, and leaves no other", () => {
  const record = { ...RECORD, invited: [{ name: "Eve", since: 2 }] };
  assertEquals(changed(record, change("invite")).invited, [{ name: "eve", since: 5 }]);
  assertEquals(changed(record, change("uninvite")).invited, []);
  const operators = [{ name: "eve", since: 2 }];
  assertEquals(changed({ ...RECORD, operators }, change("deop")).operators, []);
});

Deno.test("names compare as names do", () => {
  const banned = changed(RECORD, change("ban", { target: visitor("Straße") }));
  assertEquals(changed(banned, change("unban", { target: visitor("STRASSE") })).banned, []);
});
