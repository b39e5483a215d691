import { type Clock, systemClock } from "../../clock/clock.ts";
import type { SettingValues } from "./setting_table.ts";

/** However many messages come, nobody can have it ring more often. */
const EVERY_MS = 2_000;

/** A message for which somebody may want to be called. */
export interface Call {
  readonly isOwn: boolean;
  /** It speaks of the reader, or is for the reader alone. */
  readonly isMention: boolean;
  /** It was said while the reader was away. */
  readonly isMissed: boolean;
}

/** Rings for the messages for which somebody wants to be called, and not for each of many. */
export class Bell {
  readonly #wanted: () => SettingValues["bell"];
  readonly #ring: () => void;
  readonly #clock: Clock;
  #rangAt = -Infinity;

  /**
   * @param wanted For which messages, now.
   * @param ring Rings.
   * @param clock Whose time.
   */
  constructor(wanted: () => SettingValues["bell"], ring: () => void, clock: Clock = systemClock) {
    this.#wanted = wanted;
    this.#ring = ring;
    this.#clock = clock;
  }

  /** A message has come. */
  call({ isOwn, isMention, isMissed }: Call): void {
    const wanted = this.#wanted();
    if (isOwn || isMissed || wanted === "off" || wanted === "mentions" && !isMention) return;
    const now = this.#clock.now();
    if (now - this.#rangAt < EVERY_MS) return;
    this.#rangAt = now;
    this.#ring();
  }
}
