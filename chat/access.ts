import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { PublicKey } from "../identity/device_key.ts";
import type { KeyList } from "../identity/key_list.ts";
import { fold } from "../protocol/names.ts";
import { Allowance } from "./allowance.ts";
import { CatchUp } from "./catch_up.ts";

/** What somebody without a key may call himself: a name of his own choice, a guest's, none. */
export type Guests = "any" | "guest" | "none";

/** Who is let in. */
export interface AccessRules {
  /**
   * Which names who has no key may take: any one that is free, those that begin with `guest-`, or none. A name's token is good
   * however it was got, except with `none`, where only tokens are that a key's owner asked for. @default {"any"}
   */
  readonly guests?: Guests;
  /** The keys that are let in; without it every key is. Who has no key is not let in where it is there. */
  readonly allowKeys?: KeyList | undefined;
  /** The keys of those who may do everything in every room. @default none */
  readonly admins?: KeyList | undefined;
  /**
   * Whether a password is the server's; without it there is none. It is asked by few at once, and takes its time.
   *
   * @param password What was shown.
   */
  readonly isPassword?: ((password: string) => Promise<boolean>) | undefined;
}

/** The rules among other options. */
export function accessRules(options: AccessRules): AccessRules {
  const { guests = "any", allowKeys, admins, isPassword } = options;
  return { guests, allowKeys, admins, isPassword };
}

/** A key that somebody has proven to have, and its fingerprint. */
export interface ProvenKey {
  readonly key: PublicKey;
  readonly fingerprint: string;
}

/** Wrong passwords from one address at once, and how often one more is looked at then. */
const MAX_GUESSES = 5;
const GUESS_EVERY_MS = 30_000;

/** Passwords that are looked at at once: each takes 32 MiB and a core for a while. */
const MAX_CHECKS = 2;

/** Whom guesses from this machine count for: a proxy may be there, and everybody behind it. */
const LOOPBACK = "loopback";

/**
 * Who is let in: by password, by key, as a guest. Rules can be changed while it runs.
 *
 * - I1 Of one address at most 5 passwords are looked at at once, then one each 30 s: 125 in the first hour and 120 in
 *   each one after. A right one does not count: those who come back at once with it wait for each other.
 * - I2 What the rules say holds from then on for who connects and for who bears a token.
 */
export class Access {
  readonly #clock: Clock;
  readonly #guesses = new Allowance(MAX_GUESSES, 1_000 / GUESS_EVERY_MS);
  readonly #checks = new CatchUp(MAX_CHECKS);
  /** Of each address those that are being looked at: each resolves when it is known what they cost. */
  readonly #looking = new Map<string, Set<Promise<void>>>();
  #rules: AccessRules;

  /**
   * @param rules The rules.
   * @param clock Whose time.
   */
  constructor(rules: AccessRules, clock: Clock) {
    this.#rules = rules;
    this.#clock = clock;
  }

  /** Changes some of the rules. */
  change(rules: AccessRules): void {
    this.#rules = { ...this.#rules, ...rules };
  }

  /** Whether a key is an admin's. */
  isAdmin({ key, fingerprint }: ProvenKey): boolean {
    return this.#rules.admins?.has(key, fingerprint) ?? false;
  }

  /** Whether a key is let in. */
  allows({ key, fingerprint }: ProvenKey): boolean {
    return this.#rules.allowKeys?.has(key, fingerprint) ?? true;
  }

  /** Whether names that have no key are let in by their tokens. */
  get allowsKeyless(): boolean {
    const { guests, allowKeys } = this.#rules;
    return guests !== "none" && allowKeys === undefined;
  }

  /** Whether any key is let in: there is no list of those that are. */
  get allowsAll(): boolean {
    return this.#rules.allowKeys === undefined;
  }

  /**
   * Makes sure that a key is let in.
   *
   * @throws {ProtocolError} `key_not_allowed`.
   */
  checkKey(key: ProvenKey): void {
    if (this.allows(key)) return;
    throw new ProtocolError(
      "key_not_allowed",
      `The key ${key.fingerprint} is not on this server's list: ask who runs it to add the line ${key.fingerprint}`,
    );
  }

  /**
   * Makes sure that somebody without a key may take a name that is free.
   *
   * @param name A checked name.
   * @throws {ProtocolError} `key_needed`.
   */
  checkGuest(name: string): void {
    const { guests = "any", allowKeys } = this.#rules;
    if (guests === "none" || allowKeys !== undefined) {
      throw new ProtocolError(
        "key_needed",
        "This server lets in nobody without a key: use a client that has one",
      );
    }
    if (guests === "any" || fold(name).startsWith("guest-")) return;
    throw new ProtocolError(
      "key_needed",
      `Cannot take "${name}" without a key: names that begin with guest- are allowed, or a client that has a key`,
    );
  }

  /**
   * Makes sure that a token which no key stands behind is good here.
   *
   * @throws {ProtocolError} `key_needed`.
   */
  checkKeyless(): void {
    if (this.allowsKeyless) return;
    throw new ProtocolError(
      "key_needed",
      "This server lets in nobody without a key, and the name has none: use a client that has one",
    );
  }

  /**
   * Makes sure that somebody knows the server's password, if it has one.
   *
   * @param password What was shown.
   * @param origin Whom the connection counts for.
   * @param isOver Whether nobody waits for the answer any more: those who come in crowds and go keep nobody waiting.
   * @throws {ProtocolError} `password_needed`, `wrong_password`.
   */
  async checkPassword(
    password: string | undefined,
    origin: string | undefined,
    isOver: () => boolean = () => false,
  ): Promise<void> {
    const { isPassword } = this.#rules;
    if (isPassword === undefined) return;
    if (password === undefined) {
      throw new ProtocolError("password_needed", "This server has a password: show it");
    }
    const whose = origin ?? LOOPBACK;
    // Taken before it is looked at, so that many at once are no more than one after the other.
    const take = () => this.#guesses.take(whose, this.#clock.now());
    for (let retryAfterMs = take(); retryAfterMs > 0; retryAfterMs = take()) {
      const others = this.#looking.get(whose);
      if (others === undefined || isOver()) throw tooManyGuesses(retryAfterMs);
      // They may be right, and cost nothing then: people behind one address come back at once.
      await Promise.race(others);
    }
    const looking = this.#checks.run(async () => {
      const isRight = !isOver() && await isPassword(password);
      if (isRight) this.#guesses.take(whose, this.#clock.now(), -1);
      return isRight;
    });
    using _looking = this.#look(whose, looking.then(() => {}, () => {}));
    if (!await looking) throw wrongPassword("The password is wrong", 0);
  }

  /** Lets others of that address wait for what is being looked at. */
  #look(whose: string, known: Promise<void>): Disposable {
    const others = this.#looking.get(whose) ?? new Set();
    this.#looking.set(whose, others.add(known));
    return {
      [Symbol.dispose]: () => {
        others.delete(known);
        if (others.size === 0) this.#looking.delete(whose);
      },
    };
  }
}

function tooManyGuesses(retryAfterMs: number): ProtocolError {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  return wrongPassword(
    `Too many wrong passwords came from your address: try again in ${seconds} s`,
    retryAfterMs,
  );
}

function wrongPassword(message: string, retryAfterMs: number): ProtocolError {
  return new ProtocolError("wrong_password", message, { details: { retryAfterMs } });
}
