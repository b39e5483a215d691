import { assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { checkText, MAX_TEXT_BYTES } from "../../protocol/text.ts";

function refuses(text: string, says: string): void {
  assertEquals(assertThrows(() => checkText(text), ProtocolError, says).code, "invalid_text");
}

Deno.test("checkText takes text of any script, with tabs and newlines", () => {
  for (const text of ["a", " ", "two\nlines\tand a tab", "漢字 🐢 مريم", "\u200d\u2028\ufeff"]) {
    checkText(text);
  }
});

Deno.test("checkText refuses an empty text", () => refuses("", "empty"));

Deno.test("checkText counts bytes of UTF-8 up to the limit", () => {
  for (const char of ["x", "é", "漢", "🐢"]) {
    const bytes = new TextEncoder().encode(char).length;
    const most = Math.floor(MAX_TEXT_BYTES / bytes);
    checkText(char.repeat(most));
    refuses(char.repeat(most + 1), `${(most + 1) * bytes} bytes`);
  }
});

Deno.test("checkText refuses every control character but tab and newline", () => {
  for (let code = 0; code <= 0xff; code++) {
    const text = `a${String.fromCharCode(code)}b`;
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    if (!isControl || code === 0x09 || code === 0x0a) checkText(text);
    else refuses(text, `U+${code.toString(16).padStart(4, "0").toUpperCase()}`);
  }
});

Deno.test("checkText refuses half a surrogate pair", () => {
  refuses("a\ud83d", "half a surrogate pair");
  refuses("\udc22a", "half a surrogate pair");
});
