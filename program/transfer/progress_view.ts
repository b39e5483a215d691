import type { TransferMeter } from "../../transfer/progress.ts";

/** A transfer that is shown. */
export interface ShownTransfer {
  readonly meter: TransferMeter;
  /** Whose it is, where there can be several. */
  readonly peer: string | undefined;
  /** Called when it begins to be shown: to count what there is, say. */
  readonly onShown: (() => void) | undefined;
}

/** A way to show how far transfers are, each from `add` to `remove`. */
export interface ProgressView {
  add(transfer: ShownTransfer): void;
  remove(transfer: ShownTransfer): void;
}

/** Shows nothing, and works nothing out. */
export class NoView implements ProgressView {
  add(_transfer: ShownTransfer): void {}
  remove(_transfer: ShownTransfer): void {}
}
