import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { escapeJson, escapeText } from "../../terminal/escape.ts";

const FORBIDDEN =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffb]|\p{Default_Ignorable_Code_Point}|\p{Cs}/u;
const PILE = /\p{M}{5}/u;

/** Texts in which what must not get through is as frequent as anything else. */
function hostileText() {
  return fc.array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "\x1b[2J",
        "\x1b]0;title\x07",
        "\x9b31m",
        "\r",
        "\n",
        "\b",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufe0f",
        "\u{e0041}",
        "\u0300".repeat(20),
        "\u0301\u200b\u0301\u200b\u0301\u200b\u0301\u200b\u0301",
        "\u1161".repeat(9),
        "\ud800",
        "\udc00",
        "\u2028",
      ),
    ),
    { maxLength: 8 },
  ).map((parts) => parts.join(""));
}

Deno.test("escapeText lets nothing through that could touch the terminal (I1)", () => {
  fc.assert(
    fc.property(hostileText(), (text) => {
      const shown = escapeText(text);
      assert(!FORBIDDEN.test(shown), JSON.stringify(shown));
      assert(!PILE.test(shown), JSON.stringify(shown));
      assert(!/^\p{M}/u.test(shown), JSON.stringify(shown));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("escapeText leaves ordinary text of any script as it is (I2)", () => {
  for (
    const text of [
      "",
      "hello, world!",
      "Grüße ß",
      "こんにちは 世界",
      "안녕하세요",
      "שָׁלוֹם",
      "สวัสดีที่นี่",
      "हिन्दी",
      "🎉 👍",
      "e\u0301",
      "a/b\\c <d> [e]",
    ]
  ) assertEquals(escapeText(text), text);
});

Deno.test("escapeText changes nothing the second time (I3)", () => {
  fc.assert(
    fc.property(hostileText(), (text) => {
      const shown = escapeText(text);
      assertEquals(escapeText(shown), shown);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("escapeText makes control characters visible", () => {
  assertEquals(escapeText("\x1b]0;x\x07"), "␛]0;x␇");
  assertEquals(escapeText("a\tb\nc\x7f"), "a    b␊c␡");
  assertEquals(escapeText("\x9b2J"), "<U+009B>2J");
});

Deno.test("escapeText drops what nobody sees", () => {
  assertEquals(escapeText("user\u202egnp.exe\u200b"), "usergnp.exe");
  assertEquals(escapeText("👩\u200d🚀"), "👩🚀");
});

Deno.test("escapeText cuts piles of marks, and gives a leading one its own ground", () => {
  assertEquals(escapeText("e" + "\u0301".repeat(50) + "f"), "e" + "\u0301".repeat(4) + "f");
  assertEquals(escapeText("\u0301a"), "◌\u0301a");
});

Deno.test("escapeJson lets nothing through that could touch the terminal, and changes no value", () => {
  fc.assert(fc.property(hostileText(), (text) => {
    const json = escapeJson(JSON.stringify({ [text]: text }));
    assert(!FORBIDDEN.test(json), JSON.stringify(json));
    assertEquals(JSON.parse(json), { [text]: text });
  }));
});
