import { ProtocolError } from "../codec/errors.ts";
import { fold } from "../protocol/names.ts";
import { Allowance } from "./allowance.ts";
import type { Limits } from "./limits.ts";

/** Names that one address may use up. */
const NAMES_AN_ADDRESS = 4;

/** How many rooms may be made: each has a record that is kept for weeks, or for ever. */
export class RoomAllowance {
  readonly #names: Allowance;
  readonly #addresses: Allowance;

  /** @param limits How many. */
  constructor({ newRoomBurst, newRoomsPerHour }: Limits) {
    const perSecond = newRoomsPerHour / 3_600;
    this.#names = new Allowance(newRoomBurst, perSecond);
    this.#addresses = new Allowance(NAMES_AN_ADDRESS * newRoomBurst, NAMES_AN_ADDRESS * perSecond);
  }

  /**
   * Lets somebody make one more room.
   *
   * @param name Who.
   * @param origin Whom the connection counts for.
   * @param now Unix time in milliseconds.
   * @throws {ProtocolError} `too_many_new_rooms`, with `retryAfterMs`.
   */
  take(name: string, origin: string | undefined, now: number): void {
    const retryAfterMs = this.#names.take(fold(name), now) ||
      (origin === undefined ? 0 : this.#addresses.take(origin, now));
    if (retryAfterMs === 0) return;
    throw new ProtocolError(
      "too_many_new_rooms",
      "You, or others at your address, have made as many new rooms as one may: use one of them, or wait",
      { details: { retryAfterMs } },
    );
  }
}
