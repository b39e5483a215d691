/**
 * - `unknown`: nobody vouches for the certificate, and it was not known here.
 * - `changed`: another certificate was known for this server.
 * - `not_pinned`: it is not the one that was asked for.
 */
export type CertificateFault = "unknown" | "changed" | "not_pinned";

/**
 * A server's certificate was not trusted: nothing was sent to it. Time does not mend that, so who sees it should
 * not go on trying.
 */
export class CertificateError extends Error {
  /** The class's name, for printing. */
  override readonly name = "CertificateError";
  /** What is wrong. */
  readonly fault: CertificateFault;
  /** The fingerprint of the certificate that was shown: 64 hexadecimal digits. */
  readonly fingerprint: string;

  /**
   * Makes the error.
   *
   * @param fault What is wrong.
   * @param fingerprint The fingerprint of the certificate that was shown.
   * @param message What happened, and what to do, for people.
   */
  constructor(fault: CertificateFault, fingerprint: string, message: string) {
    super(message);
    this.fault = fault;
    this.fingerprint = fingerprint;
  }
}
