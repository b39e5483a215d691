import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { escapeText } from "../../terminal/escape.ts";
import { counted, Lines } from "../../terminal/lines.ts";
import { COLOURS, MONO, PLAIN } from "../../terminal/style.ts";

const at = new Date(2026, 0, 1, 9, 5).getTime();
const said = { room: "lobby", sender: "bob", text: "hello", id: "1", seq: 7, at };
const whispered = { from: "bob", to: "ann", text: "psst", id: "1", seq: 7, at };

Deno.test("Lines shows who said what where, with the local time", () => {
  const lines = new Lines({ name: "ann", style: PLAIN, times: true });
  assertEquals(lines.message(said), "09:05 [lobby] bob: hello");
  assertEquals(lines.message({ ...said, sender: "ann" }), "09:05 [lobby] ann: hello #7");
  assertEquals(lines.private(whispered), "09:05 [private] bob: psst");
  const own = { ...whispered, from: "ann", to: "bob" };
  assertEquals(lines.private(own), "09:05 [private to bob] ann: psst #7");
  assertEquals(lines.notice("bob joined"), "-- bob joined");
});

Deno.test("Lines without times is what a script may read", () => {
  const lines = new Lines({ name: "ann", style: PLAIN, times: false });
  assertEquals(lines.message({ ...said, sender: "ann" }), "[lobby] ann: hello");
  assertEquals(lines.message({ ...said, text: "x\ny" }), "[lobby] bob: x\n  | y");
  // Whatever a terminal would be told: room and rows are as they are.
  const narrow = new Lines({ name: "ann", style: PLAIN, times: false, columns: () => 20 });
  const text = "one two three four five six";
  assertEquals(narrow.message({ ...said, text }, { isHere: true }), `[lobby] bob: ${text}`);
});

Deno.test("Lines lets nobody write a line that looks like somebody else's (I2)", () => {
  const lines = new Lines({ name: "ann", style: PLAIN, times: true });
  assertEquals(
    lines.message({ ...said, text: "x\n09:05 [lobby] ann: I resign" }),
    "09:05 [lobby] bob: x\n                 | 09:05 [lobby] ann: I resign",
  );
});

Deno.test("Lines lets no control sequence of a peer's through (I1)", () => {
  const lines = new Lines({ name: "ann", style: PLAIN, times: true });
  const text = fc.string({ unit: "binary" });
  // deno-lint-ignore no-control-regex
  const forbidden = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;
  fc.assert(fc.property(text, text, text, fc.double(), (one, two, three, time) => {
    const shown = [
      lines.message({ ...said, room: one, sender: two, text: three, at: time }),
      lines.private({ ...whispered, from: one, to: two, text: three, at: time }),
      lines.notice(one),
      lines.alarm(two),
    ];
    for (const line of shown) assert(!forbidden.test(line), JSON.stringify(line));
    assertEquals(shown[0]!.split("\n").length, three.split("\n").length);
  }));
});

Deno.test("Lines ends every colour that it begins, in each row", () => {
  const ends: Readonly<Record<string, string>> = { "1": "22", "2": "22", "7": "27" };
  for (const style of [COLOURS, MONO]) {
    const lines = new Lines({ name: "ann", style, times: true, columns: () => 40 });
    const text = "ann: " + "one two ".repeat(20) + "\nann";
    const all = [
      lines.message({ ...said, text }),
      lines.private({ ...whispered, from: "ann", text }),
      lines.notice(text),
      lines.alarm(text),
      lines.dayLine(at),
      ...lines.pending(text, { room: "lobby" }, 40),
    ];
    for (const row of all.flatMap((line) => line.split("\n"))) {
      const open: string[] = [];
      // deno-lint-ignore no-control-regex
      for (const [, code = ""] of row.matchAll(/\x1b\[([\d;]+)m/g)) {
        if (code === open.at(-1)) open.pop();
        else open.push(ends[code] ?? "39");
      }
      assertEquals(open, [], JSON.stringify(row));
    }
  }
});

Deno.test("Lines marks what was missed, and tells the day where it may be another one", () => {
  const lines = new Lines({ name: "ann", style: PLAIN, times: true });
  const now = new Date(2026, 0, 2, 8).getTime();
  assertEquals(
    lines.message(said, { isMissed: true, now }),
    "yesterday 09:05 missed [lobby] bob: hello",
  );
  assertEquals(lines.private(whispered, { now: at }), "today 09:05 [private] bob: psst");
});

Deno.test("Lines folds a text of many rows, and says how to see all of it (I3)", () => {
  const lines = new Lines({ name: "Ann", style: PLAIN, times: true, maxRows: 40 });
  const text = Array.from({ length: 100 }, (_, row) => `row ${row}`).join("\n");
  const shown = lines.message({ ...said, text }).split("\n");
  const indent = " ".repeat(17);
  assertEquals(shown.length, 41);
  assertEquals(shown.slice(-2), [`${indent}| row 39`, `${indent}| … all of it: /show lobby 7`]);
  assertEquals(lines.message({ ...said, text }, { isWhole: true }).split("\n").length, 100);
  const newlines = lines.private({ ...whispered, text: "\n".repeat(16_384) }).split("\n");
  assertEquals([newlines.length, newlines.at(-1)], [41, `${indent}  | … all of it: /show @ann 7`]);
  const long = lines.message({ ...said, text: "x".repeat(16_384) });
  assert(long.length < 42 * 80, `${long.length} characters`);
  const fits = Array.from({ length: 40 }, () => "row").join("\n");
  assertEquals(lines.message({ ...said, text: fits }).split("\n").length, 40);
});

Deno.test("counted counts", () => {
  assertEquals([counted(1, "message"), counted(2, "message")], ["1 message", "2 messages"]);
});

Deno.test("Lines shows files below what was said, with their numbers where somebody gives them", () => {
  const file = { id: "f", name: "a\nb", size: 6, type: "text/plain", sha256: "0".repeat(64) };
  const files = [file, { ...file, name: "c" }];
  const script = new Lines({ name: "ann", style: PLAIN, times: false });
  assertEquals(
    script.message({ ...said, files }),
    "[lobby] bob: hello\n  [file] a␊b, 6 B\n  [file] c, 6 B",
  );
  const card = ({ name }: { readonly name: string }) => `[1] ${name.at(0)}`;
  const lines = new Lines({ name: "ann", style: PLAIN, times: true, card });
  assertEquals(
    lines.message({ ...said, sender: "ann", text: "", files }),
    `09:05 [lobby] ann: #7\n${" ".repeat(19)}[1] a\n${" ".repeat(19)}[1] c`,
  );
  // No text can look like a file: what follows its first line is behind a bar.
  assertEquals(
    lines.private({ ...whispered, text: "x\n[1] a", files: [file] }),
    `09:05 [private] bob: x\n${" ".repeat(19)}| [1] a\n${" ".repeat(21)}[1] a`,
  );
});

Deno.test("Lines tells what was removed and by whom, and shows numbers to who needs them", () => {
  const lines = new Lines({ name: "ann", style: PLAIN, times: true });
  assertEquals(lines.message(said, { isNumbered: true }), "09:05 [lobby] bob: hello #7");
  const removed = { ...said, text: "", removed: { by: "ann", at } };
  assertEquals(lines.message(removed), "09:05 [lobby] bob: (removed by ann)");
  const removes = { ...said, sender: "ann", text: "", removes: 7, seq: 9 };
  assertEquals(lines.message(removes), "-- ann removed message #7 of lobby");
  assertEquals(
    lines.message({ ...removed, removed: { by: "x\ny", at } }),
    "09:05 [lobby] bob: (removed by x␊y)",
  );
  // Names come from the server, which may lie.
  const lie = "\x1b[2J\n09:05 [lobby] ann: I resign";
  for (const one of [{ ...removed, removed: { by: lie, at } }, { ...removes, sender: lie }]) {
    const shown = lines.message(one);
    assertEquals(
      shown.includes("\x1b") ||
        shown.split("\n").some((line) => line.startsWith("09:05 [lobby] ann")),
      false,
    );
  }
});

Deno.test("Lines lets no room's name pass for a mark", () => {
  const lines = new Lines({ name: "ann", style: PLAIN, times: true, showsTime: false });
  const script = new Lines({ name: "ann", style: PLAIN, times: false });
  for (const room of ["encrypted", "private"]) {
    assertEquals(lines.message({ ...said, room }), `[room ${room}] bob: hello`);
    assertEquals(lines.pending("hello", { room }, 80), [`… [room ${room}] ann: hello`]);
    assertEquals(script.message({ ...said, room }), `[${room}] bob: hello`);
  }
  const sealed = { secrecy: { kind: "sealed", key: "k" } } as const;
  assertEquals(
    lines.message({ ...said, room: "private", ...sealed }),
    "[room private, encrypted] bob: hello",
  );
});

Deno.test("Lines tell what is encrypted, what is not and usually is, and why something is not shown", () => {
  const lines = new Lines({ name: "ann", style: PLAIN, times: false });
  const whispered = { from: "bob", to: "ann", text: "psst", id: "1", seq: 7, at: 0 };
  const said = { room: "attic", sender: "bob", text: "psst", id: "1", seq: 7, at: 0 };
  const sealed = { secrecy: { kind: "sealed" } } as const;
  assertEquals(lines.private({ ...whispered, ...sealed }), "[private, encrypted] bob: psst");
  const own = { ...whispered, from: "ann", to: "bob", ...sealed };
  assertEquals(lines.private(own), "[private to bob, encrypted] ann: psst");
  assertEquals(lines.message({ ...said, ...sealed }), "[attic, encrypted] bob: psst");
  const open = { secrecy: { kind: "open" } } as const;
  assertEquals(lines.private({ ...whispered, ...open }), "[private] bob: psst");
  const unexpected = { secrecy: { kind: "open", isUnexpected: true } } as const;
  assertEquals(
    lines.private({ ...whispered, ...unexpected }),
    "[private, NOT encrypted] bob: psst",
  );
  const closed = { text: "", secrecy: { kind: "closed", reason: "a \x1b[2J reason" } } as const;
  assertEquals(
    lines.message({ ...said, ...closed }),
    `[attic] bob: -- not shown: ${escapeText("a \x1b[2J reason")}`,
  );
});

Deno.test("Lines answers in plain text behind a dim beginning, and tells what happens all dim", () => {
  const lines = new Lines({ name: "ann", style: MONO, times: true, columns: () => 20 });
  assertEquals(lines.answer("bell is off"), "\x1b[2m--\x1b[22m bell is off");
  assertEquals(lines.answer("-- is where options end")[0], "\x1b");
  const rows = lines.answer("many words that need two rows\x1b[31m").split("\n");
  assertEquals(rows.map((row) => row.replaceAll("\x1b[2m", "~").replaceAll("\x1b[22m", "~")), [
    "~--~ many words that",
    "~ |~ need two",
    "~ |~ rows␛[31m",
  ]);
  const long = lines.notice("word ".repeat(1_000)).split("\n");
  assertEquals([long.length, long.at(-1)], [21, "\x1b[2m | …\x1b[22m"]);
  assertEquals(lines.notice("bob joined lobby").startsWith("\x1b[2m-- bob"), true);
});
