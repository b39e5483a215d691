import { progressLine } from "../../terminal/progress_line.ts";
import { summaryLine } from "../../terminal/progress_summary.ts";
import { PLAIN } from "../../terminal/style.ts";
import type { TransferMeter } from "../../transfer/progress.ts";
import { BarView } from "./bar_view.ts";
import { flag } from "../command_line.ts";
import { UsageError } from "../failure.ts";
import { LineView } from "./line_view.ts";
import { complain } from "../output.ts";
import { NoView, type ProgressView, type ShownTransfer } from "./progress_view.ts";

/** Cells of a line that no terminal cuts. */
const LINE_CELLS = 200;

/** The options of a program that shows how far transfers are. */
export const PROGRESS_OPTIONS = {
  progress: flag(
    "tell how far it is, once a second, where standard error is no terminal; with --json on standard output",
  ),
  "no-progress": flag("show no bar on a terminal"),
} as const;

/** What the command line says of progress. */
export interface ProgressChoice {
  readonly json: boolean;
  readonly progress: boolean;
  readonly "no-progress": boolean;
  /** Whether a file's bytes may go to the terminal, where a bar would stand. @default {false} */
  readonly isTerminalTaken?: boolean;
}

/** What a {@link TransferDisplay} is told of a transfer. */
export interface ShowOptions {
  /** Whose it is, where there can be several. */
  readonly peer?: string;
  /** Called when it begins to be shown: to count what there is, say. */
  readonly onShown?: () => void;
}

/**
 * Shows how far transfers are, and what came of each: a bar on a terminal, lines elsewhere, where they
 * are asked for; at the end one line, always.
 */
export class TransferDisplay {
  readonly #done: "sent" | "received";
  readonly #json: ((line: string) => void) | undefined;
  readonly #view: ProgressView;

  /**
   * @param done What the program does with files.
   * @param choice The command line.
   * @param tell Prints a line that a script may read.
   * @throws {UsageError} Progress is wanted, and is not.
   */
  constructor(
    done: "sent" | "received",
    choice: ProgressChoice,
    tell: (line: string) => void,
  ) {
    if (choice.progress && choice["no-progress"]) {
      throw new UsageError("--progress and --no-progress exclude each other");
    }
    this.#done = done;
    this.#json = choice.json ? tell : undefined;
    this.#view = this.#viewFor(choice);
  }

  /**
   * Shows a transfer until what it returns is disposed of.
   *
   * @param meter Measures it.
   * @param options Whose it is; who is told that it is shown.
   */
  show(meter: TransferMeter, { peer, onShown }: ShowOptions = {}): Disposable {
    const transfer = { meter, peer, onShown };
    this.#view.add(transfer);
    return { [Symbol.dispose]: () => this.#view.remove(transfer) };
  }

  /**
   * Tells what came of a transfer.
   *
   * @param meter Has measured it.
   * @param peer Whose it was, where there can be several.
   */
  tellSummary(meter: TransferMeter, peer?: string): void {
    const summary = meter.summary();
    if (this.#json === undefined) complain(summaryLine(this.#done, summary, peer));
    else this.#json(jsonLine("summary", { peer, ...summary }));
  }

  #viewFor({ json, progress, ...choice }: ProgressChoice): ProgressView {
    if (json) return progress ? new LineView((transfer) => this.#tellJson(transfer)) : new NoView();
    if (Deno.stderr.isTerminal()) {
      return choice["no-progress"] || choice.isTerminalTaken ? new NoView() : new BarView();
    }
    return progress ? new LineView(tellLine) : new NoView();
  }

  #tellJson({ meter, peer }: ShownTransfer): void {
    const { isCounted, current, totalFiles, totalBytes, position: _position, ...known } = meter
      .progress();
    this.#json!(jsonLine("progress", {
      peer,
      ...known,
      // What still grows is no total.
      totalFiles: isCounted ? totalFiles : null,
      totalBytes: isCounted ? totalBytes : null,
      name: current?.name ?? null,
      fileBytes: current?.bytes ?? null,
      fileSize: current?.size ?? null,
    }));
  }
}

function tellLine({ meter, peer }: ShownTransfer): void {
  const line = progressLine([meter.progress()], { width: LINE_CELLS, style: PLAIN });
  complain(`${peer === undefined ? "" : `${peer} `}${line.trimStart()}`);
}

/** What is undefined is not written. */
function jsonLine(type: string, payload: object): string {
  return JSON.stringify({ type, payload });
}
