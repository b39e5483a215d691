import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cellsOf } from "../../terminal/cells.ts";
import { statusBar, type StatusBarState } from "../../terminal/status_bar.ts";
import { COLOURS, MONO, PLAIN } from "../../terminal/style.ts";
import { hostileText } from "../support/hostile_texts.ts";

const quiet: StatusBarState = {
  room: { number: 1, name: "lobby", members: 12 },
  others: [],
  people: [],
  connection: { kind: "online", latencyMs: 23.4 },
};
const busy: StatusBarState = {
  room: { number: 1, name: "lobby", members: 12, marks: ["encrypted"] },
  others: [
    { number: 2, name: "ops", unread: 5 },
    { number: 3, name: "dev", unread: 1, isMentioned: true },
    { number: 4, name: "tea", unread: 0 },
  ],
  people: [{ name: "bob", unread: 2 }],
  connection: { kind: "online", latencyMs: 23 },
  isAway: true,
  marks: ["focus: ann"],
};
const offline: StatusBarState = { ...busy, connection: { kind: "offline", retryInMs: 2_100 } };
const show = (state: StatusBarState, columns = 200) => statusBar(state, columns, PLAIN);

Deno.test("statusBar says where one is, and what happens elsewhere", () => {
  assertEquals(show(quiet), "1:lobby  12 here  23 ms");
  assertEquals(
    show(busy),
    "1:lobby  encrypted  12 here  2:ops(5)  3:dev(1!)  4:tea  @bob(2)  away  focus: ann  23 ms",
  );
});

Deno.test("statusBar says how the connection is", () => {
  const of = (connection: StatusBarState["connection"]) => show({ ...quiet, connection });
  assertEquals(
    of({ kind: "offline", retryInMs: 2_100 }),
    "1:lobby  offline: trying again in 3 s  12 here",
  );
  assertEquals(of({ kind: "offline" }), "1:lobby  offline: trying again  12 here");
  assertEquals(of({ kind: "connecting" }), "1:lobby  connecting  12 here");
  assertEquals(of({ kind: "online" }), "1:lobby  12 here");
  assertEquals(of({ kind: "online", latencyMs: 1_234 }), "1:lobby  12 here  1.2 s");
});

Deno.test("statusBar tells of no room, and of very many messages", () => {
  const { room: _, ...nowhere } = quiet;
  assertEquals(show(nowhere), "in no room  23 ms");
  const others = [{ number: 2, name: "ops", unread: 12_345, isMentioned: true }];
  assertEquals(show({ ...nowhere, others }), "in no room  2:ops(999+!)  23 ms");
});

Deno.test("statusBar leaves out what matters less, and counts the news that it leaves out", () => {
  for (
    const [columns, expected] of [
      [85, "1:lobby  encrypted  12 here  2:ops(5)  3:dev(1!)  4:tea  @bob(2)  away  focus: ann"],
      [78, "1:lobby  encrypted  12 here  2:ops(5)  3:dev(1!)  @bob(2)  away  focus: ann"],
      [70, "1:lobby  encrypted  2:ops(5)  3:dev(1!)  @bob(2)  away  focus: ann"],
      [60, "1:lobby  encrypted  2(5)  3(1!)  @bob(2)  away  focus: ann"],
      [40, "1:lobby  encrypted  3(1!)  @bob(2)  +1"],
      [30, "1:lobby  3(1!)  @bob(2)  +1"],
      [24, "1:lobby  3:dev(1!)  +2"],
      [20, "1:lobby  3(1!)  +2"],
      [14, "1:lobby  +3"],
      [8, "1:lobby"],
    ] as const
  ) assertEquals(show(busy, columns), expected, `${columns} columns`);
});

Deno.test("statusBar always tells that one is offline", () => {
  assertEquals(show(offline, 20), "1:lobby  offline");
  assertEquals(show(offline, 40).startsWith("1:lobby  offline"), true);
  assertEquals(show(offline, 9), "offline");
});

Deno.test("statusBar cuts names by cells", () => {
  const room = { number: 1, name: "漢字漢字漢字漢字", members: 3 };
  const others = [{ number: 2, name: "a-very-long-name-of-a-room", unread: 1 }];
  assertEquals(
    show({ ...quiet, room, others }),
    "1:漢字漢字漢字漢字  3 here  2:a-very-long-name-of-a-room(1)  23 ms",
  );
  assertEquals(show({ ...quiet, room, others }, 24), "1:漢字漢字…  2(1)");
});

Deno.test("statusBar fits, and moves no cursor, whatever names hold (I1)", () => {
  const name = hostileText();
  const unread = fc.nat(2_000);
  const state: fc.Arbitrary<StatusBarState> = fc.record({
    room: fc.record({
      number: fc.nat(99),
      name,
      members: fc.nat(9_999),
      marks: fc.array(name, { maxLength: 2 }),
    }),
    others: fc.array(
      fc.record({ number: fc.nat(99), name, unread, isMentioned: fc.boolean() }),
      { maxLength: 12 },
    ),
    people: fc.array(fc.record({ name, unread }), { maxLength: 5 }),
    connection: fc.constantFrom(
      quiet.connection,
      offline.connection,
      { kind: "connecting" } as const,
    ),
    isAway: fc.boolean(),
    marks: fc.array(name, { maxLength: 2 }),
  });
  fc.assert(
    fc.property(state, fc.integer({ min: 1, max: 150 }), (some, columns) => {
      for (const style of [PLAIN, MONO, COLOURS]) {
        const bar = statusBar(some, columns, style);
        assert(cellsOf(bar) <= columns - 1, `${cellsOf(bar)} cells`);
        // deno-lint-ignore no-control-regex
        assert(!/[\x00-\x1f\x7f-\x9f]/.test(bar.replaceAll(/\x1b\[[\d;]*m/g, "")));
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("statusBar tells the same in any style", () => {
  for (const state of [quiet, busy, offline]) {
    // deno-lint-ignore no-control-regex
    const text = statusBar(state, 60, COLOURS).replaceAll(/\x1b\[[\d;]*m/g, "");
    assertEquals(text, statusBar(state, 60, PLAIN));
  }
});
