import type { Clock } from "../clock/clock.ts";
import type { PublicKey } from "../identity/device_key.ts";
import { fold } from "../protocol/names.ts";
import { hashToken, isSameHash, newToken } from "./owner.ts";

/** How long a session's token is good for after its connection broke: uploads go on over the next one. */
const LINGER_MS = 600_000;

/** Tokens of one name at once: its sessions may be 8, the others linger. */
const MAX_TOKENS_PER_NAME = 64;

/** From how many names on those are forgotten whose tokens are over. */
const SWEEP_FROM = 1_024;

/** The token of one session. */
export interface SessionToken {
  /** SHA-256 of the secret. */
  readonly hash: string;
  /** The key that the session has proven. */
  readonly key: PublicKey;
  /** When it is over; undefined while the session lasts. */
  until: number | undefined;
}

/**
 * The secrets of sessions that have proven a key: for what comes over other connections, uploads and HTTP. They are
 * in memory, as hashes, and are over when the server is.
 *
 * - I1 A token is good while its session lasts, and 10 minutes after its connection broke.
 * - I2 A session that took leave leaves no token.
 */
export class SessionTokens {
  readonly #clock: Clock;
  readonly #byName = new Map<string, SessionToken[]>();
  #sweepAt = SWEEP_FROM;

  /** @param clock Whose time. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Makes a session's token.
   *
   * @param name Whose.
   * @param key The key that the session has proven.
   * @returns The secret, and what is kept of it.
   */
  issue(name: string, key: PublicKey): { readonly secret: string; readonly token: SessionToken } {
    this.#sweep();
    const secret = newToken();
    const token: SessionToken = { hash: hashToken(secret), key, until: undefined };
    const others = this.#live(fold(name));
    // Who comes and goes that often has no use for the oldest that linger.
    while (others.length >= MAX_TOKENS_PER_NAME) {
      others.splice(Math.max(0, others.findIndex(({ until }) => until !== undefined)), 1);
    }
    this.#byName.set(fold(name), [...others, token]);
    return { secret, token };
  }

  /**
   * A session is over.
   *
   * @param name Whose.
   * @param token Its token.
   * @param broke Whether its connection broke, so that it may come back.
   */
  end(name: string, token: SessionToken, broke: boolean): void {
    if (broke) token.until ??= this.#clock.now() + LINGER_MS;
    else this.#remove(name, (other) => other === token);
  }

  /** Ends every token of a name, or those of one of its keys. */
  revoke(name: string, key?: PublicKey): void {
    this.#remove(name, (token) => key === undefined || token.key === key);
  }

  /**
   * Which session's token it is.
   *
   * @param name The name that it should be good for.
   * @param hash The secret's hash.
   */
  find(name: string, hash: string): SessionToken | undefined {
    return this.#live(fold(name)).filter((token) => isSameHash(token.hash, hash))[0];
  }

  #remove(name: string, isOver: (token: SessionToken) => boolean): void {
    const left = this.#live(fold(name)).filter((token) => !isOver(token));
    if (left.length === 0) this.#byName.delete(fold(name));
    else this.#byName.set(fold(name), left);
  }

  #live(name: string): SessionToken[] {
    const now = this.#clock.now();
    return (this.#byName.get(name) ?? []).filter(({ until = Infinity }) => now < until);
  }

  #sweep(): void {
    if (this.#byName.size < this.#sweepAt) return;
    for (const name of this.#byName.keys()) {
      if (this.#live(name).length === 0) this.#byName.delete(name);
    }
    this.#sweepAt = Math.max(SWEEP_FROM, 2 * this.#byName.size);
  }
}
