import { ProtocolError } from "../codec/errors.ts";
import { parseBearer } from "../protocol/bearer.ts";
import { checkName, fold } from "../protocol/names.ts";

/** Leave to do something that takes time, by a token: until it is done, or the token is over. */
export interface Grant extends Disposable {
  /** Whose the token is: the name as it was registered. */
  readonly name: string;
  /** Aborted when the token is over, with a `ProtocolError`, `unauthorized`. */
  readonly signal: AbortSignal;
}

/** Says whose a token is, and whether it is good now. */
export type Verify = (bearer: string) => Promise<{ readonly name: string }>;

/** A grant from before its token is looked at on. */
interface Given {
  readonly bearer: string;
  /** The folded name that the bearer claims. */
  readonly whose: string;
  readonly controller: AbortController;
}

/**
 * What is being done with tokens elsewhere than in the chat: transfers, uploads.
 *
 * - I1 Whatever ends a token ends what it was given for, also where that is still being looked at.
 */
export class Grants {
  readonly #verify: Verify;
  readonly #given = new Set<Given>();

  /** @param verify Says whose a token is; throws `ProtocolError` where it is not good. */
  constructor(verify: Verify) {
    this.#verify = verify;
  }

  /** How many there are. */
  get size(): number {
    return this.#given.size;
  }

  /**
   * Gives one.
   *
   * @param bearer The word, as `formatBearer` makes it.
   * @returns The grant; to be disposed.
   * @throws {ProtocolError} `unauthorized`, `invalid_name`.
   */
  async give(bearer: string): Promise<Grant> {
    const whose = fold(checkName(parseBearer(bearer).name));
    const given = { bearer, whose, controller: new AbortController() };
    const dispose = () => void this.#given.delete(given);
    // Before the registry is asked: what it answers may be over when it comes.
    this.#given.add(given);
    try {
      const { name } = await this.#verify(bearer);
      const { signal } = given.controller;
      signal.throwIfAborted();
      return { name, signal, [Symbol.dispose]: dispose };
    } catch (error) {
      dispose();
      throw error;
    }
  }

  /**
   * Looks at tokens again, since something has changed about them, and ends what was given for those that are over.
   *
   * @param name The name that they are of. @default every one
   */
  async recheck(name?: string): Promise<void> {
    const whose = name && fold(name);
    const concerned = [...this.#given].filter((given) => !whose || given.whose === whose);
    await Promise.all(concerned.map(async ({ bearer, controller }) => {
      try {
        await this.#verify(bearer);
      } catch (cause) {
        // Also where nobody could be asked: whether it is good is not known then.
        controller.abort(new ProtocolError("unauthorized", "The token is over", { cause }));
      }
    }));
  }
}
