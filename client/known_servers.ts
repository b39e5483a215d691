import { join } from "@std/path/join";
import { formatCertificateFingerprint } from "../net/certificate_fingerprint.ts";
import { CertificateError } from "../net/certificate_error.ts";
import { type Address, formatAddress } from "../net/tcp.ts";
import type { TlsTrust } from "../net/tls_trust.ts";
import { writePrivateFile } from "./private_file.ts";

const LINE = /^(\S+) ([0-9a-f]{64})$/;
/** What nobody has so many servers for was not written here. */
const MAX_FILE_BYTES = 1_048_576;
const COMMENT =
  "# Servers and the SHA-256 of their certificates. A line that is removed is forgotten.";

/** The file of known servers cannot be used as it is: it says which line, and what to do. */
export class KnownServersError extends Error {
  /** The class's name, for printing. */
  override readonly name = "KnownServersError";
}

/**
 * The certificates of servers that somebody has trusted, as ssh's `known_hosts`: in the file `known_servers` of the
 * config folder, one line a server, `HOST:PORT FINGERPRINT`.
 *
 * - I1 The file is there whole or not at all, also after a crash, and has mode 0600.
 * - I2 A file that cannot be read as a whole is an error, and not a file without servers.
 */
export class KnownServers {
  /** The file; undefined where they are remembered as long as the process lives. */
  readonly path: string | undefined;
  readonly #remembered = new Map<string, string>();

  /**
   * Names the folder; opens nothing yet.
   *
   * @param folder The config folder, made when the first server is remembered; undefined: nothing is kept.
   */
  constructor(folder: string | undefined) {
    this.path = folder === undefined ? undefined : join(folder, "known_servers");
  }

  /**
   * Looks up a server.
   *
   * @param server As it is dialled.
   * @returns The fingerprint of its certificate; undefined where it is not known.
   * @throws {KnownServersError} The file is damaged.
   */
  async find(server: Address): Promise<string | undefined> {
    return (await this.#read()).get(keyOf(server));
  }

  /**
   * Remembers a server, in the place of what was known of it.
   *
   * @param server As it is dialled.
   * @param fingerprint The fingerprint of its certificate.
   * @throws {KnownServersError} The file is damaged.
   */
  async remember(server: Address, fingerprint: string): Promise<void> {
    const servers = await this.#read();
    servers.set(keyOf(server), fingerprint);
    await this.#write(servers);
  }

  /**
   * Forgets a server.
   *
   * @param server As it is dialled.
   * @returns Whether it was known.
   * @throws {KnownServersError} The file is damaged.
   */
  async forget(server: Address): Promise<boolean> {
    const servers = await this.#read();
    const isKnown = servers.delete(keyOf(server));
    if (isKnown) await this.#write(servers);
    return isKnown;
  }

  /**
   * Trust in what is known here, and in what an authority vouches for. A server that is neither is refused with
   * `unknown`; one that shows another certificate than before with `changed`.
   */
  get trust(): TlsTrust {
    return {
      check: async ({ server, fingerprint, isVouched }) => {
        const known = await this.find(server);
        if (known === fingerprint || isVouched) return;
        if (known !== undefined) throw changed(server, known, fingerprint, this.path);
        throw new CertificateError(
          "unknown",
          fingerprint,
          `The certificate of ${
            formatAddress(server)
          } is not known here, and no authority vouches for it: nothing was sent. Its fingerprint is ${
            formatCertificateFingerprint(fingerprint)
          }`,
        );
      },
    };
  }

  async #read(): Promise<Map<string, string>> {
    if (this.path === undefined) return this.#remembered;
    let text: string;
    try {
      if ((await Deno.stat(this.path)).size > MAX_FILE_BYTES) throw this.#damaged("it is too long");
      text = await Deno.readTextFile(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return new Map();
      throw error;
    }
    const servers = new Map<string, string>();
    for (const [at, line] of text.split("\n").entries()) {
      if (line.trim() === "" || line.startsWith("#")) continue;
      const [, server, fingerprint] = LINE.exec(line.trim()) ?? [];
      if (server === undefined || fingerprint === undefined) {
        throw this.#damaged(`line ${at + 1} is no address and fingerprint`);
      }
      servers.set(server, fingerprint);
    }
    return servers;
  }

  async #write(servers: ReadonlyMap<string, string>): Promise<void> {
    if (this.path === undefined) return;
    const lines = [...servers].map(([server, fingerprint]) => `${server} ${fingerprint}`);
    await writePrivateFile(this.path, [COMMENT, ...lines, ""].join("\n"));
  }

  #damaged(why: string): KnownServersError {
    return new KnownServersError(
      `Cannot read the known servers in ${this.path}: ${why}. Mend it, or move it away, and servers are asked about anew`,
    );
  }
}

function keyOf({ host, port }: Address): string {
  return formatAddress({ host: host.toLowerCase(), port });
}

function changed(
  server: Address,
  known: string,
  shown: string,
  path: string | undefined,
): CertificateError {
  const address = formatAddress(server);
  return new CertificateError(
    "changed",
    shown,
    [
      `THE CERTIFICATE OF ${address} HAS CHANGED. Somebody may be between you and the server, or it was set up anew. Nothing was sent.`,
      `Known here: ${formatCertificateFingerprint(known)}`,
      `Shown now:  ${formatCertificateFingerprint(shown)}`,
      `If who runs the server confirms the new one, start once with --forget-server${
        path === undefined ? "" : `, or remove the line of ${keyOf(server)} from ${path}`
      }.`,
    ].join("\n"),
  );
}
