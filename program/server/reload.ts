import { certificateFingerprint, type TlsCertificate } from "../../net/certificate.ts";
import { Failure } from "../failure.ts";
import { complain } from "../output.ts";
import { fingerprintLines } from "../server_trust.ts";

/** What takes another certificate while it runs. */
export interface CertificateHolder {
  changeCertificate(certificate: TlsCertificate): void;
}

/**
 * Takes the certificate anew at each SIGHUP, without a restart and without refusing anybody. Where the new one cannot
 * be used the old one stays, and that is said.
 *
 * @param program The program's file, for what is printed.
 * @param holders Who has it.
 * @param read Reads it, and throws `Failure` where it cannot be used.
 * @returns Disposing it listens no more.
 */
export function reloadOnHangup(
  program: string,
  holders: readonly CertificateHolder[],
  read: () => Promise<TlsCertificate>,
): Disposable {
  const reload = async () => {
    try {
      const certificate = await read();
      for (const holder of holders) holder.changeCertificate(certificate);
      tellFingerprint(`${program}: took the certificate anew`, certificate);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      complain(`${program}: ${error.message}. The certificate of before stays`);
    }
  };
  Deno.addSignalListener("SIGHUP", reload);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", reload) };
}

/**
 * Tells people, on standard error, what a certificate is known by.
 *
 * @param before What comes before it.
 * @param certificate The certificate.
 */
export function tellFingerprint(before: string, { cert }: TlsCertificate): void {
  const [one, other] = fingerprintLines(certificateFingerprint(cert));
  complain(`${before}. Its fingerprint:\n${one}\n${other}`);
}
