import type { ChatClient } from "../../client/chat_client.ts";
import { type Clock, systemClock } from "../../clock/clock.ts";

/** As many as one may choose from. */
const MAX_ROOMS = 1_000;
/** For so long they are not asked for again. */
const GOOD_FOR_MS = 30_000;

/** The rooms of a server, as far as one may know them: asked for when they are needed, and not for each key. */
export class KnownRooms {
  readonly #clock: Clock;
  #names: readonly string[] = [];
  #askedAt = -Infinity;

  /** @param clock Whose time. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Their names; those of before where the server cannot be asked. */
  async names(client: Pick<ChatClient, "isOnline" | "rooms">): Promise<readonly string[]> {
    const now = this.#clock.now();
    if (!client.isOnline || now - this.#askedAt < GOOD_FOR_MS) return this.#names;
    this.#askedAt = now;
    const names: string[] = [];
    try {
      for await (const { room } of client.rooms()) {
        if (names.push(room) === MAX_ROOMS) break;
      }
      this.#names = names;
    } catch {
      // There is nothing to complete with.
    }
    return this.#names;
  }
}
