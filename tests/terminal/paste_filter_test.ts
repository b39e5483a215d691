import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { PasteFilter } from "../../terminal/paste_filter.ts";

const filter = (...chunks: readonly string[]) => {
  const paste = new PasteFilter();
  return chunks.map((chunk) => paste.push(chunk)).join("");
};

Deno.test("PasteFilter lets keys through as they are", () => {
  for (const keys of ["a", "\r", "\x1b", "\x1b[D", "\x1b[24~", "\x7f", "ü字🎉"]) {
    assertEquals(filter(keys), keys);
  }
});

Deno.test("PasteFilter makes one line of a pasted block", () => {
  assertEquals(filter("a\x1b[200~one\r\ntwo\rthree\n\nfour\n\x1b[201~b"), "aone↵two↵three↵↵fourb");
  assertEquals(filter("\x1b[200~\tx\x1b[201~\r"), "    x\r");
});

Deno.test("PasteFilter takes no key from a paste (I2)", () => {
  assertEquals(filter("\x1b[200~rm\x03\x1b[A\x15 x\x1b[201~"), "rm[A x");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (pasted) => {
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x1f\x7f-\x9f]/.test(filter("\x1b[200~" + pasted.replaceAll("\x1b", ""))));
  }));
});

Deno.test("PasteFilter gives the same for every chunking that cuts no mark behind its escape (I1)", () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom("\x1b[200~", "\x1b[201~", "\r\n", "\x1b[D", "\t"),
  );
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.nat(200)), (parts, cuts) => {
      const text = parts.join("");
      const places = [...new Set(cuts)].filter((at) => at < text.length && text[at - 1] !== "\x1b")
        .sort((a, b) => a - b);
      const chunks = [0, ...places].map((at, index) => text.slice(at, places[index]));
      // A last chunk ends whatever is held back, as the next key would.
      assertEquals(filter(...chunks, "\r"), filter(text, "\r"));
    }),
  );
});
