import { assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { ProtocolError } from "../../codec/errors.ts";
import { formatBearer, parseBearer } from "../../protocol/bearer.ts";

Deno.test("a bearer is a name of any script and its token, in ASCII", () => {
  const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 32 });
  const tokens = fc.stringMatching(/^[!-~]{1,64}$/);
  fc.assert(fc.property(names, tokens, (name, token) => {
    const bearer = formatBearer({ name, token });
    assertEquals(/^[!-~]+$/.test(bearer), true);
    assertEquals(parseBearer(bearer), { name, token });
  }));
});

Deno.test("what is no bearer is unauthorized, and is not told again", () => {
  const secret = "5ecre7".repeat(10);
  for (const bearer of ["", ".", secret, `.${secret}`, "YW5u.", `%.${secret}`, `_w.${secret}`]) {
    const error = assertThrows(() => parseBearer(bearer), ProtocolError);
    assertEquals([error.code, error.message.includes(secret)], ["unauthorized", false], bearer);
  }
});

Deno.test("a token that could not be part of one is refused, and is not told again", () => {
  for (const token of ["", "a b", "\u001b[2J", "a\r\nCookie: b", "é", "x".repeat(257)]) {
    const error = assertThrows(() => formatBearer({ name: "ann", token }), ProtocolError);
    assertEquals([error.code, error.message.includes(token || "?")], ["invalid_message", false]);
  }
});
