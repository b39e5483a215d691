import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { quote } from "../../protocol/quote.ts";

Deno.test("quote shows plain words as they are", () => {
  assertEquals(quote("join the lobby, änn 漢 🐢"), '"join the lobby, änn 漢 🐢"');
  assertEquals(quote(""), '""');
});

Deno.test("quote escapes what moves, turns or hides", () => {
  assertEquals(
    quote('\u001b[2J\u009b\u007f\u202e\u200b\ufff9\u2028"\\\ud83d'),
    '"\\u{1b}[2J\\u{9b}\\u{7f}\\u{202e}\\u{200b}\\u{fff9}\\u{2028}\\"\\\\\\u{d83d}"',
  );
});

Deno.test("quote shows at most forty characters, none of them cut", () => {
  assertEquals(quote("x".repeat(40)), `"${"x".repeat(40)}"`);
  assertEquals(quote("x".repeat(41)), `"${"x".repeat(40)}…"`);
  assertEquals(quote("🐢".repeat(1_000)), `"${"🐢".repeat(40)}…"`);
});

Deno.test("quote never lets a control character through, whatever it is given", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x1f\x7f-\x9f]/.test(quote(text)));
    assert(quote(text).isWellFormed());
  }));
});
