/**
 * A certificate's fingerprint as somebody wrote it: hexadecimal, with colons or spaces as other programs print it.
 *
 * @param text What was written.
 * @returns 64 lower-case hexadecimal digits.
 * @throws {TypeError} It is none.
 */
export function parseCertificateFingerprint(text: string): string {
  const digits = text.replaceAll(/[:\s]/g, "").toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  throw new TypeError(
    `Cannot take ${digits.length} characters as a certificate's fingerprint: 64 hexadecimal digits are allowed, as the server prints them`,
  );
}

/**
 * A certificate's fingerprint as people compare it.
 *
 * @param fingerprint 64 hexadecimal digits.
 * @returns The same in groups of four: `336d b4e0 …`.
 */
export function formatCertificateFingerprint(fingerprint: string): string {
  return fingerprint.match(/.{1,4}/g)?.join(" ") ?? "";
}
