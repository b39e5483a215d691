import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  isLinkProof,
  makeLinkCode,
  proveLinkCode,
  readLinkCode,
} from "../../identity/link_code.ts";

const KEY = "01".repeat(32);

Deno.test("a link's code is sixteen digits, read however they are typed", () => {
  const code = makeLinkCode();
  assertMatch(code.text, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  assertEquals(readLinkCode(code.text), code);
  assertEquals(readLinkCode(` ${code.text.toLowerCase().replaceAll("-", "")}\n`), code);
  assertEquals(readLinkCode("oIl0-ABCD-EFGH-JKMN").text, "0110-ABCD-EFGH-JKMN");
  for (const wrong of ["", "ABCD-EFGH-JKMN", "ABCD-EFGH-JKMN-PQRU", "ABCD-EFGH-JKMN-PQRST"]) {
    assertThrows(() => readLinkCode(wrong), TypeError);
  }
});

Deno.test("a link's codes do not repeat", () => {
  assertEquals(new Set(Array.from({ length: 1_000 }, () => makeLinkCode().secret)).size, 1_000);
});

Deno.test("a link's proof is good for its code, name and key alone", async () => {
  const code = makeLinkCode();
  const { id, mac } = await proveLinkCode(code, "Ann", KEY);
  assertEquals(id, code.id);
  assert(await isLinkProof(code, "ann", KEY, mac));
  const wrong: [typeof code, string, string, string][] = [
    [makeLinkCode(), "ann", KEY, mac],
    [code, "bob", KEY, mac],
    [code, "ann", "23".repeat(32), mac],
    [code, "ann", KEY, "0".repeat(64)],
  ];
  for (const one of wrong) assertEquals(await isLinkProof(...one), false);
});
