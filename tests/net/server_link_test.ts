import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { formatServerLink, parseServerLink } from "../../net/server_link.ts";

const FINGERPRINT = "f0e1d2c3b4a59687".repeat(4);

Deno.test("a server's link is one word, and reads as what it was made of", () => {
  const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.toHex());
  const host = fc.oneof(fc.ipV4(), fc.domain(), fc.constant("fe80::1"));
  const port = fc.integer({ min: 1, max: 65_535 });
  fc.assert(fc.property(host, port, digest, (host, port, fingerprint) => {
    const link = formatServerLink({ host, port, fingerprint });
    assertMatch(link, /^parley:\S+#[\w-]{43}$/);
    assertEquals(parseServerLink(link), { host, port, fingerprint });
  }));
});

Deno.test("a server's link may have the fingerprint in hexadecimal, and spaces around it", () => {
  const server = { host: "chat.example", port: 12_346, fingerprint: FINGERPRINT };
  assertEquals(
    parseServerLink(` parley:chat.example:12346#${FINGERPRINT.toUpperCase()}\n`),
    server,
  );
});

Deno.test("what is no server's link is refused, cut off ones too", () => {
  const whole = formatServerLink({ host: "1.2.3.4", port: 12_346, fingerprint: FINGERPRINT });
  const wrong = [
    "",
    "1.2.3.4:12346",
    "parley:1.2.3.4:12346",
    "parley:1.2.3.4:0#" + whole.split("#")[1],
    "parley:1.2.3.4:70000#" + whole.split("#")[1],
    "parley:user@1.2.3.4:1#" + whole.split("#")[1],
    `https:${whole.slice(7)}`,
    whole.slice(0, -1),
    `${whole}A`,
    `${whole} x`,
  ];
  for (const text of wrong) {
    assertThrows(() => parseServerLink(text), TypeError, "Cannot read", text);
  }
});
