import {
  formatCertificateFingerprint,
  parseCertificateFingerprint,
} from "./certificate_fingerprint.ts";
import { CertificateError } from "./certificate_error.ts";
import { type Address, formatAddress } from "./tcp.ts";

/** A certificate that a server has shown, and shown to be its own. */
export interface ShownCertificate {
  /** The server, as it was dialled. */
  readonly server: Address;
  /** SHA-256 of the certificate's DER: 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** Whether an authority vouches that it is this host's, and it is in its time. */
  readonly isVouched: boolean;
}

/** Which server certificates a dialler trusts. Without anything: those that an authority vouches for. */
export interface TlsTrust {
  /**
   * Trusts the certificate with this SHA-256 (of its DER, hexadecimal, as the server prints it), and no other,
   * whoever vouches for it, and however old it is.
   */
  readonly fingerprint?: string;
  /**
   * Decides where no fingerprint is given: trust on first use, say. Returns for a certificate that is trusted.
   *
   * @throws {CertificateError} It is not; what else it throws fails the dial too.
   */
  readonly check?: (shown: ShownCertificate) => void | Promise<void>;
  /** Authorities, PEM, beside those of Mozilla's list, which Deno brings along. @default none */
  readonly authorities?: readonly string[];
}

/**
 * Applies a trust to what a server has shown.
 *
 * @param trust Which certificates are trusted.
 * @param shown What was shown.
 * @throws {CertificateError} It is not trusted.
 * @throws {TypeError} The fingerprint that was given is none.
 */
export async function checkTrust(trust: TlsTrust, shown: ShownCertificate): Promise<void> {
  const { fingerprint, check } = trust;
  const server = formatAddress(shown.server);
  if (fingerprint !== undefined) {
    const wanted = parseCertificateFingerprint(fingerprint);
    if (shown.fingerprint === wanted) return;
    throw new CertificateError(
      "not_pinned",
      shown.fingerprint,
      `The certificate of ${server} is not the one that was asked for, so nothing was sent: it has the fingerprint ${
        formatCertificateFingerprint(shown.fingerprint)
      }, and ${
        formatCertificateFingerprint(wanted)
      } was wanted. Somebody may be between you and the server; ask who runs it`,
    );
  }
  if (check !== undefined) return await check(shown);
  if (!shown.isVouched) {
    throw new CertificateError(
      "unknown",
      shown.fingerprint,
      `No authority vouches for the certificate of ${server}, so nothing was sent: its fingerprint is ${
        formatCertificateFingerprint(shown.fingerprint)
      }. Ask who runs the server for the fingerprint, and give that one`,
    );
  }
}
