import { parseCertificateFingerprint } from "./certificate_fingerprint.ts";
import { type Address, formatAddress } from "./tcp.ts";

/** All that one has to know of a server to reach it, and nobody else. */
export interface ServerLink extends Address {
  /** The fingerprint of its certificate: 64 hexadecimal digits. */
  readonly fingerprint: string;
}

const SCHEME = "parley:";
const LINK = /^(?:\[([0-9a-f:.]+)\]|([^\s:#[\]/@]+)):(\d{1,5})#([\w-]+)$/i;

/**
 * A server in one word, short enough for a QR code, such as `parley:192.168.1.5:12346#` and the fingerprint in base64url
 * (RFC 4648, section 5), 43 characters.
 *
 * @param link The server.
 */
export function formatServerLink({ host, port, fingerprint }: ServerLink): string {
  const digest = Uint8Array.fromHex(fingerprint).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  return `${SCHEME}${formatAddress({ host, port })}#${digest}`;
}

/**
 * Reads what {@link formatServerLink} wrote; the fingerprint may be hexadecimal too.
 *
 * @param text What somebody pasted.
 * @returns The server.
 * @throws {TypeError} It is none.
 */
export function parseServerLink(text: string): ServerLink {
  const trimmed = text.trim();
  const [, v6, name, digits = "", mark = ""] = trimmed.startsWith(SCHEME)
    ? LINK.exec(trimmed.slice(SCHEME.length)) ?? []
    : [];
  const host = v6 ?? name;
  const port = Number(digits);
  const fingerprint = fingerprintOf(mark);
  if (host !== undefined && port >= 1 && port <= 65_535 && fingerprint !== undefined) {
    return { host, port, fingerprint };
  }
  throw new TypeError(
    "Cannot read where to: it is the line that the receiver prints, as in parley:192.168.1.5:12346#… with 43 characters behind the #",
  );
}

function fingerprintOf(mark: string): string | undefined {
  try {
    if (mark.length === 64) return parseCertificateFingerprint(mark);
    const digest = Uint8Array.fromBase64(mark, { alphabet: "base64url" });
    return digest.length === 32 ? digest.toHex() : undefined;
  } catch {
    return undefined;
  }
}
