import { ProtocolError } from "../codec/errors.ts";
import { fold } from "../protocol/names.ts";
import type { Registry } from "../registry/registry.ts";
import type { Position } from "./positions.ts";

/** A name and the secret that shows who holds it. */
export interface Claim {
  /** The name as it was first registered. */
  readonly name: string;
  /** The secret: new for a new name, else the one that was shown. */
  readonly token: string;
  /** Whether the name was known. */
  readonly resumed: boolean;
  /** Where its inbox stood when it was claimed: what is older was written to whoever had it before. */
  readonly inbox: Position;
}

interface Holder {
  readonly name: string;
  /** SHA-256 of the token, hexadecimal: who reads the registry cannot use it as a token. */
  readonly tokenHash: string;
  readonly inbox: Position;
}

/** What a client may choose for itself: as long as ours are. */
const TOKEN = /^[0-9a-f]{64}$/;

/**
 * Who holds which name. The first one to claim a name gets its token; later ones show it.
 *
 * A first one that shows a token like ours keeps that: so a name is not lost when the answer with its
 * token is, nor when the server's registry is.
 *
 * - I1 Of several first claims at once, one wins.
 * - I2 A name is free again when it was not used for the lease.
 * - I3 A freed name's next holder is not given what was written to the one before.
 */
export class Names {
  readonly #registry: Registry;
  readonly #leaseMs: number;

  /**
   * @param registry Where names are kept, under `name/` and the folded name.
   * @param leaseMs How long an unused name is kept.
   */
  constructor(registry: Registry, leaseMs: number) {
    this.#registry = registry;
    this.#leaseMs = leaseMs;
  }

  /**
   * Claims a name, new or one's own.
   *
   * @param name A checked name.
   * @param token The token, for a name of one's own.
   * @param inbox Tells where the name's inbox stands, for a name that is new.
   * @returns The claim.
   * @throws {ProtocolError} `name_taken`.
   */
  async claim(
    name: string,
    token: string | undefined,
    inbox: () => Promise<Position>,
  ): Promise<Claim> {
    const key = registryKey(name);
    const known = await this.#registry.get(key);
    if (known === undefined) {
      const made = token !== undefined && TOKEN.test(token) ? token : newToken();
      const holder: Holder = { name, tokenHash: await hashToken(made), inbox: await inbox() };
      const put = await this.#registry.put(key, JSON.stringify(holder), 0, this.#leaseMs);
      if (!put.ok) throw nameTaken(name);
      return { name, token: made, resumed: false, inbox: holder.inbox };
    }
    const holder: Holder = JSON.parse(known.value);
    // Both are hashes of 256 random bits: comparing them in varying time tells nothing of use.
    if (token === undefined || await hashToken(token) !== holder.tokenHash) throw nameTaken(name);
    try {
      await this.renew(holder.name);
    } catch {
      // A disk that takes nothing keeps nobody out who is known; the name is renewed while it is used.
    }
    return { name: holder.name, token, resumed: true, inbox: holder.inbox };
  }

  /**
   * Looks a name up.
   *
   * @param name A checked name.
   * @returns The name as it was registered; undefined where nobody holds it.
   */
  async find(name: string): Promise<string | undefined> {
    const known = await this.#registry.get(registryKey(name));
    return known === undefined ? undefined : (JSON.parse(known.value) as Holder).name;
  }

  /**
   * Makes sure that somebody holds a name.
   *
   * @param name A checked name.
   * @param token The secret that is shown.
   * @returns The name as it was registered, and where its inbox stood when it was claimed.
   * @throws {ProtocolError} `unauthorized`: the token is not the name's, or nobody has the name.
   */
  async verify(
    name: string,
    token: string,
  ): Promise<{ readonly name: string; readonly inbox: Position }> {
    const known = await this.#registry.get(registryKey(name));
    const holder: Holder | undefined = known && JSON.parse(known.value);
    if (holder !== undefined && await hashToken(token) === holder.tokenHash) return holder;
    throw new ProtocolError("unauthorized", `The token is not that of "${name}"`);
  }

  /** Begins a name's lease anew: it is being used. */
  async renew(name: string): Promise<void> {
    const known = await this.#registry.get(registryKey(name));
    if (known === undefined) return;
    // Losing this race means that somebody else has just renewed it.
    await this.#registry.put(known.key, known.value, known.revision, this.#leaseMs);
  }
}

function registryKey(name: string): string {
  return `name/${fold(name)}`;
}

function nameTaken(name: string): ProtocolError {
  return new ProtocolError(
    "name_taken",
    `Cannot connect as "${name}": the name belongs to somebody else. Choose another one, or show its token`,
  );
}

function newToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

async function hashToken(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return new Uint8Array(digest).toHex();
}
