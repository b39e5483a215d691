import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { escapeJson, escapeText } from "../../terminal/escape.ts";
import { HOSTILE_TEXTS, hostileText } from "../support/hostile_texts.ts";

const FORBIDDEN =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u2028\u2029]|\p{Default_Ignorable_Code_Point}|\p{C}/u;
const PILE = /\p{M}{5}/u;

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

Deno.test("escapeText lets nothing of the catalogue through (I1)", () => {
  for (const { what, text } of HOSTILE_TEXTS) {
    const shown = escapeText(text);
    assert(!FORBIDDEN.test(shown) && !PILE.test(shown), `${what}: ${JSON.stringify(shown)}`);
    assertEquals(escapeText(shown), shown, what);
  }
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
      "10\u00a0€ ½ … 1⃣ 🇩🇪 👍🏽",
      "ｆｕｌｌ　幅",
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

Deno.test("escapeText shows that there is something of which nobody knows how it is drawn", () => {
  assertEquals(escapeText("a\ue000b\u{10fffd}c"), "a\ufffdb\ufffdc");
  assertEquals(escapeText("\u0378\uffff\u{1fffe}"), "\ufffd\ufffd\ufffd");
  assertEquals(escapeText("\u0600123\u{13430}"), "\ufffd123\ufffd");
  // Blank letters and marks may be in a name: `ann` and `ann\u{16fe4}` would look the same.
  assertEquals(escapeText("ann\u{16fe4}\u{13441}"), "ann\ufffd\ufffd");
});

Deno.test("escapeText shows empty pictures as the spaces that they look like", () => {
  assertEquals(escapeText("a\u2800\u2800b\u{1d159}"), "a  b ");
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
