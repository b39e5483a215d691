import { assert, assertEquals } from "@std/assert";
import { TempFolder } from "../../support/temp.ts";
import { TestTerminal } from "../../support/terminal.ts";

const PROGRAM = new URL("../../support/editor_program.ts", import.meta.url).pathname;

/** The editor in a terminal, once it is there. */
async function open(size: { cols: number; rows: number }, args = ""): Promise<TestTerminal> {
  const terminal = new TestTerminal(`${Deno.execPath()} run -A -q ${PROGRAM} ${args}`, size);
  await terminal.untilLine("ready");
  return terminal;
}

/** The messages of a flood, as lines. */
const messages = (count: number) =>
  Array.from(
    { length: count },
    (_, index) =>
      `message ${index + 1}: a text that takes more than one row in some of the terminals`,
  );

Deno.test("typing while 100 messages a second arrive loses no key and garbles no line", async () => {
  await using terminal = await open({ cols: 60, rows: 12 });
  await terminal.type("flood 200\r");
  const typed = "the quick brown 狐 jumps over the lazy 犬 and back again ".repeat(5).trim();
  for (const [index, character] of [...typed].entries()) {
    await terminal.type(character);
    if (index % 2 === 0) await terminal.untilLine(`message ${index / 2 + 1}:`);
  }
  await terminal.untilLine("nothing more comes");
  await terminal.type("\r");
  await terminal.untilLine("got ");
  await terminal.type("q\r");
  assertEquals(await terminal.ended(), 0);
  assertEquals(terminal.text.split("\n").map((line) => line.trimEnd()), [
    ...["ready", ...messages(200), `got "${typed}"`, "closed"],
  ]);
});

Deno.test("a resize in mid-line leaves the line, with its wide characters, and everything that was printed", async () => {
  await using terminal = await open({ cols: 60, rows: 12 });
  await terminal.type("burst 30\r");
  await terminal.untilLine("burst 30 of 30");
  const typed = "字".repeat(40) + "e\u0301nd";
  await terminal.type(typed + "\x1b[D\x1b[D");
  const isShown = (cols: number) => (lines: readonly string[]) => {
    const input = lines.slice(lines.findLastIndex((line) => line.startsWith(">")));
    return lines.at(-1 - input.length) === `${cols - 1} idle` && input.join("") === `> ${typed}` &&
      terminal.cursor.line.endsWith("nd");
  };
  await terminal.until(isShown(60));
  for (const [cols, rows] of [[33, 12], [20, 12], [80, 24], [41, 5], [60, 12]] as const) {
    await terminal.resize(cols, rows);
    if (rows > 5) await terminal.until(isShown(cols));
    // Of so few rows some are hidden.
    else await terminal.until((lines) => lines.some((line) => line.includes("more above")));
  }
  await terminal.type("X\r");
  await terminal.untilLine("got ");
  await terminal.type("q\r");
  assertEquals(await terminal.ended(), 0);
  // Where a wide character went on in the next row, a blank stayed.
  assertEquals(terminal.text.replaceAll("字 字", "字字").split("\n"), [
    "ready",
    ...Array.from({ length: 30 }, (_, index) => `burst ${index + 1} of 30`),
    `got "${typed.slice(0, -2)}X${typed.slice(-2)}"`,
    "closed",
  ]);
});

Deno.test("the scrollback has every line once, in order, after 1,000 lines, resizes and changes of the status", async () => {
  await using terminal = await open({ cols: 60, rows: 12 });
  const wanted = ["ready"];
  for (const [cols, rows] of [[60, 12], [30, 8], [100, 20], [45, 5]] as const) {
    await terminal.resize(cols, rows);
    await terminal.type("burst 250\r");
    await terminal.type("half typed");
    wanted.push(...Array.from({ length: 250 }, (_, index) => `burst ${index + 1} of 250`));
    await terminal.until((lines) => {
      const shown = lines.filter((line) => line === "burst 250 of 250").length;
      return shown * 250 + 1 === wanted.length && lines.at(-1) === "> half typed";
    });
    await terminal.type("\x15");
    await terminal.until((lines) => lines.at(-1) === "> ");
  }
  await terminal.type("q\r");
  assertEquals(await terminal.ended(), 0);
  assertEquals(terminal.text.split("\n"), [...wanted, "closed"]);
});

Deno.test("a window that is dragged while messages arrive leaves every line once, and no remains of the footer", async () => {
  await using terminal = await open({ cols: 60, rows: 12 });
  await terminal.type("flood 100\r" + "half typed ".repeat(8));
  await terminal.untilLine("message 20:");
  for (let step = 1; step <= 40; step++) {
    await terminal.resize(60 + Math.round(20 * Math.sin(step / 5)), 12 + step % 5);
  }
  await terminal.untilLine("nothing more comes");
  await terminal.type("\x15q\r");
  assertEquals(await terminal.ended(), 0);
  assertEquals(terminal.text.split("\n"), ["ready", ...messages(100), "closed"]);
});

Deno.test("200 pasted lines are one entry", async () => {
  await using terminal = await open({ cols: 60, rows: 12 });
  const block = Array.from({ length: 200 }, (_, index) => `line ${index + 1}`).join("\n");
  await terminal.type(`\x1b[200~${block.replaceAll("\n", "\r")}\x1b[201~`);
  await terminal.until((lines) => lines.at(-1) === "… line 200");
  await terminal.untilLine("… 195 more above");
  await terminal.type("\r");
  await terminal.untilLine("line 200");
  await terminal.type("q\r");
  assertEquals(await terminal.ended(), 0);
  assertEquals(terminal.text.split("\n"), ["ready", `got ${JSON.stringify(block)}`, "closed"]);
});

Deno.test("a program that is told to end gives the terminal back, without a footer", async () => {
  await using terminal = await open({ cols: 60, rows: 12 });
  await terminal.type("half typed");
  await terminal.untilLine("> half typed");
  await terminal.signal("SIGTERM");
  assertEquals(await terminal.ended(), 0);
  assertEquals(terminal.text, "ready\nclosed");
  assert(terminal.raw.lastIndexOf("\x1b[?2004l") > terminal.raw.lastIndexOf("\x1b[?2004h"));
});

Deno.test("a program whose terminal goes away ends", async () => {
  await using temp = new TempFolder();
  await using terminal = await open({ cols: 60, rows: 12 }, temp.file("ended"));
  await terminal.type("half typed");
  await terminal.untilLine("> half typed");
  await terminal.hangUp();
  assertEquals(await Deno.readTextFile(temp.file("ended")), "in order");
});

Deno.test("in linear mode no escape sequence is written, and nobody interrupts a half-typed line", async () => {
  await using terminal = await open({ cols: 60, rows: 12 }, "--linear");
  await terminal.type("flood 3\rhalf a lix\x7fne");
  await terminal.untilLine("half a line");
  await terminal.type("\t/j\x15/j\t");
  await terminal.untilLine("/join  /join-all");
  await terminal.type("\r");
  await terminal.untilLine('got "/join"');
  await terminal.untilLine("message 3");
  await terminal.type("q\r");
  assertEquals(await terminal.ended(), 0);
  assert(!terminal.raw.includes("\x1b"), JSON.stringify(terminal.raw));
});
