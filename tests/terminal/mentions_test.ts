import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { findMentions, isMentioned } from "../../terminal/mentions.ts";

/** The text with its mentions in brackets. */
function marked(text: string, name: string): string {
  let [shown, at] = ["", 0];
  for (const { from, to } of findMentions(text, name)) {
    shown += `${text.slice(at, from)}[${text.slice(from, to)}]`;
    at = to;
  }
  return shown + text.slice(at);
}

Deno.test("findMentions finds a name that stands as a word", () => {
  for (
    const [text, name, expected] of [
      ["@ann hello", "ann", "[@ann] hello"],
      ["ann: hello", "ann", "[ann]: hello"],
      ["Hi Ann, and ANN!", "ann", "Hi [Ann], and [ANN]!"],
      ["I saw ann.", "ann", "I saw [ann]."],
      ["well, ann... so", "ann", "well, [ann]... so"],
      ["-ann", "ann", "-[ann]"],
      ["(ann) 'ann' \"ann\" ann's", "ann", "([ann]) '[ann]' \"[ann]\" [ann]'s"],
      ["ann/bob", "ann", "[ann]/bob"],
      ["ann-b. and ann-b", "ann-b", "[ann-b]. and [ann-b]"],
      ["dr. is here", "dr.", "[dr.] is here"],
      ["@J.R. called", "j.r.", "[@J.R.] called"],
      ["ΣΊΣΥΦΟΣ·", "σίσυφος", "[ΣΊΣΥΦΟΣ]·"],
      ["strasse!", "Straße", "[strasse]!"],
      ["rene\u0301?", "ren\u00e9", "[rene\u0301]?"],
      ["小明，你好", "小明", "[小明]，你好"],
      ["ו-שרה!", "שרה", "ו-שרה!"],
      ["@שרה: ", "שרה", "[@שרה]: "],
      ["अनु आओ", "अनु", "[अनु] आओ"],
      ["𝒳𝒴 x", "𝒳𝒴", "[𝒳𝒴] x"],
    ] as const
  ) assertEquals(marked(text, name), expected);
});

Deno.test("findMentions finds no name within another word", () => {
  for (
    const [text, name] of [
      ["annual", "ann"],
      ["joann", "ann"],
      ["ann-b and ann_b and ann.b and b.ann and b-ann", "ann"],
      ["anná", "ann"],
      ["ann\u0301", "ann"],
      ["ann7", "ann"],
      ["ann-b", "b"],
      ["write to bob@ann or bob@ann.org", "ann"],
      ["https://ann.example/ann?ann", "ann"],
      ["dr is here", "dr."],
      ["", "ann"],
      ["a nn", "ann"],
      ["小明天", "小明"],
      ["....", "..."],
    ] as const
  ) assertEquals(findMentions(text, name), [], text);
});

Deno.test("findMentions finds a name of points as it is, and no other", () => {
  assertEquals(marked("... and ..", ".."), "... and [..]");
});

Deno.test("isMentioned sees what is shown, and not what is hidden in it", () => {
  assertEquals(isMentioned("a\u200bn\u202en hello", "ann"), true);
  assertEquals(isMentioned("ann\u200bual", "ann"), false);
  assertEquals(isMentioned("one\nann\ntwo", "ann"), true);
});

Deno.test("findMentions gives places in order that hold the name", () => {
  const text = fc.array(
    fc.constantFrom("ann", "ANN", "@", ".", "-", " ", "b", "https://", "é", "\u0301", "𝒳"),
  ).map((parts) => parts.join(""));
  fc.assert(fc.property(text, (some) => {
    let end = 0;
    for (const { from, to } of findMentions(some, "ann")) {
      assert(from >= end);
      assert(/^@?ann$/i.test(some.slice(from, to)), some.slice(from, to));
      end = to;
    }
  }));
});

Deno.test("findMentions looks at each character a few times, whatever is written", () => {
  // Quadratic, one of these would take minutes: the test would not end.
  const length = 1_000_000;
  for (
    const text of [
      "@".repeat(length),
      ".".repeat(length),
      "a".repeat(length),
      "a.".repeat(length / 2),
      "a-@".repeat(length / 4),
      "ann.".repeat(length / 4),
      "http".repeat(length / 4),
      "https://".repeat(length / 8),
      "\u0301\u0327".repeat(length / 2),
      "ann ".repeat(length / 4),
    ]
  ) {
    findMentions(text, "ann");
    findMentions(text, "...");
  }
});
