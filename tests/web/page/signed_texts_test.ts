import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fingerprint } from "../../../identity/fingerprint.ts";
import { deviceKey, generateKeyPair, verifySignature } from "../../../identity/device_key.ts";
import * as protocol from "../../../protocol/signed_texts.ts";
import vectors from "../../vectors/sealed.json" with { type: "json" };
import { fromBase64, fromHex, sha256Hex, toBase64, toHex } from "../../../web/page/bytes.js";
import * as fingerprints from "../../../web/page/fingerprint.js";
import * as signatures from "../../../web/page/signatures.js";
import * as page from "../../../web/page/signed_texts.js";

const text = fc.string({ unit: "grapheme", maxLength: 40 });

Deno.test("the page signs the same texts as the protocol says, byte for byte", () => {
  fc.assert(fc.property(text, text, text, text, (a, b, c, d) => {
    const proof = { server: a, nonce: b, name: c, key: d };
    assertEquals(page.proofText(proof), protocol.proofText(proof));
    assertEquals(page.recipientText(a, b), protocol.recipientText(a, b));
    assertEquals(page.endorsementText(a, b, c), protocol.endorsementText(a, b, c));
    assertEquals(page.linkText(a, b), protocol.linkText(a, b));
    for (const kind of ["room", "private"] as const) {
      const sealed = { kind, to: a, key: b, id: c, previous: d, cipherHash: a };
      assertEquals(page.sealedText(sealed), protocol.sealedText(sealed));
    }
  }));
});

Deno.test("the page shows a key's fingerprint as the programs do", async () => {
  assertEquals(await fingerprints.fingerprint(vectors.key), vectors.fingerprint);
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  await fc.assert(fc.asyncProperty(key, async (bytes) => {
    const hex = toHex(bytes);
    assertEquals(await fingerprints.fingerprint(hex), await fingerprint(hex));
  }));
});

Deno.test("the page takes a signature as the programs do, and nothing else for one", async () => {
  const { publicKey, sign } = await deviceKey(await generateKeyPair(false));
  const signature = await sign("hello");
  for (
    const [key, text, shown] of [
      [publicKey, "hello", signature],
      [publicKey, "hello!", signature],
      [publicKey, "hello", signature.replace(/^./, (digit) => digit === "0" ? "1" : "0")],
      [publicKey, "hello", "zz"],
      ["00".repeat(32), "hello", signature],
      ["", "hello", signature],
    ] as const
  ) {
    const expected = await verifySignature(key, text, shown);
    assertEquals(await signatures.verifySignature(key, text, shown), expected);
  }
});

Deno.test("the page writes bytes as text as the platform does", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
    assertEquals([toHex(bytes), toBase64(bytes)], [bytes.toHex(), bytes.toBase64()]);
    assertEquals([fromHex(bytes.toHex()), fromBase64(bytes.toBase64())], [bytes, bytes]);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    assertEquals(await sha256Hex(bytes), new Uint8Array(digest).toHex());
  }));
  const large = new Uint8Array(300_001).fill(7);
  assertEquals(toBase64(large), large.toBase64());
  for (const wrong of ["0", "0g", "0 "]) assertThrows(() => fromHex(wrong), SyntaxError);
});
