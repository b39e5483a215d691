import type { TlsCertificate } from "../../net/certificate.ts";
import { formatServerLink } from "../../net/server_link.ts";
import { formatAddress, listen, type Listener } from "../../net/tcp.ts";
import { listenTls } from "../../net/tls.ts";
import { escapeText } from "../../terminal/escape.ts";
import { complain } from "../output.ts";
import { ownAddress } from "../own_address.ts";

/** Where a receiver listens, and how that is told. */
export interface TransferListener {
  readonly listener: Listener;
  /** The line for people: `transfer listening on 127.0.0.1:12346`. */
  readonly line: string;
  /** The same for scripts. */
  readonly payload: object;
  /** What is pasted on the other machine; undefined without TLS. */
  readonly link: string | undefined;
}

/** What stands in a link for an address that is not known. */
const TO_FILL_IN = "ADDRESS";

/**
 * Listens for senders.
 *
 * @param where The address and port.
 * @param tls The certificate to speak TLS with; undefined for none.
 * @returns The listener, and what to print.
 * @throws What `listen` and `listenTls` throw.
 */
export function listenForSenders(
  where: { readonly host: string; readonly port: number },
  tls: TlsCertificate | undefined,
): TransferListener {
  if (tls === undefined) {
    const listener = listen(where);
    const line = `transfer listening on ${formatAddress(listener.address)}`;
    return { listener, line, payload: listener.address, link: undefined };
  }
  const listener = listenTls({
    ...where,
    ...tls,
    onRefused: (peer, error) => {
      const reason = error instanceof Error ? error.message : String(error);
      complain(`the connection from ${peer} was refused: ${escapeText(reason)}`);
    },
  });
  const { address, fingerprint } = listener;
  const host = ownAddress(address.host) ?? TO_FILL_IN;
  const link = formatServerLink({ host, port: address.port, fingerprint });
  return {
    listener,
    line: `transfer listening on ${formatAddress(address)} (TLS)`,
    payload: { ...address, fingerprint, link },
    link,
  };
}

/**
 * Tells, on standard error, what to do on the other machine.
 *
 * @param link The receiver's.
 * @param isDrawn Whether as a QR code too.
 */
export async function tellLink(link: string, isDrawn: boolean): Promise<void> {
  // Shells read brackets as a pattern.
  const word = link.includes("[") ? `'${link}'` : link;
  const isUnknown = link.includes(`:${TO_FILL_IN}:`);
  complain(`on the other machine: deno task send PATH --to ${word}`);
  if (isUnknown) complain(`where ${TO_FILL_IN} is an address of this machine`);
  if (isDrawn) {
    const { renderUnicodeCompact } = await import("uqr");
    complain(renderUnicodeCompact(link));
  }
}
