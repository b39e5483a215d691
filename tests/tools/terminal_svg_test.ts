import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import xterm from "@xterm/headless";
import { contrast, type Rgb } from "../support/colours.ts";
import { terminalSvg, type WindowColours } from "../../tools/terminal_svg.ts";

const COLOURS: WindowColours = {
  ink: [240, 240, 240],
  paper: [16, 16, 16],
  bar: [50, 50, 50],
  edge: [60, 60, 60],
  title: [200, 200, 200],
};

/** The picture of a terminal of 20 by 5 that was written so; of its elements those that have to do with cells. */
async function drawn(written: string): Promise<{ svg: string; cells: string[] }> {
  const terminal = new xterm.Terminal({ cols: 20, rows: 5, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(written, resolve));
  const svg = terminalSvg(terminal, "<A & B>", COLOURS);
  terminal.dispose();
  const lines = svg.split("\n");
  const group = lines.slice(lines.findIndex((line) => line.startsWith("<g ")) + 1);
  return { svg, cells: group.slice(0, group.indexOf("</g>")) };
}

/** A test of what a row of cells becomes. */
function testDrawn(what: string, written: string, wanted: readonly string[]): void {
  Deno.test(`terminalSvg draws ${what}`, async () => {
    assertEquals((await drawn(written)).cells, wanted);
  });
}

testDrawn("a run of cells as a text as long as they are", "hello", [
  '<text x="18" textLength="45" y="49.5" fill="#f0f0f0">hello</text>',
]);

testDrawn("blanks in a row as places: an SVG has none", "  a b   cd  ", [
  '<text x="36" textLength="27" y="49.5" fill="#f0f0f0">a b</text>',
  '<text x="90" textLength="18" y="49.5" fill="#f0f0f0">cd</text>',
]);

testDrawn("each row lower than the one before it", "a\r\n\r\nb", [
  '<text x="18" textLength="9" y="49.5" fill="#f0f0f0">a</text>',
  '<text x="18" textLength="9" y="91.5" fill="#f0f0f0">b</text>',
]);

testDrawn("xterm's colours, bold and not", "\x1b[1;38;5;46mann\x1b[22;39m: hi", [
  '<text x="18" textLength="27" y="49.5" fill="#00ff00" font-weight="bold">ann</text>',
  '<text x="45" textLength="36" y="49.5" fill="#f0f0f0">: hi</text>',
]);

testDrawn("a run for each look", "\x1b[1ma\x1b[22mb\x1b[38;5;21mc\x1b[39md", [
  '<text x="18" textLength="9" y="49.5" fill="#f0f0f0" font-weight="bold">a</text>',
  '<text x="27" textLength="9" y="49.5" fill="#f0f0f0">b</text>',
  '<text x="36" textLength="9" y="49.5" fill="#0000ff">c</text>',
  '<text x="45" textLength="9" y="49.5" fill="#f0f0f0">d</text>',
]);

testDrawn("reverse as ink on the ink's colour", "\x1b[7ma \x1b[27m", [
  '<rect x="18" y="34" width="18" height="21" fill="#f0f0f0"/>',
  '<text x="18" textLength="9" y="49.5" fill="#101010">a</text>',
]);

testDrawn("what is wide at its place, however wide it is drawn", "日本x", [
  '<text x="18" y="49.5" fill="#f0f0f0">日</text>',
  '<text x="36" y="49.5" fill="#f0f0f0">本</text>',
  '<text x="54" textLength="9" y="49.5" fill="#f0f0f0">x</text>',
]);

testDrawn("a colour behind some cells", "a\x1b[48;5;21mb", [
  '<text x="18" textLength="9" y="49.5" fill="#f0f0f0">a</text>',
  '<rect x="27" y="34" width="9" height="21" fill="#0000ff"/>',
  '<text x="27" textLength="9" y="49.5" fill="#f0f0f0">b</text>',
]);

testDrawn("the ground of what is wide once", "\x1b[7m日\x1b[27m", [
  '<rect x="18" y="34" width="18" height="21" fill="#f0f0f0"/>',
  '<text x="18" y="49.5" fill="#101010">日</text>',
]);

testDrawn("what would be markup as text", "<b>&amp;", [
  '<text x="18" textLength="72" y="49.5" fill="#f0f0f0">&lt;b&gt;&amp;amp;</text>',
]);

Deno.test("terminalSvg draws dim text between ink and paper, so that it can be read", async () => {
  const { cells: [text = ""] } = await drawn("\x1b[2mdim");
  const grey = parseInt(/fill="#(..)\1\1"/.exec(text)?.[1] ?? "", 16);
  const seen: Rgb = [grey, grey, grey];
  assert(contrast(seen, COLOURS.paper) >= 4.5, text);
  assert(contrast(seen, COLOURS.ink) >= 1.5, text);
});

Deno.test("terminalSvg makes the window as wide as the terminal, and as high as what is in it", async () => {
  const { svg } = await drawn("a\r\nb");
  assertStringIncludes(svg, 'viewBox="0 0 216 94"');
  assertStringIncludes(svg, "<title>&lt;A &amp; B&gt;</title>");
  assertStringIncludes(svg, '<rect x="27" y="56" width="9"', "the cursor is behind the b");
});

Deno.test("terminalSvg shows the last rows of what has scrolled", async () => {
  const { cells } = await drawn(["a", "b", "c", "d", "e", "f"].join("\r\n"));
  assertEquals(cells.map((line) => />(.)</.exec(line)?.[1]).join(""), "bcdef");
});

Deno.test("terminalSvg refuses a colour that each terminal has its own of", async () => {
  const terminal = new xterm.Terminal({ cols: 20, rows: 5, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write("\x1b[31mred", resolve));
  assertThrows(() => terminalSvg(terminal, "", COLOURS), RangeError, "1 may be any colour");
  terminal.dispose();
});
