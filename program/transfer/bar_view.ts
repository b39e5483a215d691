import { type Clock, systemClock } from "../../clock/clock.ts";
import type { ProgressBar } from "../../terminal/progress_bar.ts";
import { progressLine } from "../../terminal/progress_line.ts";
import { COLOURS, PLAIN } from "../../terminal/style.ts";
import type { TransferProgress } from "../../transfer/progress.ts";
import { complain, flushLines, standBelow, writeFooter } from "../output.ts";
import type { ProgressView, ShownTransfer } from "./progress_view.ts";
import { terminalSize } from "../../terminal/terminal_size.ts";

/** A transfer that is over by then needs no bar. */
const BAR_AFTER_MS = 200;

/** A bar at the bottom of the terminal that standard error is; one for all transfers. */
export class BarView implements ProgressView {
  readonly #clock: Clock;
  readonly #style = Deno.noColor ? PLAIN : COLOURS;
  /** Those that are shown already. */
  readonly #shown = new Set<ShownTransfer>();
  readonly #waiting = new Map<ShownTransfer, Disposable>();
  #bar: ProgressBar | undefined;

  /** @param clock Whose time passes until a bar is worth while. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Shows it if it takes a while. */
  add(transfer: ShownTransfer): void {
    this.#waiting.set(
      transfer,
      this.#clock.after(BAR_AFTER_MS, () => {
        this.#waiting.delete(transfer);
        this.#shown.add(transfer);
        transfer.onShown?.();
        this.#draw().catch((error) => complain(`No progress is shown: ${error.message}`));
      }),
    );
  }

  /** Takes it away at once. */
  remove(transfer: ShownTransfer): void {
    this.#waiting.get(transfer)?.[Symbol.dispose]();
    this.#waiting.delete(transfer);
    if (!this.#shown.delete(transfer) || this.#shown.size > 0) return;
    this.#bar?.stop();
    standBelow(undefined);
  }

  async #draw(): Promise<void> {
    // Loading it takes longer than a small transfer does.
    const { ProgressBar } = await import("../../terminal/progress_bar.ts");
    this.#bar ??= new ProgressBar({
      write: writeFooter,
      columns: () => terminalSize().columns,
      line: (tools) => progressLine(this.#states(), { ...tools, style: this.#style }),
      onDraw: flushLines,
    });
    // It may be over by now.
    if (this.#shown.size === 0) return;
    standBelow(this.#bar);
    this.#bar.start();
  }

  #states(): TransferProgress[] {
    return [...this.#shown].map(({ meter }) => meter.progress());
  }
}
