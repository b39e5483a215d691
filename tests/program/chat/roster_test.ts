import { assertEquals } from "@std/assert";
import { Roster } from "../../../program/chat/roster.ts";

async function* of(...names: readonly string[]) {
  yield* names;
}

Deno.test("Roster tells who is in a room: who spoke last first, then the silent, in the server's order", async () => {
  const roster = new Roster();
  assertEquals(roster.names("lobby"), []);
  roster.spoke("lobby", "ann");
  roster.entered("lobby", "carl");
  roster.spoke("lobby", "Bob");
  roster.entered("lobby", "BOB");
  assertEquals(roster.names("lobby"), ["Bob", "ann", "carl"]);
  roster.spoke("lobby", "ann");
  await roster.fill("lobby", of("ann", "bob", "dora", "emil"));
  assertEquals(roster.names("lobby"), ["ann", "Bob", "dora", "emil"]);
  roster.left("lobby", "BOB");
  roster.left("nowhere", "bob");
  assertEquals(roster.names("lobby"), ["ann", "dora", "emil"]);
  roster.forget("lobby");
  assertEquals(roster.names("lobby"), []);
});

Deno.test("Roster keeps 2,000 names of a room, and those who speak rather than others", async () => {
  const roster = new Roster();
  const many = Array.from({ length: 2_500 }, (_, at) => `n${at}`);
  await roster.fill("lobby", of(...many));
  assertEquals(roster.names("lobby").length, 2_000);
  roster.entered("lobby", "late");
  roster.spoke("lobby", "loud");
  const names = roster.names("lobby");
  assertEquals([names.length, names[0], names.includes("late")], [2_000, "loud", false]);
});

Deno.test("Roster keeps 2,000 names of those who speak, too, and the last of them", () => {
  const roster = new Roster();
  for (let at = 0; at < 2_500; at++) roster.spoke("lobby", `n${at}`);
  const names = roster.names("lobby");
  assertEquals([names.length, names[0], names.at(-1)], [2_000, "n2499", "n500"]);
});

Deno.test("Roster takes nothing of what came too late", async () => {
  const roster = new Roster();
  const late = new AbortController();
  roster.spoke("lobby", "ann");
  late.abort();
  await roster.fill("lobby", of("bob", "carl"), late.signal);
  assertEquals(roster.names("lobby"), ["ann"]);
});
