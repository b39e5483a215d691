import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cellsOf } from "../../../terminal/cells.ts";
import { boundaryFrom } from "../../../terminal/editor/graphemes.ts";
import { layoutLine, type LayoutOptions } from "../../../terminal/editor/line_layout.ts";

/** The rows of a text, `|` where the cursor is. */
function rowsOf(text: string, options: Partial<LayoutOptions> = {}): string[] {
  const { rows, cursor } = layoutLine({
    text: text.replace("|", ""),
    cursor: text.indexOf("|"),
    prompt: "> ",
    columns: 11,
    maxRows: 100,
    dim: (text) => text,
    ...options,
  });
  const row = rows[cursor.row]!;
  assert(row.startsWith(cursor.before));
  assertEquals(cellsOf(cursor.before), cursor.column);
  return rows.with(cursor.row, `${cursor.before}|${row.slice(cursor.before.length)}`);
}

Deno.test("layoutLine goes on in the next row, and leaves the last column free", () => {
  assertEquals(rowsOf("hello|"), ["> hello|"]);
  assertEquals(rowsOf("12345678|"), ["> 12345678|"]);
  assertEquals(rowsOf("12345678|9"), ["> 12345678", "|9"]);
  assertEquals(rowsOf("123456789|"), ["> 12345678", "9|"]);
  assertEquals(rowsOf("|"), ["> |"]);
});

Deno.test("layoutLine cuts no character in two, and keeps marks with their letter", () => {
  assertEquals(rowsOf("1234567字|"), ["> 1234567", "字|"]);
  assertEquals(rowsOf("12345678e\u0301|"), ["> 12345678", "e\u0301|"]);
  assertEquals(rowsOf("|字字"), ["> |字字"]);
});

Deno.test("layoutLine puts the further lines under the prompt", () => {
  assertEquals(rowsOf("one\ntwo|\n"), ["> one", "… two|", "… "]);
  assertEquals(rowsOf("\n|"), ["> ", "… |"]);
  assertEquals(rowsOf("a\nb|", { prompt: "ann> " }), ["ann> a", "   … b|"]);
});

Deno.test("layoutLine shows what would disturb the line, and what nobody would see", () => {
  assertEquals(rowsOf("a\tb|", { columns: 20 }), ["> a    b|"]);
  assertEquals(rowsOf("a\u202eb|", { columns: 20 }), ["> a<U+202E>b|"]);
  assertEquals(rowsOf("\u200b|", { columns: 20 }), ["> <U+200B>|"]);
  assertEquals(rowsOf("\u0301|", { columns: 20 }), ["> ◌\u0301|"]);
  // Joined emoji are as wide as terminals make them that join nothing.
  assertEquals(rowsOf("👩\u200d👧|", { columns: 20 }), ["> 👩👧|"]);
});

Deno.test("layoutLine shows the rows around the cursor, and tells of the others", () => {
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index + 1}`);
  const at = (which: number) => lines.with(which - 1, `line ${which}|`).join("\n");
  const options = { columns: 40, maxRows: 5 };
  assertEquals(rowsOf(at(200), options), [
    ...["… 196 more above", "… line 197", "… line 198", "… line 199", "… line 200|"],
  ]);
  assertEquals(rowsOf(at(1), options), [
    ...["… 196 more below", "> line 1|", "… line 2", "… line 3", "… line 4"],
  ]);
  assertEquals(rowsOf(at(100), { ...options, maxRows: 3 }), [
    ...["… 98 more above, 100 more below", "… line 99", "… line 100|"],
  ]);
  assertEquals(rowsOf(at(100), { ...options, maxRows: 1 }), ["… line 100|"]);
});

Deno.test("layoutLine works in a terminal of a few columns", () => {
  assertEquals(rowsOf("abc|", { columns: 4 }), ["abc|"]);
  assertEquals(rowsOf("a字|", { columns: 2 }), ["a", "?|"]);
  assertEquals(rowsOf("ab|", { columns: 1 }), ["a", "b|"]);
});

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom("字", "👩‍👧", "e\u0301", "\n", "\t", "\u202e", "🇩🇪", "a", "\u0e33", "👍🏽"))
    .map((parts) => parts.join("")),
);

Deno.test("layoutLine makes rows that fit, with nothing in them that moves the cursor", () => {
  fc.assert(
    fc.property(
      ...[
        text,
        fc.nat(60),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 9 }),
      ] as const,
      (text, at, columns, maxRows) => {
        const cursor = boundaryFrom(text, at);
        const layout = layoutLine({ text, cursor, prompt: "> ", columns, maxRows, dim: (x) => x });
        assert(layout.rows.length >= 1 && layout.rows.length <= maxRows);
        for (const row of layout.rows) {
          assert(cellsOf(row) <= Math.max(1, columns - 1), JSON.stringify(row));
          // deno-lint-ignore no-control-regex
          assert(!/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(row));
        }
        const { row, column, before } = layout.cursor;
        assert(layout.rows[row]!.startsWith(before));
        assertEquals(cellsOf(before), column);
      },
    ),
    { numRuns: 1_000 },
  );
});
