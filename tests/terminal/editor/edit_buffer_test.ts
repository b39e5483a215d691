import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EditBuffer } from "../../../terminal/editor/edit_buffer.ts";
import { graphemesOf } from "../../../terminal/editor/graphemes.ts";

type Operation = (buffer: EditBuffer) => unknown;

/** What some operations make of a text; the cursor is where `|` is, in both. */
function edited(text: string, ...operations: readonly Operation[]): string {
  const buffer = new EditBuffer();
  buffer.insert(text.replace("|", ""));
  buffer.moveTo(text.indexOf("|"));
  for (const operation of operations) operation(buffer);
  return shown(buffer);
}

function shown({ text, cursor }: EditBuffer): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

Deno.test("EditBuffer moves and deletes by what readers take for a character", () => {
  const family = "👩‍👩‍👧";
  assertEquals(edited(`a${family}|b`, (b) => b.deleteLeft()), "a|b");
  assertEquals(edited(`a|${family}b`, (b) => b.deleteRight()), "a|b");
  assertEquals(edited(`e\u0301🇩🇪|`, (b) => b.left(), (b) => b.left()), "|e\u0301🇩🇪");
  assertEquals(edited(`|字x`, (b) => b.right()), "字|x");
  assertEquals(edited("|", (b) => b.left(), (b) => b.deleteLeft(), (b) => b.deleteRight()), "|");
  assertEquals(edited("ab|", (b) => b.deleteLeft(), (b) => b.insert("字")), "a字|");
});

Deno.test("EditBuffer knows words, and lines", () => {
  assertEquals(edited("one two-three|", (b) => b.wordLeft()), "one two-|three");
  assertEquals(edited("one  two|", (b) => b.wordLeft(), (b) => b.wordLeft()), "|one  two");
  assertEquals(edited("|one, über", (b) => b.wordRight(), (b) => b.wordRight()), "one, über|");
  assertEquals(edited("a\nb|c\nd", (b) => b.lineBegin()), "a\n|bc\nd");
  assertEquals(edited("a\nb|c\nd", (b) => b.lineEnd()), "a\nbc|\nd");
  assertEquals(
    edited("one\ntwo!\nx|", (b) => b.up(), (b) => b.lineEnd(), (b) => b.up()),
    "one|\ntwo!\nx",
  );
  assertEquals(edited("字字|\nabc", (b) => b.down()), "字字\nab|c");
  assertEquals(edited("abc|\n\nx", (b) => b.down(), (b) => b.down()), "abc\n\n|x");
  const buffer = new EditBuffer();
  buffer.insert("one");
  assertEquals([buffer.up(), buffer.down()], [false, false]);
});

Deno.test("EditBuffer kills and yanks as a shell does", () => {
  assertEquals(edited("say /a/b c|d", (b) => b.killBlankWordLeft()), "say /a/b |d");
  assertEquals(edited("say /a/b |d", (b) => b.killBlankWordLeft()), "say |d");
  assertEquals(edited("say /a/b|", (b) => b.killWordLeft()), "say /a/|");
  assertEquals(edited("|one two", (b) => b.killWordRight()), "| two");
  assertEquals(edited("a\none |two", (b) => b.killToBegin()), "a\n|two");
  assertEquals(edited("a\n|two", (b) => b.killToBegin()), "a|two");
  assertEquals(edited("one |two\nb", (b) => b.killToEnd()), "one |\nb");
  assertEquals(edited("one |\nb", (b) => b.killToEnd()), "one |b");
  assertEquals(
    edited("one two|", (b) => b.killBlankWordLeft(), (b) => b.lineBegin(), (b) => b.yank()),
    "two|one ",
  );
  assertEquals(edited("ab|", (b) => b.transpose()), "ba|");
  assertEquals(edited("a|bc", (b) => b.transpose()), "ba|c");
  assertEquals(edited("字|e\u0301", (b) => b.transpose()), "e\u0301字|");
  assertEquals(edited("a|", (b) => b.transpose()), "a|");
  assertEquals(edited("a\n|b", (b) => b.transpose()), "a\n|b");
});

Deno.test("EditBuffer takes a run of typing back at once, a word at a time", () => {
  const buffer = new EditBuffer();
  for (const character of "one two") buffer.insert(character);
  buffer.killBlankWordLeft();
  assertEquals(shown(buffer), "one |");
  buffer.undo();
  assertEquals(shown(buffer), "one two|");
  buffer.undo();
  assertEquals(shown(buffer), "one|");
  buffer.undo();
  assertEquals([shown(buffer), buffer.undo()], ["|", false]);
});

Deno.test("EditBuffer holds nothing that nobody can type (I2)", () => {
  assertEquals(edited("|", (b) => b.insert("a\r\nb\x1b[A\x07\td\ud800")), "a\nb[A\td\ufffd|");
  assertEquals(edited("a b|", (b) => b.replace(0, 1, "/who\r")), "/who\n| b");
  assertEquals(edited("a b|", (b) => b.set("x\x00y")), "xy|");
  const buffer = new EditBuffer();
  buffer.insert("x".repeat(1_000_000));
  assertEquals([buffer.text.length, buffer.insert("y")], [100_000, false]);
  assertEquals([buffer.take().length, buffer.text, buffer.undo()], [100_000, "", false]);
});

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "👩‍",
    "\u0301",
    "\u200d",
    "👧",
    "🇩",
    "🇪",
    "\n",
    " ",
    "ᄀ",
    "ᅡ",
    "字",
    "\u202e",
    "\ud83d",
  ),
);
const place = fc.nat(30);
const NAMES = [
  ...([
    "deleteLeft",
    "deleteRight",
    "left",
    "right",
    "wordLeft",
    "wordRight",
    "lineBegin",
  ] as const),
  ...(["lineEnd", "up", "down", "killToBegin", "killToEnd", "killBlankWordLeft"] as const),
  ...(["killWordLeft", "killWordRight", "yank", "transpose"] as const),
];
const named = (...names: (typeof NAMES[number] | "undo")[]) =>
  fc.constantFrom(...names).map((name): Operation => (buffer) => buffer[name]());
const edit: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: named(...NAMES) },
  text.map((text): Operation => (buffer) => buffer.insert(text)),
  text.map((text): Operation => (buffer) => buffer.set(text)),
  fc.tuple(place, place, text).map(([from, to, text]): Operation => (buffer) =>
    buffer.replace(from, to, text)
  ),
  place.map((at): Operation => (buffer) => buffer.moveTo(at)),
);
const operation = fc.oneof({ weight: 9, arbitrary: edit }, named("undo"));

Deno.test("EditBuffer never throws, and its cursor is always between graphemes (I1, I2, I4)", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
      const buffer = new EditBuffer();
      for (const operate of operations) {
        operate(buffer);
        const boundaries = new Set([0]);
        let at = 0;
        for (const grapheme of graphemesOf(buffer.text)) boundaries.add(at += grapheme.length);
        assert(boundaries.has(buffer.cursor), JSON.stringify(shown(buffer)));
        assert(buffer.text.isWellFormed());
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("EditBuffer gives back everything that was changed, step by step (I3)", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
      const buffer = new EditBuffer();
      const seen = new Set([buffer.text]);
      for (const operate of operations) {
        operate(buffer);
        seen.add(buffer.text);
      }
      while (buffer.undo()) assert(seen.has(buffer.text));
      assertEquals(shown(buffer), "|");
    }),
    { numRuns: 1_000 },
  );
  fc.assert(
    fc.property(text, place, edit, (text, at, operate) => {
      const buffer = new EditBuffer();
      buffer.insert(text);
      buffer.moveTo(at);
      const [before, state] = [buffer.text, shown(buffer)];
      operate(buffer);
      if (buffer.text === before) return;
      buffer.undo();
      assert([state, "|"].includes(shown(buffer)), JSON.stringify([state, shown(buffer)]));
    }),
  );
});
