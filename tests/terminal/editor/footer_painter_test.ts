import { assert, assertEquals } from "@std/assert";
import { FooterPainter } from "../../../terminal/editor/footer_painter.ts";

const footer = (rows: readonly string[], row: number, before: string) => ({
  rows,
  cursor: { row, before },
});

/** Without switching the wrapping off and on. */
// deno-lint-ignore no-control-regex
const plain = (written: string) => written.replaceAll(/\x1b\[\?7[lh]/g, "");

Deno.test("FooterPainter writes only from the first row on that is another", () => {
  const painter = new FooterPainter();
  const status = "a status";
  painter.paint("", footer([status, "> a"], 1, "> a"), 80);
  assertEquals(painter.paint("", footer([status, "> a"], 1, "> a"), 80), "");
  assertEquals(
    plain(painter.paint("", footer([status, "> ab"], 1, "> ab"), 80)),
    "\r> ab\x1b[J\r> ab",
  );
  assertEquals(plain(painter.paint("", footer([status, "> ab"], 1, "> "), 80)), "\r> ");
  const two = painter.paint("", footer([status, "> ab", "c"], 1, "> a"), 80);
  assertEquals(plain(two), "\r> ab\x1b[K\r\nc\x1b[J\x1b[1A\r> a");
  const one = painter.paint("", footer([status, "> ab"], 1, "> ab"), 80);
  assertEquals(plain(one), "\r> ab\x1b[J\r> ab");
});

Deno.test("FooterPainter prints where the footer began, and touches nothing above (I1)", () => {
  const painter = new FooterPainter();
  painter.paint("", footer(["one", "two", "> a"], 2, "> a"), 80);
  const written = painter.paint("said\nmore\n", footer(["> a"], 0, "> a"), 80);
  assertEquals(plain(written), "\x1b[2A\r\x1b[Jsaid\r\nmore\r\n> a\x1b[J\r> a");
  assertEquals(painter.erase(80), "\r\x1b[J");
  assertEquals(painter.erase(80), "");
});

Deno.test("FooterPainter finds its footer in a terminal that became narrower or wider (I3)", () => {
  const found = (rows: readonly string[], row: number, before: string, columns: number) => {
    const painter = new FooterPainter();
    painter.paint("", footer(rows, row, before), 40);
    // deno-lint-ignore no-control-regex
    return /^\x1b\[(\d+)A/.exec(painter.erase(columns))?.[1] ?? "0";
  };
  const long = "x".repeat(39);
  assertEquals(found([long, "> a"], 1, "> a", 80), "1");
  assertEquals(found([long, "> a"], 1, "> a", 39), "1");
  assertEquals(found([long, "> a"], 1, "> a", 20), "2");
  assertEquals(found([long, long, "> a"], 2, "> a", 10), "8");
  assertEquals(found(["", "> a"], 1, "> a", 10), "1");
  // Wide characters are not cut: 19 of them take four rows of 5 at 11 columns.
  assertEquals(found(["字".repeat(19), "> a"], 1, "> a", 11), "4");
  assertEquals(found([`\x1b[2m${long}\x1b[22m`, "> a"], 1, "> a", 20), "2");
});

Deno.test("FooterPainter asks where the cursor is when its own row became too long, and believes the answer", () => {
  const after = (column: number | undefined) => {
    const painter = new FooterPainter();
    const before = "x".repeat(33);
    painter.paint("", footer(["status", before], 1, before), 40);
    assertEquals([33, 34, 40, 50].map((columns) => painter.isCursorLost(columns)), [
      ...[true, false, false, false],
    ]);
    painter.found(column, 10);
    // It is known for that width alone.
    assertEquals([painter.isCursorLost(10), painter.isCursorLost(12)], [false, true]);
    return painter.erase(10);
  };
  assertEquals(after(3), "\x1b[4A\r\x1b[J");
  assertEquals(after(undefined), "\x1b[4A\r\x1b[J");
  // It was left in the last column: the row was not cut.
  assertEquals(after(9), "\x1b[1A\r\x1b[J");
  // Or in that of a terminal that was still narrower for a moment.
  assertEquals(after(4), "\x1b[1A\r\x1b[J");
});

Deno.test("FooterPainter lets no row go on that a terminal may draw wider than it is", () => {
  const painter = new FooterPainter();
  const footer = { rows: ["> "], cursor: { row: 0, before: "> " } };
  const [fits, disputed, link] = ["я".repeat(10), "я".repeat(15), "x".repeat(21) + "я"];
  const written = painter.paint(`${fits}\n${disputed}\n${link}\n`, footer, 20);
  assert(written.startsWith(`\r${fits}\r\n\x1b[?7l${disputed}\x1b[?7h\r\n${link}\r\n`));
});
