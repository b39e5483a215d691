import { X509Certificate } from "node:crypto";
import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import {
  certificateFingerprint,
  checkCertificate,
  makeCertificate,
} from "../../net/certificate.ts";

const DAY_MS = 86_400_000;

Deno.test("makeCertificate makes one that belongs to its key, and another each time", async () => {
  const [first, second] = await Promise.all([makeCertificate(), makeCertificate()]);
  checkCertificate(first);
  assertNotEquals(certificateFingerprint(first.cert), certificateFingerprint(second.cert));
  assertMatch(first.key, /^-----BEGIN PRIVATE KEY-----\n/);
  assertThrows(() => checkCertificate({ cert: first.cert, key: second.key }), TypeError, "not the");
});

Deno.test("makeCertificate names this machine and the addresses it is given, once each", async () => {
  const hosts = ["0.0.0.0", "::", "192.168.1.5", "chat.example", "localhost"];
  const { cert } = await makeCertificate(hosts);
  const { subjectAltName = "" } = new X509Certificate(cert);
  assertEquals(subjectAltName.split(", "), [
    "DNS:localhost",
    "IP Address:127.0.0.1",
    "IP Address:::1",
    "IP Address:192.168.1.5",
    "DNS:chat.example",
  ]);
});

Deno.test("makeCertificate is good for ten years, and vouches for no other certificate", async () => {
  const { cert } = await makeCertificate();
  const { validFrom, validTo, ca } = new X509Certificate(cert);
  const days = (Date.parse(validTo) - Date.parse(validFrom)) / DAY_MS;
  assert(days >= 3_652 && days <= 3_653, `${days} days`);
  assert(Date.parse(validFrom) < Date.now());
  assertEquals(ca, false);
});

Deno.test("certificateFingerprint is the SHA-256 of the certificate's DER", async () => {
  const { cert } = await makeCertificate();
  const der = Uint8Array.fromBase64(cert.replaceAll(/-----[^-]+-----|\s/g, ""));
  const expected = new Uint8Array(await crypto.subtle.digest("SHA-256", der)).toHex();
  assertEquals(certificateFingerprint(cert), expected);
  assertEquals(certificateFingerprint(der), expected);
});

Deno.test("checkCertificate says which of the two cannot be read, and quotes neither", async () => {
  const { cert, key } = await makeCertificate();
  assertThrows(
    () => checkCertificate({ cert: key, key }),
    TypeError,
    "Cannot read the certificate",
  );
  const broken = key.replace("BEGIN PRIVATE KEY-----\nMI", "BEGIN PRIVATE KEY-----\nSECRET");
  const error = assertThrows(
    () => checkCertificate({ cert, key: broken }),
    TypeError,
    "private key",
  );
  assert(!error.message.includes("SECRET"));
  assertEquals(error.cause, undefined);
});
