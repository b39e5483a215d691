import {
  certificateFingerprint,
  makeCertificate,
  type TlsCertificate,
} from "../../net/certificate.ts";
import { type Connection, writeAll } from "../../net/connection.ts";
import { type Address, dial } from "../../net/tcp.ts";
import { listenTls, type TlsListener } from "../../net/tls.ts";
import { dialTls } from "../../net/tls_dial.ts";

/** Whom a relay passes on to. */
export interface RelayOptions {
  /** Whether the server behind it is spoken to with TLS. @default {true} */
  readonly isServerSecure?: boolean;
  /** Its own certificate. @default one that nobody knows */
  readonly certificate?: TlsCertificate;
}

/**
 * Somebody between a client and a server, over real sockets: ends the client's TLS with a certificate of its own, reads
 * all, and passes it on to the server with TLS of its own.
 */
export class TlsRelay implements AsyncDisposable {
  /** Where clients are lured to. */
  readonly address: Address;
  /** The fingerprint of its certificate. */
  readonly fingerprint: string;
  /** What it could read of what clients sent. */
  read = "";
  readonly #listener: TlsListener;
  readonly #open = new Set<Connection>();
  readonly #relaying: Promise<void>;

  private constructor(to: Address, certificate: TlsCertificate, isServerSecure: boolean) {
    this.#listener = listenTls({ host: "127.0.0.1", port: 0, ...certificate });
    this.address = this.#listener.address;
    this.fingerprint = certificateFingerprint(certificate.cert);
    this.#relaying = this.#run(to, isServerSecure);
  }

  /** Starts one before a server. */
  static async start(to: Address, options: RelayOptions = {}): Promise<TlsRelay> {
    const { isServerSecure = true, certificate = await makeCertificate() } = options;
    return new TlsRelay(to, certificate, isServerSecure);
  }

  async #run(to: Address, isServerSecure: boolean): Promise<void> {
    const pumps: Promise<void>[] = [];
    for await (const client of this.#listener) {
      const trust = { check: () => {} };
      const server = isServerSecure ? await dialTls({ ...to, trust }) : await dial(to);
      this.#open.add(client).add(server);
      const decoder = new TextDecoder();
      pumps.push(pump(client, server, (bytes) => this.read += decoder.decode(bytes)));
      pumps.push(pump(server, client, () => {}));
    }
    await Promise.all(pumps);
  }

  /** Cuts those who are connected. */
  cut(): void {
    for (const connection of this.#open) connection.close();
    this.#open.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    await this.#relaying;
  }
}

async function pump(
  from: Connection,
  to: Connection,
  tap: (bytes: Uint8Array) => void,
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) break;
      tap(buffer.subarray(0, count));
      await writeAll(to, buffer.subarray(0, count));
    }
    await to.closeWrite();
  } catch {
    from.close();
    to.close();
  }
}
