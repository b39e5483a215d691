import { join } from "@std/path/join";
import { writePrivateFile } from "../../client/private_file.ts";
import { checkCertificate, makeCertificate, type TlsCertificate } from "../../net/certificate.ts";
import { isLoopback } from "../../net/loopback.ts";
import { flag, word } from "../command_line.ts";
import { Failure, UsageError } from "../failure.ts";
import { complain } from "../output.ts";
import type { Need } from "../permissions.ts";

/** What a listening program's command line says of TLS. */
export interface CertificateOptions {
  readonly host: string;
  readonly tls: boolean;
  readonly plain: boolean;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** The options of every program that listens. */
export const CERTIFICATE_OPTIONS = {
  tls: flag("speak TLS; where other machines can connect that is so anyway"),
  plain: flag("speak no TLS, wherever it listens: who is between can read it all"),
  cert: word("FILE", "the certificate to speak TLS with (PEM); one is made without", undefined),
  key: word("FILE", "the certificate's private key (PEM)", undefined),
};

/**
 * Whether to speak TLS: where other machines can connect, or it is asked for.
 *
 * @param options The command line.
 * @throws {UsageError} It contradicts itself.
 */
export function speaksTls({ host, tls, plain, cert, key }: CertificateOptions): boolean {
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError("--cert and --key belong together: name both files");
  }
  const asked = tls ? "--tls" : cert !== undefined ? "--cert" : undefined;
  if (plain && asked !== undefined) {
    throw new UsageError(`--plain and ${asked} exclude each other: choose one`);
  }
  return !plain && (asked !== undefined || !isLoopback(host));
}

/** Says that what other machines send can be read, where that is so. */
export function warnOfPlain({ host, plain }: CertificateOptions, program: string): void {
  if (!plain || isLoopback(host)) return;
  complain(
    `${program}: --plain on ${host}: everything goes in the clear, and who is between can read and change it`,
  );
}

/** The permissions that reading the certificate takes, where it is given. */
export function certificateNeeds({ cert, key }: CertificateOptions): Need[] {
  return [cert, key].flatMap((path) =>
    path === undefined ? [] : [{ permission: { name: "read", path }, reason: "speak TLS with it" }]
  );
}

/**
 * Reads the certificate, or makes one.
 *
 * @param options The command line.
 * @param folder Where the one that is made is kept, with mode 0600: `cert.pem` and `key.pem`; undefined: it is made anew
 *   each time.
 * @returns The certificate, checked.
 * @throws {Failure} A file cannot be read, or they do not belong together. Nothing of the key is told.
 */
export async function certificateFor(
  options: CertificateOptions,
  folder: string | undefined,
): Promise<TlsCertificate> {
  const { host, cert, key } = options;
  if (cert !== undefined && key !== undefined) return await readCertificate(cert, key);
  if (folder === undefined) return await makeCertificate([host]);
  const [certPath, keyPath] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  if (await isThere(certPath)) return await readCertificate(certPath, keyPath);
  const made = await makeCertificate([host]);
  // The certificate is last: where it is, the key is.
  await writePrivateFile(keyPath, made.key);
  await writePrivateFile(certPath, made.cert);
  return made;
}

async function readCertificate(certPath: string, keyPath: string): Promise<TlsCertificate> {
  const certificate = { cert: await read(certPath), key: await read(keyPath) };
  try {
    checkCertificate(certificate);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Failure(`Cannot use the certificate ${certPath} with ${keyPath}: ${error.message}`);
  }
  return certificate;
}

async function read(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`Cannot read ${path}: ${reason}`);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
