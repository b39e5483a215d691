import { assertEquals } from "@std/assert";
import { Roster } from "../../../program/chat/roster.ts";
import { RosterFilling } from "../../../program/chat/roster_filling.ts";
import { FakeClock, turn } from "../../support/fake_clock.ts";

/** Questions that are answered when the test says so. */
function openFilling() {
  const clock = new FakeClock();
  const roster = new Roster();
  const asked: { readonly room: string; readonly answer: (...names: string[]) => void }[] = [];
  async function* who(room: string): AsyncGenerator<string, void, void> {
    const { promise, resolve } = Promise.withResolvers<string[]>();
    asked.push({ room, answer: (...names) => resolve(names) });
    yield* await promise;
  }
  const filling = new RosterFilling({ roster, who, clock });
  const settle = async () => {
    for (let count = 0; count < 10; count++) await turn();
  };
  const rooms = () => asked.map(({ room }) => room);
  return { clock, roster, asked, filling, settle, rooms };
}

Deno.test("RosterFilling asks once at a time of a room, and not again within 10 s (I1), but once more at last (I2)", async () => {
  const { clock, roster, asked, filling, settle, rooms } = openFilling();
  for (let count = 0; count < 1_000; count++) filling.fill("lobby");
  filling.fill("den");
  await settle();
  assertEquals(rooms(), ["lobby", "den"]);
  clock.advance(60_000);
  await settle();
  // There was no answer yet.
  assertEquals(rooms(), ["lobby", "den"]);
  asked[0]!.answer("ann", "bob");
  await settle();
  assertEquals(roster.names("lobby"), ["ann", "bob"]);
  assertEquals(rooms(), ["lobby", "den", "lobby"]);
  asked[2]!.answer("ann", "carl");
  await settle();
  assertEquals(roster.names("lobby"), ["ann", "carl"]);
  filling.fill("lobby");
  clock.advance(9_999);
  await settle();
  assertEquals(asked.length, 3);
  clock.advance(1);
  await settle();
  assertEquals(rooms(), ["lobby", "den", "lobby", "lobby"]);
  asked[3]!.answer();
  clock.advance(10_000);
  await settle();
  assertEquals(asked.length, 4);
  // After a rest at once.
  filling.fill("lobby");
  await settle();
  assertEquals(asked.length, 5);
  filling[Symbol.dispose]();
});

Deno.test("RosterFilling keeps nothing of a room that was left, and asks no more at its end", async () => {
  const { clock, roster, asked, filling, settle } = openFilling();
  filling.fill("lobby");
  filling.fill("lobby");
  filling.fill("den");
  await settle();
  filling.forget("lobby");
  asked[0]!.answer("ann");
  await settle();
  assertEquals(roster.names("lobby"), []);
  filling[Symbol.dispose]();
  asked[1]!.answer("ann");
  clock.advance(60_000);
  await settle();
  assertEquals([asked.length, roster.names("den"), clock.pending], [2, [], 0]);
});
