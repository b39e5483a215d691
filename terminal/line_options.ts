import type { SharedFile } from "../protocol/chat.ts";
import type { Style } from "./style.ts";

/** What may be changed while lines are made: `/rename`, `/theme`, `/set times`. */
export interface LineLook {
  /** Who reads: own messages bear their number, and where others speak of the reader is marked. */
  readonly name: string;
  /** How things stand out. */
  readonly style: Style;
  /** Whether messages on a terminal begin with their time. @default {true} */
  readonly showsTime?: boolean;
}

/** How messages become lines. */
export interface LineOptions extends LineLook {
  /** Whether lines are for a terminal: with times, numbers, and names in a column. False for what a script reads. */
  readonly times: boolean;
  /** Rows of a terminal that one text may take; what is over is folded away. @default {Infinity} */
  readonly maxRows?: number;
  /**
   * The terminal's width, asked anew for each line: a longer one is broken into rows behind `|`. Without it the
   * terminal breaks them, and a text can be made so that it begins a row.
   */
  readonly columns?: () => number;
  /** A file in a line, safe to print. @default {`[file] plan.pdf, 1.20 MB`} */
  readonly card?: (file: SharedFile) => string;
}

/** How secret a message is, where that is known. */
export type ShownSecrecy =
  /** Encrypted, and its sender's. */
  | { readonly kind: "sealed" }
  /** Not encrypted; `isUnexpected` where its sender usually does. */
  | { readonly kind: "open"; readonly isUnexpected?: boolean }
  /** It cannot be shown, for a reason. */
  | { readonly kind: "closed"; readonly reason: string };

/** What is special about a message that is shown. */
export interface Shown {
  /** It was said in the room that the reader is in: the room is left out, and names stand in a column. */
  readonly isHere?: boolean;
  /** It was said while the reader was away. */
  readonly isMissed?: boolean;
  /** What time it is: it may be of another day, which is told then. */
  readonly now?: number;
  /** Nothing of it is folded away. */
  readonly isWhole?: boolean;
  /** Its number is shown, though it is not one's own: who may remove it needs that. */
  readonly isNumbered?: boolean;
}

/** Where something goes that waits for its acknowledgement. */
export type PendingWhere =
  | { readonly room: string; readonly isHere?: boolean }
  | { readonly to: string };
