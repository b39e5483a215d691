import { createHash, timingSafeEqual } from "node:crypto";
import { ProtocolError } from "../codec/errors.ts";
import type { PublicKey } from "../identity/device_key.ts";
import type { KeyCard } from "../protocol/chat.ts";
import { MAX_KEYS } from "../protocol/schemas/identity.ts";
import type { Position } from "./positions.ts";

/** Secrets for programs that a name may have. */
const MAX_TOKENS = 8;

/** A secret that a name's owner asked for, for programs. */
export interface ProgramToken {
  /** Its SHA-256. */
  readonly hash: string;
  /** The key of the device that asked for it, if that has one: without that key it is good no more. */
  readonly key?: PublicKey;
}

/** Who a name belongs to, as the registry keeps it. */
export interface Owner {
  /** The name as it was first registered. */
  readonly name: string;
  /** Where its inbox stood when it was claimed: what is older was written to whoever had it before. */
  readonly inbox: Position;
  /** The keys that own it, the oldest first: one or more, unless a token owns it. */
  readonly keys?: readonly KeyCard[];
  /** SHA-256 of the token that owns it, where no key does; who reads the registry cannot use it as a token. */
  readonly tokenHash?: string;
  /** The secrets that its owner asked for, for programs. */
  readonly tokens?: readonly ProgramToken[];
}

/** Makes a secret of 256 random bits. */
export function newToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

/** What is kept of a secret: SHA-256, in hexadecimal. It has 256 random bits, so nothing slower is needed. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Whether two hashes are equal, in a time that does not tell how much of them is. */
export function isSameHash(one: string, other: string): boolean {
  const [a, b] = [Uint8Array.fromHex(one), Uint8Array.fromHex(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Whether a secret is one of an owner's that last: the token that owns the name, or one for programs.
 *
 * @param owner Whose it should be.
 * @param tokenHash The secret's hash.
 */
export function hasToken({ tokenHash: own, tokens = [] }: Owner, tokenHash: string): boolean {
  const all = [...own === undefined ? [] : [own], ...tokens.map(({ hash }) => hash)];
  return all.filter((hash) => isSameHash(hash, tokenHash)).length > 0;
}

/**
 * An owner with one more key.
 *
 * @param owner Whose name it is.
 * @param card The new key, with the endorsement of one that is there.
 * @throws {ProtocolError} `too_many_keys`; `forbidden`: the key that vouches for it is not the name's.
 */
export function withKey(owner: Owner, card: KeyCard): Owner {
  const { keys = [] } = owner;
  if (!keys.some(({ key }) => key === card.endorsedBy)) throw notTheNames(owner);
  const others = keys.filter(({ key }) => key !== card.key);
  if (others.length >= MAX_KEYS) {
    throw new ProtocolError(
      "too_many_keys",
      `"${owner.name}" has ${others.length} keys, as many as one may: take one from it first`,
    );
  }
  return { ...owner, keys: [...others, card] };
}

/**
 * An owner without a key, and without the secrets that its device asked for.
 *
 * @param owner Whose name it is.
 * @param gone The key.
 * @throws {ProtocolError} `unknown_key`; `forbidden`: it is the last one.
 */
export function withoutKey(owner: Owner, gone: PublicKey): Owner {
  const { keys = [], tokens = [], ...rest } = owner;
  const left = keys.filter(({ key }) => key !== gone);
  if (left.length === keys.length) {
    throw new ProtocolError("unknown_key", `"${owner.name}" has no such key`);
  }
  const good = tokens.filter(({ key }) => key !== gone);
  if (left.length > 0) {
    return { ...rest, keys: left, ...(good.length === 0 ? {} : { tokens: good }) };
  }
  throw new ProtocolError(
    "forbidden",
    `It is the last key of "${owner.name}": without it the name would be nobody's`,
  );
}

/**
 * An owner with one more secret for programs.
 *
 * @param owner Whose name it is.
 * @param token The secret.
 * @throws {ProtocolError} `too_many_tokens`.
 */
export function withToken(owner: Owner, token: ProgramToken): Owner {
  const { tokens = [] } = owner;
  if (tokens.length < MAX_TOKENS) return { ...owner, tokens: [...tokens, token] };
  throw new ProtocolError(
    "too_many_tokens",
    `"${owner.name}" has ${tokens.length} secrets for programs, as many as one may: a logout ends them all`,
  );
}

/**
 * An owner without any secret. What a token alone owned is nobody's then, and free when its lease is over: were it
 * free at once, the next one would be written to as if it were this one.
 */
export function withoutTokens({ tokenHash: _, tokens: __, ...owner }: Owner): Owner {
  return owner;
}

/** What a session is told whose name has changed hands. */
export function notTheNames({ name }: Pick<Owner, "name">): ProtocolError {
  return new ProtocolError(
    "forbidden",
    `This session is not one of the owner of "${name}" any more`,
  );
}
