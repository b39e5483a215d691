import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { splitWords } from "../../terminal/words.ts";

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
    ] as const
  ) assertEquals(splitWords(line)?.map(({ text }) => text), [...words], line);
});

Deno.test("splitWords says no to what is not closed", () => {
  for (const line of ['"a', "a 'b", "a\\", 'a"b']) assertEquals(splitWords(line), undefined, line);
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
