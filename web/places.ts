import { ProtocolError } from "../codec/errors.ts";
import { CountByKey } from "../net/count_by_key.ts";

/** How many there may be at once. */
export interface PlacesOptions {
  /** Of one person. */
  readonly perName: number;
  /** Of all. */
  readonly all: number;
  /** What they are, in the error: "uploads". */
  readonly what: string;
}

/** The places of something that costs memory as long as it lasts. */
export class Places {
  readonly #options: PlacesOptions;
  readonly #byName = new CountByKey();
  #taken = 0;

  /** @param options How many. */
  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes a place.
   *
   * @param name Who takes it.
   * @returns Disposing it gives it back, once.
   * @throws {ProtocolError} `too_many_uploads`: there is none.
   */
  take(name: string): Disposable {
    const { perName, all, what } = this.#options;
    const own = this.#byName.of(name);
    if (own >= perName || this.#taken >= all) {
      const whose = own >= perName ? `you have ${own}` : "the server has as many as it may";
      throw new ProtocolError("too_many_uploads", `Too many ${what} at once: ${whose}. Try later`);
    }
    this.#taken++;
    const counted = this.#byName.add(name);
    let isTaken = true;
    return {
      [Symbol.dispose]: () => {
        counted[Symbol.dispose]();
        if (isTaken) this.#taken--;
        isTaken = false;
      },
    };
  }
}
