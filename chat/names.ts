import { ProtocolError } from "../codec/errors.ts";
import type { KeyCard } from "../protocol/chat.ts";
import { fold } from "../protocol/names.ts";
import type { Registered, Registry } from "../registry/registry.ts";
import { hashToken, hasToken, newToken, notTheNames, type Owner } from "./owner.ts";
import type { Position } from "./positions.ts";

/** What a claim of a name gave. */
export interface Claim {
  /** Whose it is now. */
  readonly owner: Owner;
  /** The token that owns it, or is good for it; undefined where a key has shown whose it is. */
  readonly token: string | undefined;
  /** Whether the name was known. */
  readonly resumed: boolean;
  /** Whether a key has taken it over from a token, which is good no more. */
  readonly upgraded?: boolean;
}

/** What decides about claims, beside the registry. */
export interface ClaimRules {
  /** Tells where the name's inbox stands, for a name that is new; throws where it may not be taken. */
  readonly inbox: () => Promise<Position>;
}

/** What a client may choose for itself: as long as ours are. */
const TOKEN = /^[0-9a-f]{64}$/;

/**
 * Who owns which name: keys, or, for clients without one, a token.
 *
 * The first key that claims a name owns it; others are added by it. Without a key the first one to claim a name
 * gets its token, and later ones show it. A first one that shows a token like ours keeps that: so a name is not
 * lost when the answer with its token is, nor when the server's registry is.
 *
 * - I1 Of several first claims at once, one wins.
 * - I2 A name is free again when it was not used for the lease.
 * - I3 A freed name's next owner is not given what was written to the one before.
 * - I4 What a key owns no token takes; what a token owns a key takes with that token, which is over then.
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
   * Claims a name without a key, new or one's own.
   *
   * @param name A checked name.
   * @param token The token, for a name of one's own.
   * @param rules What else decides.
   * @returns The claim.
   * @throws {ProtocolError} `name_taken`; what the rules say.
   */
  async claim(name: string, token: string | undefined, rules: ClaimRules): Promise<Claim> {
    const known = await this.#get(name);
    if (known === undefined) {
      const made = token !== undefined && TOKEN.test(token) ? token : newToken();
      const owner: Owner = { name, inbox: await rules.inbox(), tokenHash: hashToken(made) };
      await this.#create(owner);
      return { owner, token: made, resumed: false };
    }
    if (token === undefined || !hasToken(known.owner, hashToken(token))) {
      throw nameTaken(known.owner);
    }
    await this.#renewKnown(known);
    return { owner: known.owner, token, resumed: true };
  }

  /**
   * Claims a name with a key that was proven.
   *
   * @param name A checked name.
   * @param card The key, and its age recipient.
   * @param token The token that owned the name before.
   * @param rules What else decides.
   * @returns The claim; undefined where other keys own the name.
   * @throws {ProtocolError} `name_taken`: a token owns it, which was not shown; what the rules say.
   */
  async claimWithKey(
    name: string,
    card: KeyCard,
    token: string | undefined,
    rules: ClaimRules,
  ): Promise<Claim | undefined> {
    const known = await this.#get(name);
    if (known === undefined) {
      const owner: Owner = { name, inbox: await rules.inbox(), keys: [card] };
      await this.#create(owner);
      return { owner, token: undefined, resumed: false };
    }
    const { owner, value } = known;
    if (owner.keys === undefined) {
      if (token === undefined || !hasToken(owner, hashToken(token))) throw nameTaken(owner);
      const { tokenHash: _, tokens: __, ...rest } = owner;
      const upgraded = { ...rest, keys: [card] };
      // Somebody else was first: look again.
      if (!await this.#put(known, upgraded)) return this.claimWithKey(name, card, token, rules);
      return { owner: upgraded, token: undefined, resumed: true, upgraded: true };
    }
    const own = owner.keys.find(({ key }) => key === card.key);
    if (own === undefined) return undefined;
    const renewed: Owner = card.recipient === undefined ? owner : {
      ...owner,
      keys: owner.keys.map((other) => other === own ? { ...card, ...endorsementOf(own) } : other),
    };
    if (JSON.stringify(renewed) === value) await this.#renewKnown(known);
    else if (!await this.#put(known, renewed)) return this.claimWithKey(name, card, token, rules);
    return { owner: renewed, token: undefined, resumed: true };
  }

  /**
   * Changes whom a name belongs to.
   *
   * @param name A checked name.
   * @param change Makes the new owner of the present one, perhaps more than once; what it throws is thrown.
   * @returns The new one.
   * @throws {ProtocolError} `forbidden`: nobody owns the name any more; `storage_failed`.
   */
  async change(name: string, change: (owner: Owner) => Owner): Promise<Owner> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const known = await this.#get(name);
      if (known === undefined) throw notTheNames({ name });
      const owner = change(known.owner);
      if (await this.#put(known, owner)) return owner;
      // A session of the same name has changed it meanwhile: look again.
    }
    throw new ProtocolError(
      "storage_failed",
      `"${name}" was being changed by another session: try again`,
    );
  }

  /**
   * Looks a name up.
   *
   * @param name A checked name.
   * @returns The name as it was registered; undefined where nobody owns it.
   */
  async find(name: string): Promise<string | undefined> {
    return (await this.owner(name))?.name;
  }

  /**
   * Looks up whose a name is.
   *
   * @param name A checked name.
   * @returns The owner; undefined where nobody owns it.
   */
  async owner(name: string): Promise<Owner | undefined> {
    return (await this.#get(name))?.owner;
  }

  /** Begins a name's lease anew: it is being used. */
  async renew(name: string): Promise<void> {
    const known = await this.#registry.get(registryKey(name));
    if (known === undefined) return;
    // Losing this race means that somebody else has just renewed it.
    await this.#registry.put(known.key, known.value, known.revision, this.#leaseMs);
  }

  async #get(name: string): Promise<Known | undefined> {
    const known = await this.#registry.get(registryKey(name));
    return known && { ...known, owner: JSON.parse(known.value) };
  }

  async #create(owner: Owner): Promise<void> {
    const key = registryKey(owner.name);
    const put = await this.#registry.put(key, JSON.stringify(owner), 0, this.#leaseMs);
    if (!put.ok) throw nameTaken(owner);
  }

  async #renewKnown({ owner }: Known): Promise<void> {
    try {
      await this.renew(owner.name);
    } catch {
      // A disk that takes nothing keeps nobody out who is known; the name is renewed while it is used.
    }
  }

  async #put({ key, revision }: Known, owner: Owner): Promise<boolean> {
    return (await this.#registry.put(key, JSON.stringify(owner), revision, this.#leaseMs)).ok;
  }
}

/** A name's renewal comes once an hour, and its other changes from its own few sessions. */
const MAX_TRIES = 16;

interface Known extends Registered {
  readonly owner: Owner;
}

/** The part of a card that an older device has given. */
function endorsementOf(
  { at, endorsedBy, endorsement }: KeyCard,
): Partial<KeyCard> & { at: number } {
  return {
    at,
    ...endorsedBy === undefined ? {} : { endorsedBy },
    ...endorsement === undefined ? {} : { endorsement },
  };
}

function registryKey(name: string): string {
  return `name/${fold(name)}`;
}

/** What somebody is told who claims a name that is another's. */
export function nameTaken({ name, keys }: Pick<Owner, "name" | "keys">): ProtocolError {
  const help = keys === undefined
    ? "Choose another one, or show its token"
    : "Choose another one, or take this device in with /link on one that has it";
  return new ProtocolError(
    "name_taken",
    `Cannot connect as "${name}": the name belongs to somebody else. ${help}`,
  );
}
