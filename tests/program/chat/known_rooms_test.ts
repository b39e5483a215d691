import { assertEquals } from "@std/assert";
import { KnownRooms } from "../../../program/chat/known_rooms.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("KnownRooms asks for rooms once in half a minute, and not where nobody would answer", async () => {
  const clock = new FakeClock();
  const known = new KnownRooms(clock);
  let asked = 0;
  let count = 2;
  const client = {
    isOnline: false,
    async *rooms() {
      asked++;
      for (let at = 0; at < count; at++) yield { room: `room-${at}`, count: 1 };
      if (count === 0) throw new Error("the connection was lost");
    },
  };
  assertEquals([await known.names(client), asked], [[], 0]);
  client.isOnline = true;
  assertEquals(await known.names(client), ["room-0", "room-1"]);
  count = 3;
  clock.advance(29_000);
  assertEquals([(await known.names(client)).length, asked], [2, 1]);
  clock.advance(1_000);
  assertEquals((await known.names(client)).length, 3);
  count = 0;
  clock.advance(30_000);
  assertEquals([(await known.names(client)).length, asked], [3, 3]);
  count = 5_000;
  clock.advance(30_000);
  assertEquals((await known.names(client)).length, 1_000);
});
