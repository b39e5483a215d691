import { type Clock, systemClock } from "../../clock/clock.ts";
import type { ProgressView, ShownTransfer } from "./progress_view.ts";

/** Between two lines of one transfer. */
const LINE_EVERY_MS = 1_000;

/** One line a second for each transfer, and one at its end. */
export class LineView implements ProgressView {
  readonly #tell: (transfer: ShownTransfer) => void;
  readonly #clock: Clock;
  readonly #timers = new Map<ShownTransfer, Disposable>();

  /**
   * @param tell Prints the line.
   * @param clock Whose seconds.
   */
  constructor(tell: (transfer: ShownTransfer) => void, clock: Clock = systemClock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  /** Tells of it from the next second on. */
  add(transfer: ShownTransfer): void {
    transfer.onShown?.();
    this.#wait(transfer);
  }

  /** Tells of it once more. */
  remove(transfer: ShownTransfer): void {
    this.#timers.get(transfer)?.[Symbol.dispose]();
    if (this.#timers.delete(transfer)) this.#tell(transfer);
  }

  #wait(transfer: ShownTransfer): void {
    const timer = this.#clock.after(LINE_EVERY_MS, () => {
      this.#wait(transfer);
      this.#tell(transfer);
    });
    this.#timers.set(transfer, timer);
  }
}
