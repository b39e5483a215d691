import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LineEditor, type LineEditorOptions } from "../../../terminal/editor/line_editor.ts";
import { HASTY, ScreenTty } from "../../support/screen_tty.ts";

interface House extends AsyncDisposable {
  readonly tty: ScreenTty;
  readonly editor: LineEditor;
  /** Resolves when the editing has ended. */
  readonly ended: Promise<void>;
  /** What was entered. */
  readonly entered: string[];
  /** Types, and waits until the screen shows it. */
  type(keys: string): Promise<void>;
}

/** An editor in a terminal of 20 by 8. */
function open(options: Partial<LineEditorOptions> = {}, size = { columns: 20, rows: 8 }): House {
  const tty = new ScreenTty(size);
  const editor = new LineEditor({ prompt: "> ", ...options }, tty, HASTY);
  const entered: string[] = [];
  const taking = (async () => {
    for await (const line of editor.lines()) entered.push(line);
  })();
  return {
    tty,
    editor,
    entered,
    ended: taking,
    async type(keys) {
      tty.type(keys);
      await tty.settled();
    },
    async [Symbol.asyncDispose]() {
      editor.close();
      tty.end();
      await taking;
      await tty.settled();
      tty.screen.dispose();
    },
  };
}

Deno.test("LineEditor leaves a half-typed line and its cursor as they are when something is printed (I1)", async () => {
  await using house = open();
  const { tty, editor } = house;
  await house.type("half a line\x1b[D\x1b[D");
  const column = tty.cursor.column;
  assertEquals(column, 11);
  editor.print("one\ntwo");
  editor.print("a line that is longer than the terminal");
  await tty.settled();
  assertEquals(tty.lines, [
    ...["one", "two", "a line that is longer than the terminal", "> half a line"],
  ]);
  assertEquals(tty.cursor, { row: 4, column });
  await house.type("X\r");
  assertEquals(house.entered, ["half a liXne"]);
  assertEquals(tty.lines.at(-1), ">");
});

Deno.test("LineEditor writes once for whatever happens in one turn (I6)", async () => {
  await using house = open();
  await house.tty.settled();
  const before = house.tty.writes.length;
  for (let number = 0; number < 1_000; number++) house.editor.print(`line ${number}`);
  await house.tty.settled();
  assertEquals(house.tty.writes.length, before + 1);
  assertEquals(house.tty.lines.length, 1_001);
});

Deno.test("LineEditor shows a pasted block as its lines, and gives it as one (I3)", async () => {
  await using house = open();
  const block = Array.from({ length: 200 }, (_, index) => `line ${index + 1}`).join("\n");
  await house.type(`a: \x1b[200~${block.replaceAll("\n", "\r")}\r\x1b[201~`);
  assertEquals(house.tty.rows, ["… 197 more above", "… line 198", "… line 199", "… line 200"]);
  await house.type("\r");
  assertEquals(house.entered, [`a: ${block}`]);
  assertEquals(house.tty.rows, [">"]);
});

Deno.test("LineEditor begins a new line behind a backslash, and with Alt+Enter", async () => {
  await using house = open();
  await house.type("one\\\rtwo\x1b\rthree\x1b[13;2ufour");
  assertEquals(house.tty.rows, ["> one", "… two", "… three", "… four"]);
  await house.type("\x1b[A\x1b[A!\r");
  assertEquals(house.entered, ["one\ntwo!\nthree\nfour"]);
  await house.type("C:\\\\\r");
  assertEquals(house.entered.at(-1), "C:\\\\");
});

Deno.test("LineEditor keeps a footer above the line, and out of what was printed (I4)", async () => {
  await using house = open({}, { columns: 20, rows: 5 });
  const { tty, editor } = house;
  let status = "status";
  editor.setFooter((columns) => ["pending", `${status} ${columns}`]);
  await tty.settled();
  assertEquals(tty.rows, ["pending", "status 19", ">"]);
  for (let number = 1; number <= 30; number++) {
    status = `changed ${number}`;
    editor.print(`line ${number}`);
    if (number % 3 === 0) await tty.settled();
  }
  await tty.settled();
  const printed = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
  assertEquals(tty.rows, [...printed, "pending", "changed 30 19", ">"]);
  editor.setFooter(undefined);
  await tty.settled();
  assertEquals(tty.rows, [...printed, ">"]);
});

Deno.test("LineEditor gives up rows of the footer first where there are few", async () => {
  await using house = open({}, { columns: 20, rows: 3 });
  house.editor.setFooter(() => ["pending", "status"]);
  await house.tty.settled();
  assertEquals(house.tty.rows, ["status", ">"]);
  await house.tty.resize(20, 2);
  assertEquals(house.tty.rows.at(-1), ">");
  await house.tty.resize(3, 1);
  await house.type("字字x");
  await house.type("\r");
  assertEquals(house.entered, ["字字x"]);
  await house.tty.resize(20, 6);
  assertEquals(house.tty.rows.slice(-3), ["pending", "status", ">"]);
});

Deno.test("LineEditor draws again what a terminal lost that was smaller for a moment", async () => {
  await using house = open({}, { columns: 30, rows: 8 });
  const shown = ["said", "> one two three four", "… five", "… six"];
  house.editor.print("said");
  await house.type("one two three four\x1b\rfive\x1b\rsix\x1b[A\x1b[A\x05");
  assertEquals(house.tty.rows, shown);
  await house.tty.drag([{ columns: 12, rows: 8 }, { columns: 30, rows: 8 }]);
  assertEquals(house.tty.rows, shown);
  await house.tty.drag([{ columns: 30, rows: 2 }, { columns: 30, rows: 8 }]);
  assertEquals(house.tty.rows, shown);
});

Deno.test("LineEditor clears a half-typed line at Ctrl-C, and ends at one on an empty line", async () => {
  await using house = open();
  await house.type("half\x03");
  assertEquals(house.tty.rows, [">"]);
  await house.type("\x1f");
  assertEquals(house.tty.rows, ["> half"]);
  await house.type("\x03\x03");
  assert(!house.tty.isRaw);
  assertEquals(house.tty.rows, []);
  assertEquals(house.tty.writes.join("").split("\x1b[?2004l").length, 2);
  house.editor.print("after");
  await house.tty.settled();
  assertEquals(house.tty.rows, ["after"]);
});

Deno.test("LineEditor does what is asked when the input ends, and at Ctrl-D on an empty line", async () => {
  for (const ending of ["\x04", undefined]) {
    await using house = open();
    await house.type("ab\x01\x04");
    assertEquals(house.tty.rows, ["> b"]);
    await house.type("\x7f\x04");
    if (ending === undefined) house.tty.end();
    else await house.type(ending);
    await house.ended;
    assertEquals(house.entered, []);
    assert(!house.tty.isRaw);
  }
});

Deno.test("LineEditor brings entered lines back, and keeps what is half typed below them", async () => {
  const entries = ["older", "old"];
  const history = { entries, add: (line: string) => void entries.push(line) };
  await using house = open({ history }, { columns: 40, rows: 8 });
  await house.type("now\x1b[A\x1b[A\x1b[A");
  assertEquals(house.tty.rows, ["> older"]);
  await house.type("\x1b[B!\x1b[A\x1b[B");
  assertEquals(house.tty.rows, ["> old!"]);
  await house.type("\x7f\x1b[B");
  assertEquals(house.tty.rows, ["> now"]);
  await house.type("\x15o\x1bp");
  assertEquals(house.tty.rows, ["> old"]);
  assertEquals(house.tty.cursor.column, 3);
  await house.type("\x1bp\r");
  assertEquals([house.entered, entries], [["older"], ["older", "old", "older"]]);
  await house.type("\x12ol");
  assertEquals(house.tty.rows, ["(history: ol) older"]);
  await house.type("\x12d\x05!\r");
  assertEquals(house.entered.at(-1), "old!");
  await house.type("kept\x12old\x07\r");
  assertEquals(house.entered.at(-1), "kept");
});

Deno.test("LineEditor completes: one candidate, what several begin with, then one after the other", async () => {
  const names = ["anna", "anton", "bob "];
  const complete = (text: string, cursor: number) => {
    const from = text.lastIndexOf(" ", cursor - 1) + 1;
    const part = text.slice(from, cursor);
    return { from, to: cursor, candidates: names.filter((name) => name.startsWith(part)) };
  };
  await using house = open({ complete });
  await house.type("/msg b\thi");
  assertEquals(house.tty.rows, ["> /msg bob hi"]);
  await house.type("\x15a\t");
  assertEquals(house.tty.rows, ["anna  anton", "> an"]);
  await house.type("\t\t");
  assertEquals(house.tty.rows, ["anna  anton", "> anton"]);
  await house.type("\x1b[Z ");
  assertEquals(house.tty.rows, ["> anna"]);
  const { length } = house.tty.writes;
  await house.type("x\t");
  assert(house.tty.writes.slice(length).join("").includes("\x07"));
});

Deno.test("LineEditor puts nothing in that was found too late, and loses nothing that was typed meanwhile", async () => {
  const found = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let asked = 0;
  const complete = async (_text: string, cursor: number) => {
    const candidate = await found[asked++]!.promise;
    return { from: 0, to: cursor, candidates: [candidate] };
  };
  await using house = open({ complete });
  await house.type("a\tb");
  found[0]!.resolve("anna");
  await house.tty.settled();
  assertEquals(house.tty.rows, ["> ab"]);
  await house.type("\t");
  found[1]!.resolve("abel");
  await house.tty.settled();
  assertEquals(house.tty.rows, ["> abel"]);
});

Deno.test("LineEditor hands its terminal over, and goes on below what others wrote", async () => {
  await using house = open({
    async edit(text) {
      assert(!house.tty.isRaw);
      assertEquals(text, "half");
      house.tty.write("an editor\r\n");
      house.editor.print("held");
      await house.tty.settled();
      assertEquals(house.tty.rows, ["an editor"]);
      return `${text} and half\n`;
    },
  });
  await house.type("half\x18\x05ijk");
  assertEquals(house.tty.rows, ["an editor", "held", "> half and half"]);
  assert(house.tty.isRaw);
});

Deno.test("LineEditor drops the oldest of what is printed while others have its terminal, and tells", async () => {
  await using house = open();
  const row = "x".repeat(1_023);
  await house.editor.pause(() => {
    for (let number = 0; number < 5_000; number++) house.editor.print(row);
    house.editor.print("the last one");
    return Promise.resolve();
  });
  await house.tty.settled();
  const written = house.tty.writes.join("");
  assertStringIncludes(written, "-- 905 older lines were not shown\r\n");
  assertEquals(written.split(row).length - 1, 4_095);
  assertEquals(house.tty.rows.slice(-2), ["the last one", ">"]);
});

Deno.test("LineEditor shows all that is printed in one turn, however much it is", async () => {
  await using house = open();
  const row = "x".repeat(65_535);
  for (let number = 0; number < 100; number++) house.editor.print(row);
  await house.tty.settled();
  assertEquals(house.tty.writes.join("").split(row).length - 1, 100);
});

Deno.test("LineEditor takes no key that is typed for whoever has its terminal", async () => {
  await using house = open();
  await house.type("x");
  await house.editor.pause(async () => {
    house.tty.type("y\r");
    await house.tty.settled();
    assertEquals(house.tty.untaken, "y\r");
  });
  await house.type("z\r");
  assertEquals(house.entered, ["xz"]);
});

Deno.test("LineEditor takes its terminal again when the process goes on that was stopped", async () => {
  await using house = open();
  await house.type("half");
  house.tty.isRaw = false;
  house.tty.write("\r\na shell\r\n");
  await house.tty.goOn();
  assertEquals(house.tty.rows, ["> half", "a shell", "> half"]);
  assert(house.tty.isRaw);
  await house.type(" a line\r");
  assertEquals(house.entered, ["half a line"]);
});

Deno.test("LineEditor asks for a secret without showing it", async () => {
  await using house = open();
  await house.type("half");
  const secret = house.editor.secret("The passphrase");
  await house.type("hor");
  assertEquals(house.tty.rows, ["The passphrase:"]);
  house.editor.print("meanwhile");
  await house.type("se\r");
  assertEquals(await secret, "horse");
  assertEquals(house.tty.rows, ["meanwhile", "> half"]);
  assert(!house.tty.writes.join("").includes("hor"));
  const none = house.editor.secret("Again");
  house.editor.close();
  assertEquals(await none, undefined);
});

Deno.test("LineEditor keeps what is typed behind a line that asks for secrets, and drops what none asked for (I7)", async () => {
  await using house = open({ asks: (line) => line === "ask" });
  const { editor, entered, tty } = house;
  await house.type("ask\rone\rtwo\rthree\rlo");
  assertEquals([entered, tty.rows], [["ask"], [">"]]);
  assertEquals(await editor.secret("First"), "one");
  assertEquals(await editor.secret("Second"), "two");
  editor.proceed();
  await house.type("st\r");
  assertEquals(entered, ["ask", "st"]);
  assert(!/one|two|three/.test(tty.writes.join("")));
  // Whoever waits for a question that does not come can leave.
  await house.type("ask\r\x03");
  await house.ended;
});

Deno.test("LineEditor gives keys that it has no use for to who wants them", async () => {
  const keys: string[] = [];
  await using house = open({
    onKey: (key) => key.kind === "key" && keys.push(`${key.alt ? "alt+" : ""}${key.name}`) > 0,
  });
  await house.type("a\x1b1\x1b[5~\x1b[Ab");
  assertEquals(keys, ["alt+1", "pageup"]);
  assertEquals(house.tty.rows, ["> ab"]);
});

Deno.test("LineEditor clears the screen at Ctrl-L, and loses nothing of it", async () => {
  await using house = open({}, { columns: 20, rows: 4 });
  house.editor.print("one\ntwo");
  await house.type("half\x0c");
  assertEquals(house.tty.lines.filter((line) => line !== ""), ["one", "two", "> half"]);
  assertEquals(house.tty.cursor.row, house.tty.screen.buffer.active.baseY);
});
