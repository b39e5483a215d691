import { assertEquals } from "@std/assert";
import { EditBuffer } from "../../../terminal/editor/edit_buffer.ts";
import { TabCompletion } from "../../../terminal/editor/tab_completion.ts";

/** A completion of the last word of a text among some. */
function open(text: string, words: readonly string[]) {
  const buffer = new EditBuffer();
  buffer.insert(text);
  const completion = new TabCompletion(buffer, (text, cursor) => {
    const from = text.lastIndexOf(" ", cursor - 1) + 1;
    const part = text.slice(from, cursor).toLowerCase();
    const candidates = words.filter((word) => word.toLowerCase().startsWith(part));
    return candidates.length === 0 ? undefined : { from, to: cursor, candidates };
  });
  return { buffer, completion };
}

Deno.test("TabCompletion puts the only candidate in, in its place", () => {
  const { buffer, completion } = open("hi a there", ["anna "]);
  buffer.moveTo(4);
  assertEquals([completion.press(1), buffer.text, buffer.cursor], [true, "hi anna  there", 8]);
  assertEquals([completion.row(80), completion.candidates], [undefined, []]);
});

Deno.test("TabCompletion puts in what several begin with, then one after the other, both ways round", () => {
  const { buffer, completion } = open("a", ["anna", "anton", "ant"]);
  const texts = ([1, 1, 1, 1, 1, -1] as const).map((step) => (completion.press(step), buffer.text));
  assertEquals(texts, ["an", "anna", "anton", "ant", "anna", "ant"]);
  completion.reset();
  assertEquals(completion.row(80), undefined);
});

Deno.test("TabCompletion takes nothing away that was typed, and says where there is nothing", () => {
  const { buffer, completion } = open("AN", ["anna", "ANTON"]);
  assertEquals([completion.press(1), buffer.text], [true, "AN"]);
  assertEquals([completion.press(1), buffer.text], [true, "anna"]);
  const none = open("x", ["anna"]);
  assertEquals([none.completion.press(1), none.buffer.text], [false, "x"]);
});

Deno.test("TabCompletion shows the candidates in a row that fits, the chosen one in it, nothing raw", () => {
  const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
  const { completion } = open("n", [...names, "n\x1b[31m字"]);
  completion.press(1);
  assertEquals(completion.row(20), "n0  n1  n2  n3  n4 …");
  for (let press = 0; press < 20; press++) completion.press(1);
  assertEquals(completion.row(20), "n19  n20  n21  n22 …");
  for (let press = 0; press < 11; press++) completion.press(1);
  assertEquals(completion.row(20), "n28  n29  n␛[31m字");
});

Deno.test("TabCompletion keeps a character whole that only some candidates go on with", () => {
  const { buffer, completion } = open("a", ["an\u{1f44d}\u{1f3fd}x", "an\u{1f44d}\u{1f3ff}x"]);
  completion.press(1);
  assertEquals(buffer.text, "an");
});

Deno.test("TabCompletion is quick among many long candidates with one beginning", () => {
  const beginning = "x".repeat(4_000);
  const { buffer, completion } = open(
    "x",
    Array.from({ length: 5_000 }, (_, at) => beginning + at),
  );
  // Looked at anew for each character, or each candidate, this would take minutes: the test would not end.
  completion.press(1);
  assertEquals(buffer.text, beginning);
  for (let press = 0; press < 500; press++) {
    completion.press(-1);
    assertEquals(completion.row(80)?.length, 80);
  }
});
