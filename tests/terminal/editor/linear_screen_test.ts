import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LineEditor } from "../../../terminal/editor/line_editor.ts";
import { HASTY, ScreenTty } from "../../support/screen_tty.ts";

/** An editor in linear mode, in a terminal of 30 columns. */
function open() {
  const tty = new ScreenTty({ columns: 30, rows: 10 });
  const complete = (text: string) => ({
    from: 0,
    to: text.length,
    candidates: ["/join ", "/quit", "/quiet"].filter((name) => name.startsWith(text)),
  });
  const editor = new LineEditor({ prompt: "> ", isLinear: true, complete }, tty, HASTY);
  const entered: string[] = [];
  const taking = (async () => {
    for await (const line of editor.lines()) entered.push(line);
  })();
  return {
    tty,
    editor,
    entered,
    /** Types, and gives what was written upon it. */
    async type(keys: string): Promise<string> {
      const { length } = tty.writes;
      tty.type(keys);
      await tty.settled();
      return tty.writes.slice(length).join("");
    },
    async [Symbol.asyncDispose]() {
      editor.close();
      await taking;
      await tty.settled();
      tty.screen.dispose();
      assert(!tty.writes.join("").includes("\x1b"), "an escape sequence was written");
    },
  };
}

Deno.test("In linear mode what is typed is written as it is typed, and Backspace takes it back", async () => {
  await using house = open();
  assertEquals(await house.type("a"), "a");
  assertEquals(await house.type("b字"), "b字");
  assertEquals(await house.type("\x7f"), "\b\b  \b\b");
  assertEquals(await house.type("\x7f\x7f"), "\b \b\b \b");
  assertEquals(await house.type("x\r"), "x\r\n");
  assertEquals([house.entered, house.tty.lines], [["x"], ["x"]]);
});

Deno.test("In linear mode the cursor goes through a line that fits into its row", async () => {
  await using house = open();
  await house.type("helo");
  assertEquals(await house.type("\x1b[D"), "\b");
  assertEquals(await house.type("l"), "lo\b");
  assertEquals(await house.type("\x1b[C!"), "o!");
  assertEquals(house.tty.lines, ["hello!"]);
  await house.type("\x01\x1b[3~J\r");
  assertEquals([house.entered, house.tty.lines], [["Jello!"], ["Jello!"]]);
});

Deno.test("In linear mode what is printed waits until the half-typed line is entered, is cleared, or Ctrl-L", async () => {
  await using house = open();
  house.editor.print("at once");
  assertEquals(house.tty.writes, ["at once\r\n"]);
  await house.type("half");
  house.editor.print("later\nand more");
  assertEquals(await house.type(" a line"), " a line");
  assertEquals(await house.type("\r"), "\r\nlater\r\nand more\r\n");
  await house.type("half");
  house.editor.print("now");
  assertEquals(await house.type("\x0c"), "\r\nnow\r\nhalf");
  house.editor.print("cleared");
  await house.type("\x15");
  assertEquals(house.tty.lines.at(-1), "cleared");
  await house.type("half");
  for (let number = 0; number <= 1_000; number++) house.editor.print(`line ${number}`);
  await house.tty.settled();
  assertEquals(house.tty.lines.slice(-2), ["line 1000", "half"]);
});

Deno.test("In linear mode little waits for a half-typed line, and for who has the terminal", async () => {
  await using house = open();
  await house.type("half");
  const row = "x".repeat(65_535);
  for (let number = 0; number < 64; number++) house.editor.print(row);
  assert(!house.tty.writes.join("").includes(row));
  // No more waits: all of it is shown, and none is dropped.
  house.editor.print("one more");
  assertEquals(house.tty.writes.join("").split(row).length - 1, 64);
  await house.editor.pause(() => {
    for (let number = 0; number < 100; number++) house.editor.print(row);
    return Promise.resolve();
  });
  assertStringIncludes(house.tty.writes.join(""), "-- 37 older lines were not shown\r\n");
});

Deno.test("In linear mode another line is written in a new row, candidates as a line", async () => {
  await using house = open();
  await house.type("one\rtwo");
  assertEquals(await house.type("\x1b[A"), "\r\none");
  assertEquals(await house.type("\x15"), "\r\n");
  assertEquals(await house.type("/j\t"), "/join ");
  await house.type("\x15/q\t");
  assertEquals(house.tty.lines.slice(-2), ["/quit  /quiet", "/qui"]);
  assertEquals(await house.type("\t"), "t");
  await house.type("\r");
  assertEquals(house.entered, ["one", "/quit"]);
});

Deno.test("In linear mode a secret is asked for in a row of its own, and not shown", async () => {
  await using house = open();
  await house.type("half");
  const secret = house.editor.secret("The passphrase");
  await house.tty.settled();
  house.editor.print("meanwhile");
  await house.type("horse\r");
  assertEquals(await secret, "horse");
  assertEquals(house.tty.lines, ["half", "The passphrase:", "meanwhile", "half"]);
});

Deno.test("In linear mode the terminal is handed over, and what waited is printed then", async () => {
  await using house = open();
  await house.type("half");
  await house.editor.pause(async () => {
    house.editor.print("waits");
    house.tty.write("somebody else\r\n");
    await house.tty.settled();
  });
  await house.type(" more\r");
  assertEquals(house.tty.lines, ["half", "somebody else", "waits", "half more"]);
  assertEquals(house.entered, ["half more"]);
});
