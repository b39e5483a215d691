import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import stringWidth from "string-width";
import { cellsOf, mostCellsOf } from "../../terminal/cells.ts";
import { Lines } from "../../terminal/lines.ts";
import { PLAIN, type Style } from "../../terminal/style.ts";
import { hostileText } from "../support/hostile_texts.ts";

const at = new Date(2026, 10, 21, 12, 4).getTime();
const said = { room: "lobby", sender: "ann", text: "hello", id: "1", seq: 7, at };
const whispered = { from: "bob", to: "ann", text: "psst", id: "1", seq: 7, at };
const isHere = true;
/** Shows what stands out, and how. */
const MARKED: Style = { ...PLAIN, mention: (text) => text.toUpperCase() };

function linesOf(name = "me", columns = Infinity, style = PLAIN): Lines {
  return new Lines({ name, style, times: true, columns: () => columns });
}

Deno.test("Lines leaves the room out where the reader is, and puts names in a column", () => {
  const lines = linesOf();
  const show = (sender: string, text: string) =>
    lines.message({ ...said, sender, text }, { isHere });
  assertEquals(show("ann", "hello"), "12:04      ann: hello");
  assertEquals(
    show("bob", "one\ntwo\n"),
    "12:04      bob: one\n              | two\n              | ",
  );
  // The column grows to 12 cells; what is longer sticks out.
  assertEquals(show("twelve-chars", "x"), "12:04 twelve-chars: x");
  assertEquals(show("ann", "x"), "12:04          ann: x");
  assertEquals(show("more-than-twelve", "x"), "12:04 more-than-twelve: x");
  assertEquals(show("漢字", "x\ny"), "12:04         漢字: x\n                  | y");
  assertEquals(lines.message({ ...said, room: "ops" }), "12:04 [ops] ann: hello");
});

Deno.test("Lines shows files under the text, and one's own number behind it", () => {
  const file = { id: "f", name: "plan.pdf", size: 6, type: "text/plain", sha256: "0".repeat(64) };
  assertEquals(
    linesOf("ann").message({ ...said, files: [file] }, { isHere }),
    "12:04      ann: hello #7\n                [file] plan.pdf, 6 B",
  );
});

Deno.test("Lines tells in the room too how secret something is", () => {
  const show = (secrecy: Parameters<Lines["message"]>[0]["secrecy"]) =>
    linesOf().message({ ...said, ...(secrecy === undefined ? {} : { secrecy }) }, { isHere });
  assertEquals(show({ kind: "sealed" }), "12:04 [encrypted]      ann: hello");
  assertEquals(show({ kind: "open" }), "12:04      ann: hello");
  assertEquals(
    show({ kind: "open", isUnexpected: true }),
    "12:04 [NOT encrypted]      ann: hello",
  );
});

Deno.test("Lines leaves times out where they are not wanted", () => {
  const lines = linesOf();
  lines.change({ showsTime: false });
  assertEquals(lines.message(said, { isHere }), "     ann: hello");
  assertEquals(lines.message({ ...said, sender: "me" }, { isHere }), "      me: hello #7");
  assertEquals(lines.private(whispered), "[private] bob: psst");
  lines.change({ showsTime: true, name: "ann" });
  assertEquals(lines.message(said, { isHere }), "12:04      ann: hello #7");
});

Deno.test("Lines marks who speaks of the reader, and where", () => {
  const lines = linesOf("me", Infinity, MARKED);
  const show = (text: string) => lines.message({ ...said, text }, { isHere });
  assertEquals(show("hi @Me, annual"), "12:04      ANN: hi @ME, annual");
  assertEquals(show("one\nme: two"), "12:04      ANN: one\n              | ME: two");
  assertEquals(show("hello mea"), "12:04      ann: hello mea");
  // Not where one does it oneself, and not in what was removed.
  assertEquals(lines.message({ ...said, sender: "me", text: "me" }), "12:04 [lobby] me: me #7");
  const removed = { ...said, text: "", removed: { by: "me", at } };
  assertEquals(lines.message(removed), "12:04 [lobby] ann: (removed by me)");
});

Deno.test("Lines names the days, and divides", () => {
  assertEquals(linesOf().dayLine(at), "---- Saturday, 21 November 2026 ----");
  assertEquals(linesOf().dayLine(NaN), "---- an unknown day ----");
  assertEquals(linesOf().divider("12 missed messages"), "---- 12 missed messages ----");
});

Deno.test("Lines shows what is not acknowledged yet in a few rows that fit", () => {
  const lines = linesOf("ann");
  assertEquals(lines.pending("hello", { room: "lobby", isHere }, 80), ["    …      ann: hello"]);
  assertEquals(lines.pending("hello", { room: "ops" }, 80), ["    … [ops] ann: hello"]);
  assertEquals(lines.pending("a\nb", { to: "bob" }, 80), [
    "    … [private to bob] ann: a",
    "                          | b",
  ]);
  assertEquals(lines.pending("one\ntwo\nthree\nfour", { room: "x", isHere }, 80), [
    "    …      ann: one",
    "              | two",
    "              | three …",
  ]);
  const text = fc.oneof(fc.string({ unit: "grapheme" }), hostileText());
  fc.assert(fc.property(text, text, fc.integer({ min: 2, max: 90 }), (one, to, columns) => {
    for (const where of [{ room: to }, { room: to, isHere }, { to }]) {
      const rows = lines.pending(one, where, columns);
      assert(rows.length >= 1 && rows.length <= 3);
      for (const row of rows) assert(cellsOf(row) < columns, JSON.stringify(row));
    }
  }));
});

Deno.test("Lines aligns names of up to 12 cells, whatever their script", () => {
  const name = fc.string({
    unit: fc.constantFrom(..."aZ9_.-üßЯλ漢字カナ안녕ｆ中"),
    minLength: 1,
    maxLength: 32,
  });
  fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 20 }), (names) => {
    const lines = linesOf();
    const show = (sender: string) => lines.message({ ...said, sender, text: "\n" }, { isHere });
    for (const one of names) show(one);
    const width = Math.max(8, ...names.map((one) => Math.min(12, stringWidth(one))));
    for (const one of names) {
      const [first = "", second = ""] = show(one).split("\n");
      const cells = Math.max(width, stringWidth(one));
      assertEquals(stringWidth(first), "12:04 ".length + cells + 1);
      // The bar stands under the colon, or at the left where there would be no room.
      const bar = stringWidth(second) - "| ".length;
      assert(bar === "12:04 ".length + cells || bar === 2, second);
    }
  }));
});

/** What begins a row that is somebody's message, or the program's own. */
const BEGINS_ROW = /^(\d\d:\d\d|--|\[| *[^\s|]+: )/;

Deno.test("Lines lets nothing that a peer wrote begin a row of the terminal (I2)", () => {
  const text = hostileText();
  fc.assert(
    fc.property(text, fc.integer({ min: 40, max: 120 }), fc.boolean(), (some, columns, isIn) => {
      const lines = linesOf("me", columns);
      const head = isIn ? "12:04      ann:" : "12:04 [lobby] ann:";
      for (
        const [shown, first] of [
          [lines.message({ ...said, text: some }, { isHere: isIn }), head],
          [lines.private({ ...whispered, text: some }), "12:04 [private] bob:"],
          [lines.notice(some), "-- "],
          [lines.alarm(some), "-- "],
        ] as const
      ) {
        const [row = "", ...others] = shown.split("\n");
        assert(row.startsWith(first), row);
        for (const other of others) assert(/^ +\| /.test(other), JSON.stringify(other));
        for (const one of [row, ...others]) {
          if (mostCellsOf(one) < columns) continue;
          // The terminal breaks it: what begins its rows is one word without a space.
          const rest = one.slice(one.startsWith(first) ? first.length : one.indexOf("|") + 1);
          assert(/^ ?[!-~]+$/.test(rest), JSON.stringify(one));
          for (let cut = columns; cut < one.length; cut += columns) {
            assert(!BEGINS_ROW.test(one.slice(cut)) || !one.slice(cut).includes(" "));
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("Lines breaks the names of files too (I2)", () => {
  const name = `${"x".repeat(100)} 12:04 ann: I resign ${"漢".repeat(60)}`;
  const file = { id: "f", name, size: 6, type: "text/plain", sha256: "0".repeat(64) };
  const shown = linesOf("me", 60).message({ ...said, files: [file] }, { isHere });
  for (const row of shown.split("\n").slice(1)) {
    assert(/^ {14}(\| | {2}\[file\])/.test(row), row);
  }
});

Deno.test("Lines holds what is broken into rows to as many as it may take (I3)", () => {
  const lines = new Lines({
    name: "me",
    style: PLAIN,
    times: true,
    maxRows: 5,
    columns: () => 50,
  });
  const text = "word ".repeat(3_000);
  const rows = lines.message({ ...said, text }, { isHere }).split("\n");
  assertEquals([rows.length, rows.at(-1)], [6, "              | … all of it: /show lobby 7"]);
  // Four rows of 80, as it is folded, are more here.
  const four = lines.message({ ...said, text: "word ".repeat(60) }, { isHere }).split("\n");
  assertEquals([four.length, four.at(-1)], [6, rows.at(-1)]);
  const whole = lines.message({ ...said, text }, { isHere, isWhole: true }).split("\n");
  assert(whole.length > 400);
  // One's own number fits, or has a row.
  const own = lines.message({ ...said, sender: "me", text: "x ".repeat(16) }, { isHere });
  assertEquals(own.split("\n").at(-1), "              | #7");
});

Deno.test("Lines works in a terminal of a few columns", () => {
  const lines = linesOf("me", 20);
  assertEquals(lines.message({ ...said, text: "one two three four" }, { isHere }).split("\n"), [
    "12:04      ann: one",
    "  | two three four",
  ]);
  for (let columns = 1; columns < 20; columns++) {
    const narrow = linesOf("me", columns).message({ ...said, text: "one two" }, { isHere });
    assertEquals(narrow.replaceAll(/[\s|]/g, ""), "12:04ann:onetwo");
  }
});
