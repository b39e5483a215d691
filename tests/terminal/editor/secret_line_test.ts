import { assertEquals } from "@std/assert";
import { named } from "../../../terminal/editor/key_names.ts";
import { KeyDecoder } from "../../../terminal/editor/keys.ts";
import { SecretLine } from "../../../terminal/editor/secret_line.ts";

/** What is typed, in pieces; what a whole secret leaves is what comes after it. */
function typed(...pieces: string[]) {
  const line = new SecretLine();
  const decoder = new KeyDecoder();
  const keys = pieces.flatMap((piece) => decoder.push(new TextEncoder().encode(piece)));
  for (const [index, key] of keys.entries()) {
    const end = line.press(key);
    if (end !== undefined) return { ...end, rest: keys.slice(index + 1) };
  }
  return undefined;
}

Deno.test("A secret is what was typed up to the Enter, and what follows is not lost", () => {
  assertEquals(typed("correct ", "horse\r/quit\r"), {
    text: "correct horse",
    rest: [{ kind: "text", text: "/quit" }, named("enter")],
  });
  assertEquals(typed("für 🐎\n"), { text: "für 🐎", rest: [] });
  assertEquals(typed("half"), undefined);
});

Deno.test("Backspace takes a whole character, Ctrl-U all of them", () => {
  assertEquals(typed("ab🐎\x7f\x7fc\r")?.text, "ac");
  assertEquals(typed("\x7fa\b\b\r")?.text, "");
  assertEquals(typed("wrong\x15right\r")?.text, "right");
});

Deno.test("Ctrl-C and Ctrl-D give none", () => {
  assertEquals(typed("abc\x03x"), { text: undefined, rest: [{ kind: "text", text: "x" }] });
  assertEquals(typed("\x04"), { text: undefined, rest: [] });
});

Deno.test("Arrows, and the marks of a paste, are no part of it, however they are cut", () => {
  assertEquals(typed("\x1b[200~pasted\x1b[201~\r")?.text, "pasted");
  assertEquals(typed("a\x1b", "[", "D", "b\x1bOC", "\x1b[1;5C\r")?.text, "ab");
});
