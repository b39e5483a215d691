import type { Clock } from "../clock/clock.ts";
import type { Registry } from "../registry/registry.ts";
import type { MeasureFree } from "../transfer/free_space.ts";

/** How a `FileStore` is opened. */
export interface FileStoreOptions {
  /** Keeps what is known of each file. */
  readonly registry: Registry;
  /** Everything timed. @default {systemClock} */
  readonly clock?: Clock;
  /** Whether a file is on disk before it is told of. @default {true} */
  readonly fsync?: boolean;
  /** The largest file taken, in bytes. @default {2_147_483_648} */
  readonly maxFileBytes?: number;
  /** What the files of one name may take, in bytes. @default {8_589_934_592} */
  readonly maxBytesPerName?: number;
  /** What all files may take, in bytes. @default {68_719_476_736} */
  readonly maxBytes?: number;
  /** How many files one name may have. @default {10_000} */
  readonly maxFilesPerName?: number;
  /** How many files there may be; what is known of each takes about half a KiB of memory. @default {200_000} */
  readonly maxFiles?: number;
  /** How long a file is kept, in milliseconds. @default for ever */
  readonly keepMs?: number;
  /** How the disk's free room is looked at. @default as `FolderInbox` does */
  readonly measureFree?: MeasureFree;
}

/** What a person brings. */
export interface NewFile {
  /** Its name: one segment, by the rules of transfers. */
  readonly name: string;
  /** Its size in bytes; null where it is not known. */
  readonly size: number | null;
  /** Whether what has come is kept for a day when it is interrupted. @default {false} */
  readonly isKept?: boolean;
}

/** An upload that was begun and is not a file yet. */
export interface PendingUpload {
  /** Its id, and that of the file that it will be. */
  readonly id: string;
  /** The file's name. */
  readonly name: string;
  /** The file's size in bytes; null where it is not known. */
  readonly size: number | null;
  /** How many bytes have come. */
  readonly offset: number;
  /** When it goes, where nobody goes on with it; Unix milliseconds. */
  readonly goesAt: number;
}
