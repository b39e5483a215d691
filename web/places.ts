import { ProtocolError } from "../codec/errors.ts";

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
  readonly #byName = new Map<string, number>();
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
    const own = this.#byName.get(name) ?? 0;
    if (own >= perName || this.#taken >= all) {
      const whose = own >= perName ? `you have ${own}` : "the server has as many as it may";
      throw new ProtocolError("too_many_uploads", `Too many ${what} at once: ${whose}. Try later`);
    }
    this.#taken++;
    this.#byName.set(name, own + 1);
    let isTaken = true;
    return {
      [Symbol.dispose]: () => {
        if (!isTaken) return;
        isTaken = false;
        this.#taken--;
        const left = this.#byName.get(name)! - 1;
        if (left === 0) this.#byName.delete(name);
        else this.#byName.set(name, left);
      },
    };
  }
}
