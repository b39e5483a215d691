import { assertEquals } from "@std/assert";
import { Invitations } from "../../chat/invitations.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import { FakeClock } from "../support/fake_clock.ts";

const HOUR_MS = 3_600_000;
const ANN = { name: "Ann", since: 1 };

Deno.test("invitations wait for who is away, are given once, the newest twenty of them", async () => {
  await using registry = memoryRegistry({ clock: new FakeClock() });
  const invitations = new Invitations(registry, HOUR_MS);
  assertEquals(await invitations.take(ANN), []);
  for (let at = 0; at < 25; at++) await invitations.keep(ANN, { room: `r${at}`, by: "bob" });
  await invitations.keep(ANN, { room: "r24", by: "cid" });
  const taken = await invitations.take({ name: "ann", since: 1 });
  assertEquals(taken.length, 20);
  assertEquals([taken[0], taken.at(-1)], [{ room: "r5", by: "bob" }, { room: "r24", by: "cid" }]);
  assertEquals(await invitations.take(ANN), []);
  await invitations.keep(ANN, { room: "den", by: "bob" });
  assertEquals((await invitations.take(ANN)).length, 1);
});

Deno.test("who has the name later is not told of another's invitations", async () => {
  await using registry = memoryRegistry({ clock: new FakeClock() });
  const invitations = new Invitations(registry, HOUR_MS);
  await invitations.keep(ANN, { room: "den", by: "bob" });
  assertEquals(await invitations.take({ name: "ann", since: 2 }), []);
  await invitations.keep(ANN, { room: "den", by: "bob" });
  await invitations.keep({ name: "ann", since: 2 }, { room: "attic", by: "bob" });
  assertEquals(await invitations.take({ name: "ann", since: 2 }), [{ room: "attic", by: "bob" }]);
});

Deno.test("several who invite at once lose none, and what waits too long is gone", async () => {
  const clock = new FakeClock();
  await using registry = memoryRegistry({ clock });
  const invitations = new Invitations(registry, HOUR_MS);
  const rooms = ["a", "b", "c", "d"];
  await Promise.all(rooms.map((room) => invitations.keep(ANN, { room, by: "bob" })));
  assertEquals((await invitations.take(ANN)).map(({ room }) => room).sort(), rooms);
  await invitations.keep(ANN, { room: "den", by: "bob" });
  clock.advance(HOUR_MS);
  assertEquals(await invitations.take(ANN), []);
});
