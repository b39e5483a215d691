import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  formatCertificateFingerprint,
  parseCertificateFingerprint,
} from "../../net/certificate_fingerprint.ts";

Deno.test("parseCertificateFingerprint takes what this and other programs print", () => {
  const hex = "0123456789abcdef".repeat(4);
  const colons = hex.toUpperCase().match(/../g)!.join(":");
  for (const text of [hex, colons, formatCertificateFingerprint(hex)]) {
    assertEquals(parseCertificateFingerprint(text), hex);
  }
});

Deno.test("parseCertificateFingerprint refuses what is too short, too long or no hexadecimal", () => {
  for (const text of ["", "ab", "0".repeat(63), "0".repeat(65), "g".repeat(64)]) {
    assertThrows(() => parseCertificateFingerprint(text), TypeError, "64 hexadecimal digits");
  }
});

Deno.test("formatCertificateFingerprint groups the digits by four", () => {
  assertMatch(formatCertificateFingerprint("0123".repeat(16)), /^0123( 0123){15}$/);
});
