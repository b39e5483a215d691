import { createHash, createPrivateKey, X509Certificate } from "node:crypto";

/** A certificate and what shows it to be one's own. */
export interface TlsCertificate {
  /** The certificate, and those that vouch for it behind it: PEM. */
  readonly cert: string;
  /** Its private key: PEM (PKCS#8, or what else TLS libraries read). A secret. */
  readonly key: string;
}

const YEARS = 10;
const DAY_MS = 86_400_000;
/** A certificate made now is good for a machine whose clock is a day behind, too. */
const CLOCK_SKEW_MS = DAY_MS;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** What every certificate made here is good for. */
const OWN_HOSTS = ["localhost", "127.0.0.1", "::1"];
const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);

/**
 * Makes a certificate that vouches for itself: who connects knows it by its fingerprint. ECDSA with P-256, good for
 * ten years, no authority for others.
 *
 * The library that writes it is loaded by the first call.
 *
 * @param hosts The names and addresses that the server is reached by, beside this machine's own.
 * @returns The certificate, with a key that nobody else has.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { certificateFingerprint, makeCertificate } from "./certificate.ts";
 *
 * const { cert } = await makeCertificate(["chat.example"]);
 * assertEquals(certificateFingerprint(cert).length, 64);
 * ```
 */
export async function makeCertificate(hosts: readonly string[] = []): Promise<TlsCertificate> {
  // x509 looks up its parts by the types that this records, so it comes first.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(crypto);
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const names = [...new Set([...OWN_HOSTS, ...hosts.filter((host) => !EVERY_ADDRESS.has(host))])];
  const notBefore = new Date(Date.now() - CLOCK_SKEW_MS);
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notBefore.getUTCFullYear() + YEARS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: "CN=Parley",
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({
          type: isIpAddress(value) ? "ip" as const : "dns" as const,
          value,
        })),
      ),
    ],
  });
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { cert: `${certificate.toString("pem")}\n`, key: pem("PRIVATE KEY", pkcs8) };
}

/**
 * What a certificate is known by: the SHA-256 of it.
 *
 * @param cert PEM, the certificate first; or its DER.
 * @returns 64 lower-case hexadecimal digits.
 * @throws {TypeError} There is no certificate in it.
 */
export function certificateFingerprint(cert: string | Uint8Array): string {
  return createHash("sha256").update(typeof cert === "string" ? parse(cert).raw : cert).digest(
    "hex",
  );
}

/**
 * Checks what TLS is to be spoken with, before a listener is opened with it.
 *
 * @param certificate What was read from files.
 * @throws {TypeError} There is no certificate, no key, or they do not belong together; no secret is told.
 */
export function checkCertificate({ cert, key }: TlsCertificate): void {
  const certificate = parse(cert);
  let isIts: boolean;
  try {
    isIts = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    // What the library says of it might quote it.
    throw new TypeError(
      "Cannot read the private key: a PEM block without a password is allowed, as in -----BEGIN PRIVATE KEY-----",
    );
  }
  if (!isIts) {
    throw new TypeError(
      "The private key is not the certificate's: name the two that belong together",
    );
  }
}

function parse(cert: string): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch (cause) {
    throw new TypeError(
      "Cannot read the certificate: a PEM block is allowed, as in -----BEGIN CERTIFICATE-----",
      { cause },
    );
  }
}

/** 16 random bytes of which the first bit is 0, as RFC 5280 wants a positive number. */
function serialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = bytes[0]! & 0x7f | 0x40;
  return bytes.toHex();
}

function isIpAddress(host: string): boolean {
  return host.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
