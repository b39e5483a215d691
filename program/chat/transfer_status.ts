import { type Clock, systemClock } from "../../clock/clock.ts";
import { statusLine, type StatusTransfer } from "../../terminal/status_line.ts";
import type { Style } from "../../terminal/style.ts";
import type { TransferMeter } from "../../transfer/progress.ts";
import { terminalSize } from "../../terminal/terminal_size.ts";

/** A transfer that is over by then needs no line. */
const SHOWN_AFTER_MS = 300;
/** Between two looks. */
const EVERY_MS = 200;

/** A transfer under way. */
export interface ShownTransfer {
  /** What is done: `sending`. */
  readonly verb: string;
  /** Measures it. */
  readonly meter: TransferMeter;
}

/** Tells in one line how far transfers are, five times a second, for as long as there are some. */
export class TransferStatus implements Disposable {
  readonly #show: (line: string | undefined) => void;
  readonly #style: Style;
  readonly #clock: Clock;
  readonly #transfers = new Set<ShownTransfer>();
  #timer: Disposable | undefined;

  /**
   * @param show Shows the line; without one, takes it away.
   * @param style How it looks.
   * @param clock Whose time passes.
   */
  constructor(
    show: (line: string | undefined) => void,
    style: Style,
    clock: Clock = systemClock,
  ) {
    this.#show = show;
    this.#style = style;
    this.#clock = clock;
  }

  /** Shows a transfer until what it returns is disposed of. */
  add(transfer: ShownTransfer): Disposable {
    this.#transfers.add(transfer);
    this.#timer ??= this.#clock.after(SHOWN_AFTER_MS, () => this.#draw());
    return {
      [Symbol.dispose]: () => {
        this.#transfers.delete(transfer);
        if (this.#transfers.size === 0) this[Symbol.dispose]();
      },
    };
  }

  /** Takes the line away, and tells no more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#show(undefined);
  }

  #draw(): void {
    const shown: StatusTransfer[] = [...this.#transfers].map(({ verb, meter }) => ({
      verb,
      progress: meter.progress(),
    }));
    this.#show(statusLine(shown, terminalSize().columns, this.#style));
    this.#timer = this.#clock.after(EVERY_MS, () => this.#draw());
  }
}
