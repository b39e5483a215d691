import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { escapeText } from "../../../terminal/escape.ts";
import { quoteWord, scanWords, splitWords } from "../../../terminal/commands/words.ts";

Deno.test("splitWords takes a line apart as a shell does", () => {
  for (
    const [line, words] of [
      ["", []],
      ["  ", []],
      ["a  b\tc", ["a", "b", "c"]],
      ['"a b" c', ["a b", "c"]],
      ["'a \"b' c", ['a "b', "c"]],
      ["a\\ b", ["a b"]],
      ["a' 'b\" \"c", ["a b c"]],
      ["''", [""]],
      ["a\\\\b", ["a\\b"]],
      ["$'a\\nb'c $'\\x1b\\u00e9\\U0001f600\\'\\\\'", ["a\nbc", "\x1bé😀'\\"]],
      ["a$ $b", ["a$", "$b"]],
      ['"$\'a"', ["$'a"]],
    ] as const
  ) assertEquals(splitWords(line)?.map(({ text }) => text), [...words], line);
});

Deno.test("splitWords says no to what is not closed", () => {
  for (const line of ['"a', "a 'b", "a\\", 'a"b', "$'a", "$'a\\'"]) {
    assertEquals(splitWords(line), undefined, line);
  }
});

Deno.test("splitWords tells which words were quoted", () => {
  const words = splitWords("to \"to\" t'o' t\\o");
  assertEquals(words?.map(({ isQuoted }) => isQuoted), [false, true, true, true]);
});

Deno.test("splitWords gives back whatever was put in single quotes", () => {
  fc.assert(fc.property(fc.array(fc.string()), (texts) => {
    const plain = texts.map((text) => text.replaceAll("'", ""));
    const line = plain.map((text) => `'${text}'`).join(" ");
    assertEquals(splitWords(line)?.map(({ text }) => text), plain);
  }));
});

Deno.test("scanWords tells where each word is, and what is in one that is open", () => {
  assertEquals(scanWords('a "b c'), [
    { text: "a", isQuoted: false, from: 0, to: 1, isOpen: false },
    { text: "b c", isQuoted: true, from: 2, to: 6, isOpen: true },
  ]);
  for (const [line, text] of [["a\\", "a"], ["$'a\\tb ", "a\tb "], ["'a b", "a b"]] as const) {
    assertEquals(scanWords(line).map((word) => [word.text, word.isOpen]), [[text, true]], line);
  }
});

Deno.test("quoteWord leaves what needs no quotes, and quotes the rest as a shell reads it", () => {
  for (
    const [text, word] of [
      ["notes.txt", "notes.txt"],
      ["Grüße-茶.txt", "Grüße-茶.txt"],
      ["my file", "my\\ file"],
      ["it's", "it\\'s"],
      ["a$b", "a\\$b"],
      ["two\nlines", "two$'\\n'lines"],
      ["\x1b[2J", "$'\\e'[2J"],
      ["a\u202eb", "a$'\\u202e'b"],
      ["end ", 'end" "'],
      ["e\u0301", "e\u0301"],
      ["\u0301e", "$'\\u0301'e"],
      ["e\u0301\u0302\u0303\u0304\u0305", "e\u0301\u0302\u0303\u0304$'\\u0305'"],
    ] as const
  ) assertEquals(quoteWord(text), word);
});

/** Texts that somebody calls a file so that it does harm. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      ..."\x1b\n\r\t\x07\x9b\u202e\u200b\u2028\u0301\ufeff\u3000 \"'\\$`;|&<>(){}*?~!#",
    ),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
});

Deno.test("splitWords reads from quoteWord what was put in, and a terminal may show it as it is (I1, I2)", () => {
  fc.assert(
    fc.property(hostile, fc.string({ unit: "binary" }), (text, more) => {
      const word = quoteWord(text);
      assertEquals(splitWords(word)?.map((each) => each.text), [text]);
      assertEquals(splitWords(word.trim())?.map((each) => each.text), [text]);
      assertEquals(escapeText(word), word);
      if (more === "") return;
      const both = splitWords(`${word} ${quoteWord(more)}`);
      assertEquals(both?.map((each) => each.text), [text, more]);
    }),
    { numRuns: 2_000 },
  );
});
