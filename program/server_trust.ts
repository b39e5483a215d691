import type { KnownServers } from "../client/known_servers.ts";
import { KnownServersError } from "../client/known_servers.ts";
import {
  formatCertificateFingerprint,
  parseCertificateFingerprint,
} from "../net/certificate_fingerprint.ts";
import type { CertificateError } from "../net/certificate_error.ts";
import { isLoopback } from "../net/loopback.ts";
import { type Address, formatAddress } from "../net/tcp.ts";
import type { TlsTrust } from "../net/tls_trust.ts";
import { flag, type Option } from "./command_line.ts";
import { Failure, UsageError } from "./failure.ts";
import { complain } from "./output.ts";

/** What a program's command line says of whom to trust. */
export interface TrustOptions {
  readonly tls: boolean;
  readonly "no-tls": boolean;
  readonly fingerprint: string | undefined;
}

/** The options of every program that dials; transfer/send.ts calls `no-tls` `plain`, as receive.ts does. */
export const TRUST_OPTIONS = {
  tls: flag("speak TLS; it is what other machines than this one are spoken to with anyway"),
  "no-tls": flag("speak no TLS: what is said goes in the clear, whoever listens"),
  fingerprint: fingerprint(
    "speak TLS with the server that has this certificate only, as it printed it",
  ),
};

/** A certificate's fingerprint; undefined where it is absent. */
export function fingerprint(doc: string): Option<string | undefined> {
  return {
    placeholder: "HEX",
    doc,
    read(value, name) {
      if (value === undefined) return undefined;
      try {
        return parseCertificateFingerprint(String(value));
      } catch (cause) {
        throw new UsageError(`${name}: ${(cause as Error).message}`, { cause });
      }
    },
  };
}

/**
 * Checks what is said of TLS.
 *
 * @param options The command line.
 * @param optOut What the program calls `no-tls`.
 * @throws {UsageError} It contradicts itself.
 */
export function checkTrustOptions(
  { tls, "no-tls": noTls, fingerprint }: TrustOptions,
  optOut = "--no-tls",
): void {
  if (!noTls || !(tls || fingerprint !== undefined)) return;
  throw new UsageError(
    `${optOut} and ${tls ? "--tls" : "--fingerprint"} exclude each other: choose one`,
  );
}

/**
 * Decides how a server is spoken to: with TLS, unless it is on this machine and was never known to speak it, or
 * `no-tls` says otherwise.
 *
 * @param server The server.
 * @param options The command line.
 * @param known The servers that are known.
 * @returns Whom to trust; undefined for no TLS.
 * @throws {Failure} The known servers cannot be read.
 */
export async function trustFor(
  server: Address,
  options: TrustOptions,
  known: KnownServers,
): Promise<TlsTrust | undefined> {
  const { tls, "no-tls": noTls, fingerprint } = options;
  if (noTls) {
    if (!isLoopback(server.host)) {
      complain(`Speaking to ${formatAddress(server)} without TLS: who is between can read it all.`);
    }
    return undefined;
  }
  if (fingerprint !== undefined) return { fingerprint };
  try {
    // Also where that fails below: who was known to speak TLS is never spoken to in the clear.
    const isKnown = await known.find(server) !== undefined;
    return tls || isKnown || !isLoopback(server.host) ? known.trust : undefined;
  } catch (error) {
    if (error instanceof KnownServersError) throw new Failure(error.message);
    throw error;
  }
}

/**
 * Asks a person whether an unknown server is trusted, as ssh does, and remembers it then.
 *
 * @param server The server.
 * @param error What connecting failed with: `unknown`.
 * @param known Where it is remembered.
 * @returns Whether it is trusted now.
 */
export async function askTrust(
  server: Address,
  error: CertificateError,
  known: KnownServers,
): Promise<boolean> {
  const address = formatAddress(server);
  complain(
    [
      `The server at ${address} is not known here. Its certificate has the fingerprint`,
      ...fingerprintLines(error.fingerprint),
      "Compare it with the one that the server printed when it started.",
    ].join("\n"),
  );
  for (let question = "Is it the same, and is the server to be trusted from now on? (yes/no)";;) {
    const answer = prompt(question)?.trim().toLowerCase();
    if (answer === undefined || answer === "no") return false;
    if (answer === "yes") break;
    question = "Please answer yes or no:";
  }
  await known.remember(server, error.fingerprint);
  complain(
    known.path === undefined
      ? `${address} is known until this program ends.`
      : `${address} is known from now on, and remembered in ${known.path}.`,
  );
  return true;
}

/** A fingerprint as people compare it, in lines that fit a terminal. */
export function fingerprintLines(fingerprint: string): string[] {
  const groups = formatCertificateFingerprint(fingerprint).split(" ");
  return [groups.slice(0, 8), groups.slice(8)].map((half) => `  ${half.join(" ")}`);
}
