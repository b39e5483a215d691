import type { Outbox } from "./outbox.ts";
import type { ChatState } from "./state.ts";
import { TokenBucket } from "../clock/token_bucket.ts";

/**
 * When a connection's next request may be read: when its tokens are back, the log is not behind, and
 * its outbox has room. Until then nothing is refused; the bytes stay with the peer.
 */
export class Pace {
  readonly #state: ChatState;
  readonly #outbox: Outbox;
  readonly #requests: TokenBucket;
  readonly #bytes: TokenBucket;
  #pause: PromiseWithResolvers<void> | undefined;
  #stopped = false;

  /**
   * @param state The limits, the clock, how far the log is behind.
   * @param outbox The connection's outbox.
   */
  constructor(state: ChatState, outbox: Outbox) {
    const { requestBurst, requestsPerSecond, byteBurst, bytesPerSecond } = state.limits;
    const now = state.clock.now();
    this.#state = state;
    this.#outbox = outbox;
    this.#requests = new TokenBucket(requestBurst, requestsPerSecond, now);
    this.#bytes = new TokenBucket(requestBurst === 0 ? 0 : byteBurst, bytesPerSecond, now);
  }

  /**
   * One request was read.
   *
   * @param bytes Its size on the wire.
   * @returns When the next one may be; undefined where it may at once.
   */
  after(bytes: number): Promise<void> | undefined {
    const now = this.#state.clock.now();
    const waitMs = Math.max(this.#requests.take(1, now), this.#bytes.take(bytes, now));
    if (waitMs > 0) this.#state.counters.limited++;
    const storable = this.#state.storable();
    if (waitMs === 0 && storable === undefined && !this.#outbox.full) return undefined;
    return this.#wait(waitMs, storable);
  }

  /** Ends a pause, and every later one: the member is going. */
  stop(): void {
    this.#stopped = true;
    this.#pause?.resolve();
  }

  async #wait(waitMs: number, storable: Promise<void> | undefined): Promise<void> {
    if (waitMs > 0 && !this.#stopped) {
      const pause = Promise.withResolvers<void>();
      this.#pause = pause;
      using _timer = this.#state.clock.after(waitMs, pause.resolve);
      await pause.promise;
      this.#pause = undefined;
    }
    await storable;
    await this.#outbox.drained();
  }
}
