import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { TlsCertificate } from "../../net/certificate.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;

/** A certificate authority that only the tests trust. */
export interface TestAuthority {
  /** Its certificate, PEM. */
  readonly authority: string;
  /**
   * Issues a certificate.
   *
   * @param hosts Whose it is.
   * @param options `daysOver`: how many days ago it became too old.
   */
  issue(
    hosts: readonly string[],
    options?: { readonly daysOver?: number },
  ): Promise<TlsCertificate>;
}

/** Makes an authority. */
export async function makeAuthority(): Promise<TestAuthority> {
  x509.cryptoProvider.set(crypto);
  const keys = await newKeys();
  const time = { notBefore: at(-30), notAfter: at(30) };
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=Test authority",
    ...time,
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    authority: own.toString("pem"),
    async issue(hosts, { daysOver } = {}) {
      const { publicKey, privateKey } = await newKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: "02",
        subject: "CN=test",
        issuer: own.subject,
        ...time,
        ...daysOver !== undefined && { notAfter: at(-daysOver) },
        signingAlgorithm: ALGORITHM,
        publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new x509.SubjectAlternativeNameExtension(
            hosts.map((value) => ({
              type: /^\d/.test(value) ? "ip" as const : "dns" as const,
              value,
            })),
          ),
        ],
      });
      const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)).toBase64();
      return {
        cert: certificate.toString("pem"),
        key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
      };
    },
  };
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

function at(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}
