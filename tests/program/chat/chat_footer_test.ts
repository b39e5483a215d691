import { assertEquals } from "@std/assert";
import { ChatFooter } from "../../../program/chat/chat_footer.ts";
import { RoomList } from "../../../program/chat/room_list.ts";
import { PLAIN } from "../../../terminal/style.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A footer of somebody who is in `lobby` and `ops`, and what it is told of. */
function openFooter() {
  const clock = new FakeClock();
  const rooms = new RoomList<string>();
  for (const room of ["lobby", "ops"]) {
    rooms.joined({ room, count: 3, seq: 0, missed: 0, complete: true });
  }
  const client = {
    isOnline: true,
    awayState: undefined as { since: number } | undefined,
    ping: () => Promise.resolve(23),
  };
  const marks: string[] = [];
  let changes = 0;
  const footer = new ChatFooter({
    ...{ client, rooms, clock, marks: () => marks, style: () => PLAIN, onChange: () => changes++ },
    pendingRows: ({ where, text }) => [`${where}: ${text}`],
  });
  return { clock, rooms, client, marks, footer, changes: () => changes };
}

Deno.test("ChatFooter tells what is pending, how far transfers are, where one is, and the latency", async () => {
  const { footer, rooms, client, marks, clock, changes } = openFooter();
  assertEquals(footer.rows(80), ["1:lobby  3 here  2:ops"]);
  // The first answer.
  await Promise.resolve();
  await Promise.resolve();
  assertEquals(footer.rows(80), ["1:lobby  3 here  2:ops  23 ms"]);
  for (const text of ["a", "b", "c", "d"]) footer.pending.add("lobby", text);
  footer.transfers = "sending 42%";
  rooms.unread("ops", "!", "mention");
  client.awayState = { since: 1 };
  marks.push("focus: bob");
  assertEquals(footer.rows(80), [
    "… 1 more before these",
    "lobby: b",
    "lobby: c",
    "lobby: d",
    "sending 42%",
    "1:lobby  3 here  2:ops(1!)  away  focus: bob  23 ms",
  ]);
  assertEquals(changes(), 6);
  footer[Symbol.dispose]();
  assertEquals(clock.pending, 0);
});

Deno.test("ChatFooter counts the seconds until the next attempt to connect", () => {
  const { footer, client, clock } = openFooter();
  client.isOnline = false;
  assertEquals(footer.rows(80)[0]!.includes("connecting"), true);
  footer.connection({ retryInMs: 2_500 });
  const shown = () => /in (\d+) s/.exec(footer.rows(80)[0]!)?.[1];
  assertEquals(shown(), "3");
  clock.advance(1_000);
  assertEquals(shown(), "2");
  clock.advance(2_000);
  assertEquals([shown(), footer.rows(80)[0]!.includes("connecting")], [undefined, true]);
  client.isOnline = true;
  footer.connection("connected");
  footer[Symbol.dispose]();
  assertEquals(clock.pending, 0);
});
