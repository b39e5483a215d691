import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { isLinkProof, proveLinkCode, readLinkCode } from "../../../identity/link_code.ts";
import { codeProof, isCodeProof, makeCode, readCode } from "../../../web/page/linking.js";

const key = "ab".repeat(32);

Deno.test("a code of the page's is one for the programs, and is shown and known the same way", async () => {
  const code = makeCode();
  assertEquals(readLinkCode(code.text), code);
  assertMatch(code.text, /^(\w{4}-){3}\w{4}$/);
  const proof = await codeProof(code, "Ann", key);
  assertEquals(proof, await proveLinkCode(code, "Ann", key));
  assert(await isLinkProof(code, "ann", key, proof.mac));
  assert(await isCodeProof(code, "ann", key, proof.mac));
  for (
    const [name, other, secret] of [
      ["bob", key, code.secret],
      ["ann", "cd".repeat(32), code.secret],
      ["ann", key, makeCode().secret],
    ] as const
  ) assert(!await isCodeProof({ ...code, secret }, name, other, proof.mac));
  assert(!await isCodeProof(code, "ann", key, ""));
});

Deno.test("the page reads what somebody typed as a code as the programs do", () => {
  const typed = fc.string({ unit: fc.constantFrom(..."0189ABCDILOUXYZabio -"), maxLength: 24 });
  const whole = fc.string({
    unit: fc.constantFrom(..."0189ABCILOX"),
    minLength: 16,
    maxLength: 16,
  });
  fc.assert(fc.property(fc.oneof(typed, whole), (text) => {
    let code: { id: string; secret: string } | undefined;
    try {
      const { id, secret } = readLinkCode(text);
      code = { id, secret };
    } catch {
      code = undefined;
    }
    assertEquals(readCode(text), code);
  }));
});
