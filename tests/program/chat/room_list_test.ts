import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { RoomList } from "../../../program/chat/room_list.ts";

const joined = (room: string, count = 1) => ({ room, count, seq: 0, missed: 0, complete: true });

Deno.test("RoomList numbers rooms in the order in which they were entered, and keeps one's place", () => {
  const rooms = new RoomList<string>();
  assert(rooms.joined(joined("lobby", 3)));
  assert(rooms.joined(joined("ops")));
  assertEquals([rooms.current?.name, rooms.find(2)?.name, rooms.numberOf("ops")], [
    "lobby",
    "ops",
    2,
  ]);
  rooms.turnTo("ops");
  // Followed again after a lost connection, it is no reason to turn there.
  assertEquals(rooms.joined({ ...joined("lobby", 5), role: "owner" }), false);
  assertEquals([rooms.current?.name, rooms.previous?.name], ["ops", "lobby"]);
  assertEquals([rooms.find("lobby")?.count, rooms.find("lobby")?.isModerated], [5, true]);
  rooms.update("lobby", { count: 4, isModerated: false });
  assertEquals([rooms.find(1)?.count, rooms.find(1)?.isModerated], [4, false]);
  rooms.unread("lobby", "said meanwhile", "message");
  assertEquals(rooms.left("ops"), { count: 1, dropped: 0, kept: ["said meanwhile"] });
  assertEquals([rooms.current?.name, rooms.previous], ["lobby", undefined]);
  rooms.left("lobby");
  assertEquals([rooms.current, rooms.find(1), rooms.numberOf("lobby")], [undefined, undefined, 0]);
});

Deno.test("RoomList counts what is unread elsewhere, and keeps the newest of it (I2, I3)", () => {
  const rooms = new RoomList<number>();
  rooms.joined(joined("lobby"));
  rooms.joined(joined("ops"));
  rooms.unread("lobby", -1, "message");
  for (let at = 0; at < 250; at++) rooms.unread("ops", at, at % 100 === 0 ? "mention" : "message");
  assertEquals([rooms.find(1)?.unread, rooms.find(2)?.unread, rooms.find(2)?.mentions], [
    0,
    250,
    3,
  ]);
  rooms.unread("ops", 250, "own");
  rooms.revise("ops", (at) => at === 100 ? -100 : at);
  assertEquals([rooms.hasUnread("ops"), rooms.hasUnread("lobby")], [true, false]);
  const { count, dropped, kept } = rooms.turnTo("ops");
  assertEquals([count, dropped, kept.length, kept[0], kept.at(-1)], [250, 51, 200, 51, 250]);
  assertEquals(kept.includes(-100), true);
  assertEquals(rooms.turnTo("ops"), { count: 0, dropped: 0, kept: [] });
  assertEquals(rooms.turnTo("nowhere"), { count: 0, dropped: 0, kept: [] });
  assertEquals(rooms.current?.name, "ops");
});

Deno.test("RoomList has a current room wherever there is any, and nothing unread in it (I1, I2)", () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const step = fc.tuple(fc.constantFrom("joined", "left", "turnTo", "unread"), name);
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const rooms = new RoomList<string>();
    for (const [what, name] of steps) {
      if (what === "joined") rooms.joined(joined(name));
      else if (what === "left") rooms.left(name);
      else if (what === "turnTo") rooms.turnTo(name);
      else rooms.unread(name, name, "mention");
      assertEquals(rooms.current === undefined, rooms.all.length === 0);
      assertEquals(rooms.current?.unread ?? 0, 0);
      for (const room of [rooms.current, rooms.previous]) {
        assert(room === undefined || rooms.all.includes(room));
      }
    }
  }));
});

Deno.test("RoomList keeps one's own messages among the others, uncounted, and says what it has dropped", () => {
  const rooms = new RoomList<string>();
  rooms.joined(joined("lobby"));
  rooms.joined(joined("ops"));
  rooms.unread("ops", "theirs", "message");
  for (let at = 0; at < 200; at++) rooms.unread("ops", `own ${at}`, "own");
  assertEquals(rooms.find("ops")?.unread, 1);
  const { count, dropped, kept } = rooms.take("ops");
  assertEquals([count, dropped, kept.length, kept[0]], [1, 1, 200, "own 0"]);
  assertEquals([rooms.current?.name, rooms.hasUnread("ops")], ["lobby", false]);
});

Deno.test("RoomList leads from unread room to unread room, first to where one is spoken of", () => {
  const rooms = new RoomList<string>();
  for (const name of ["a", "b", "c", "d"]) rooms.joined(joined(name));
  assertEquals(rooms.nextUnread, undefined);
  rooms.turnTo("b");
  for (const name of ["a", "c"]) rooms.unread(name, "text", "message");
  assertEquals(rooms.nextUnread?.name, "c");
  rooms.unread("d", "text", "mention");
  assertEquals(rooms.nextUnread?.name, "d");
  rooms.turnTo("d");
  assertEquals(rooms.nextUnread?.name, "a");
});
