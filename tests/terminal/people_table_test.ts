import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { mostCellsOf } from "../../terminal/cells.ts";
import type { RoomMember } from "../../protocol/chat.ts";
import { peopleTable, type Person } from "../../terminal/people_table.ts";
import { COLOURS, PLAIN } from "../../terminal/style.ts";
import { hostileText } from "../support/hostile_texts.ts";

const now = new Date(2026, 10, 21, 14, 0).getTime();
const time = (hours: number, minutes: number) => new Date(2026, 10, 21, hours, minutes).getTime();
const show = (people: readonly Person[], columns = 100) =>
  peopleTable(people, { columns, style: PLAIN, now });

const three: readonly Person[] = [
  { name: "ann", role: "owner", since: time(9, 5), devices: 2 },
  { name: "bob", since: time(13, 0), devices: 1, away: { text: "lunch", since: time(13, 30) } },
  { name: "漢字", isGuest: true, since: time(13, 59), devices: 1 },
];

Deno.test("peopleTable shows what is known of each", () => {
  // It takes what the server tells as it is.
  const members: readonly RoomMember[] = [{ name: "ann", since: time(9, 5), devices: 1 }];
  assertEquals(show(members).length, 2);
  assertEquals(show(three), [
    "   name  role   here since   devices  away",
    "   ann   owner  today 09:05  2",
    "   bob          today 13:00           since today 13:30: lunch",
    "   漢字  guest  today 13:59",
  ]);
});

Deno.test("peopleTable leaves out what nobody has", () => {
  assertEquals(show([{ name: "ann", since: time(9, 5), devices: 1 }]), [
    "   name  here since",
    "   ann   today 09:05",
  ]);
  assertEquals(show([]), []);
});

Deno.test("peopleTable leaves out what does not fit, and cuts what somebody says of being away", () => {
  assertEquals(show(three, 50), [
    "   name  role   here since   away",
    "   ann   owner  today 09:05",
    "   bob          today 13:00  since today 13:30: …",
    "   漢字  guest  today 13:59",
  ]);
  assertEquals(show(three, 30), [
    "   name  role   away",
    "   ann   owner",
    "   bob          since today …",
    "   漢字  guest",
  ]);
});

Deno.test("peopleTable puts the names of many side by side, in columns", () => {
  const many = Array.from({ length: 250 }, (_, at): Person => ({ name: `user-${at}`, since: now }));
  const rows = show([
    { name: "ann", role: "owner" },
    { name: "bob", role: "operator", away: {} },
    ...many,
  ]);
  assertEquals(
    rows[0],
    "   ann (owner)       bob (operator, away)                user-0            user-1            user-2",
  );
  assertEquals(rows[1]!.indexOf("user-4"), 3 + 18);
  assertEquals(rows.length, 51);
  const all = rows.join(" ");
  for (const { name } of many) assert(all.includes(name));
});

Deno.test("peopleTable lists names alone where nothing else is known", () => {
  assertEquals(show([{ name: "ann" }, { name: "bob" }]), ["   ann               bob"]);
});

Deno.test("peopleTable makes rows that fit and move no cursor, with everybody in them (I1, I2)", () => {
  const text = hostileText();
  const optional = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
  const person = fc.record({
    name: text,
    role: optional(fc.constantFrom("owner", "operator")),
    away: optional(fc.record({ text, since: fc.double() })),
    since: optional(fc.constantFrom(now, 0, NaN)),
    devices: fc.nat(9),
  }).map((all) =>
    Object.fromEntries(
      Object.entries(all).filter(([, value]) => value !== undefined),
    ) as unknown as Person
  );
  const people = fc.oneof(
    fc.array(person, { maxLength: 5 }),
    fc.array(person, { minLength: 41, maxLength: 60 }),
  );
  fc.assert(
    fc.property(people, fc.integer({ min: 8, max: 120 }), (some, columns) => {
      for (const style of [PLAIN, COLOURS]) {
        const rows = peopleTable(some, { columns, style, now });
        for (const row of rows) {
          assert(row.startsWith("   "));
          assert(mostCellsOf(row) < columns, JSON.stringify(row));
          // deno-lint-ignore no-control-regex
          assert(!/[\x00-\x1f\x7f-\x9f]/.test(row.replaceAll(/\x1b\[[\d;]*m/g, "")));
        }
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("peopleTable lets nobody's words begin a row of a terminal that draws flags wide (I1)", () => {
  const away = { text: `${"🇦\u0301".repeat(30)}---- now ----` };
  const many = Array.from({ length: 41 }, (_, at) => ({ name: "e\u0301".repeat(16) + at }));
  for (const rows of [show([{ name: "eve", away }], 60), show(many, 60)]) {
    assert(rows.every((row) => mostCellsOf(row) < 60), rows.join("\n"));
  }
});
