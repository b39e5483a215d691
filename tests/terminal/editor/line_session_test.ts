import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { KeyDecoder } from "../../../terminal/editor/keys.ts";
import { LineSession } from "../../../terminal/editor/line_session.ts";

/** A session, and how it is typed at; the outcomes of the keys come back. */
function open(entries: readonly string[] = []) {
  const kept = [...entries];
  const history = { entries: kept, add: (line: string) => void kept.push(line) };
  const complete = (_text: string, cursor: number) => ({
    from: 0,
    to: cursor,
    candidates: ["/x "],
  });
  const session = new LineSession({ prompt: "> ", history, complete });
  return {
    session,
    type(keys: string) {
      const decoder = new KeyDecoder();
      const decoded = [...decoder.push(new TextEncoder().encode(keys)), ...decoder.flush()];
      return decoded.map((key) => session.press(key));
    },
    /** The text, the cursor in it as `|`. */
    get shown() {
      const { text, cursor } = session.view;
      return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
    },
  };
}

Deno.test("LineSession does what shells do at their keys", () => {
  for (
    const [keys, wanted] of [
      ["one two\x17", "one |"],
      ["one two\x1b\x7f", "one |"],
      ["one two\x01\x1bd", "| two"],
      ["one two\x1bb\x0b", "one |"],
      ["one two\x1b[1;5D\x15", "|two"],
      ["one two\x15\x19\x19", "one twoone two|"],
      ["ab\x14", "ba|"],
      ["one two\x1b[1;3D\x1b[1;5D\x1b[1;5C!", "one!| two"],
      ["one\x17\x1f", "one|"],
      ["one\x17\x18\x15", "one|"],
      ["ab\x1b[H\x1b[3~\x1b[F", "b|"],
      ["a\x1b\rb\x10", "a\nb|"],
      ["one\x1a\x1b", "one|"],
    ] as const
  ) {
    const house = open();
    house.type(keys);
    assertEquals(house.shown, wanted, JSON.stringify(keys));
  }
});

Deno.test("LineSession goes through the lines of a text before it goes to the lines of before", () => {
  const house = open(["before"]);
  house.type("one\x1b\rtwo\x1b[A");
  assertEquals(house.shown, "one|\ntwo");
  house.type("\x1b[A");
  assertEquals(house.shown, "before|");
  house.type("\x1b[B");
  assertEquals(house.shown, "one\ntwo|");
});

Deno.test("LineSession takes the newline off a paste's end, and gives blocks whole", () => {
  const house = open();
  assertEquals(house.type("\x1b[200~a\r\n\tb\r\n\x1b[201~\r"), ["changed", { entered: "a\n\tb" }]);
  assertEquals(house.type("\r"), [{ entered: "" }]);
});

Deno.test("LineSession tells who is above it of what it does not do itself", () => {
  const house = open();
  assertEquals(house.type("\x0c\x18\x05\x1b5\x04\x03"), [
    "clear",
    "changed",
    "edit",
    "unused",
    "end",
    "end",
  ]);
  assertEquals(house.type("x\x03\x03"), ["changed", "changed", "end"]);
});

Deno.test("LineSession keeps what was entered, but nothing blank and nothing twice in a row", () => {
  const house = open(["old"]);
  house.type("old\r  \rnew\rnew\r\x1b[A\x1b[A");
  assertEquals(house.shown, "old|");
  house.type("\x1b[A");
  assertEquals(house.shown, "old|");
});

Deno.test("LineSession never throws, and its cursor is always within the text (I1)", () => {
  const part = fc.oneof(
    fc.constantFrom(
      "\x1b[A",
      "\x1b[B",
      "\x12",
      "\x1bp",
      "\x1bn",
      "\t",
      "\x1b[Z",
      "\r",
      "\x1b\r",
      "\\\r",
    ),
    fc.constantFrom(
      "\x17",
      "\x15",
      "\x0b",
      "\x19",
      "\x1f",
      "\x14",
      "\x18",
      "\x05",
      "\x03",
      "\x1b",
      "\x07",
    ),
    fc.string({ unit: "grapheme", maxLength: 5 }),
    fc.string({ unit: "binary", maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(part), (entries, parts) => {
      const house = open(entries);
      for (const keys of parts) {
        house.type(keys);
        const { text, cursor } = house.session.view;
        assert(cursor >= 0 && cursor <= text.length);
        house.session.choice(20);
      }
    }),
    { numRuns: 500 },
  );
});
