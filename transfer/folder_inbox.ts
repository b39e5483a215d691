import { resolve } from "@std/path/resolve";
import { type Clock, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Offer } from "../protocol/transfer.ts";
import { diskError } from "./disk_error.ts";
import type { DiskSync } from "./disk_sync.ts";
import { FreeSpace, type MeasureFree } from "./free_space.ts";
import { EqualFile, type EqualFileOptions, hashFound } from "./equal_file.ts";
import type { HashKind } from "./hash.ts";
import type { Durable, Inbox, Part, Saved } from "./inbox.ts";
import { existsError, IncomingFile, type IncomingFileOptions } from "./incoming_file.ts";
import { InboxRoot } from "./inbox_root.ts";
import { IncomingFolder } from "./incoming_folder.ts";
import { copyName, safeSegments, savedName, within } from "./names.ts";
import { BroughtFiles } from "./brought_files.ts";
import { type FileIdentity, PartFile, sweepParts } from "./part_file.ts";
import { Receipts } from "./receipts.ts";
import { isSameFile } from "./same_file.ts";

/** Copies of a name among which one that was placed is looked for. */
const COPIES_LOOKED_AT = 100;

/** A sender that connects again is known by it: with so many characters begin all keys of one run of ours. */
const RUN_CHARACTERS = 32;
/** Runs whose files are remembered while they are not connected. */
const MAX_RUNS = 8;

/** What happens when a name is there already. */
export type OnExists = "rename" | "overwrite" | "skip" | "refuse";

/** How a {@link FolderInbox} saves. */
export interface FolderInboxOptions {
  /** What happens when a name is there already. @default {"rename"} */
  readonly onExists?: OnExists;
  /** The largest file taken, in bytes. @default no limit */
  readonly maxFileBytes?: number;
  /** Whether a receipt waits until file and folder are on disk. @default {true} */
  readonly fsync?: boolean;
  /** Whether times and permission bits are kept. @default {true} */
  readonly preserve?: boolean;
  /**
   * How the disk's free room is looked at. @default the system is asked, where the permission
   * `sys=statfs` allows it
   */
  readonly measureFree?: MeasureFree;
  /** What the age of receipts and of parts is counted by. @default {systemClock} */
  readonly clock?: Clock;
}

/**
 * An inbox that is a folder. A file arrives in a part with a short random name, and gets its name
 * `recv-<name>` only when it is whole; of a folder, the top one gets the prefix.
 *
 * A folder that is there is filled further: files in it that are the same count as received, so that a
 * transfer that was interrupted goes on.
 *
 * - I1 Under a final name there is a whole file or none, whenever the machine stops.
 * - I2 Nothing is replaced, unless `onExists` says `overwrite`; a link at the target is replaced by the
 *   file or left alone, never followed. A link in place of a folder is `exists`. What one connection brought
 *   is not replaced by what else it brings, nor by what the same run of a sender brings over its next one:
 *   names that are equal, or that this disk takes for equal, are saved beside each other.
 * - I3 What is removed is what this inbox made.
 */
export class FolderInbox implements Inbox {
  /** What a receipt promises. */
  readonly durable: Durable;
  readonly #root: InboxRoot;
  readonly #onExists: OnExists;
  readonly #maxFileBytes: number;
  readonly #preserve: boolean;
  readonly #clock: Clock;
  readonly #receipts: Receipts;
  readonly #space: FreeSpace;
  /** Files on their way in that can be resumed, by key. */
  readonly #arriving = new Map<string, IncomingFile>();
  /** Parts that are read to be gone on with, by key. */
  readonly #reading = new Map<
    string,
    { readonly part: PartFile; readonly ended: Promise<unknown> }
  >();
  /** By connection. */
  readonly #brought = new WeakMap<object, BroughtFiles>();
  /** By the sender's run, the newest last. */
  readonly #runs = new Map<string, BroughtFiles>();

  /**
   * An inbox of a folder.
   *
   * @param folder The folder; it must exist when files arrive.
   * @param options What to do with names that are there, and how large a file may be.
   */
  constructor(folder: string, options: FolderInboxOptions = {}) {
    const { onExists = "rename", maxFileBytes = Number.MAX_SAFE_INTEGER } = options;
    const { fsync = true, preserve = true, clock = systemClock } = options;
    this.#root = new InboxRoot(resolve(folder), fsync);
    this.#onExists = onExists;
    this.#maxFileBytes = maxFileBytes;
    this.#preserve = preserve;
    this.durable = fsync ? "disk" : "memory";
    this.#clock = clock;
    this.#space = new FreeSpace(this.#root.path, clock, options.measureFree);
    this.#receipts = new Receipts(this.#root.path, fsync, clock);
  }

  /** What was saved for an offer already; see {@link Inbox.saved}. */
  saved(offer: Offer, hash: HashKind): Promise<Saved | undefined> | Saved | undefined {
    return offer.kind === "file" ? this.#receipts.find(offer, hash) : undefined;
  }

  /** Decides about an offer; see {@link Inbox.open}. */
  open(offer: Offer, hash: HashKind, batch: object = {}): Promise<Part> | Part {
    const segments = safeSegments(offer.name);
    const size = offer.size ?? 0;
    if (size > this.#maxFileBytes) {
      throw new ProtocolError(
        "too_large",
        `Cannot take a file of ${size} bytes: ${this.#maxFileBytes} are allowed`,
      );
    }
    const attributes = this.#preserve ? offer : undefined;
    const folders = segments.slice(0, -1);
    if (folders.length > 0) folders[0] = savedName(folders[0]!, 0);
    const last = segments.at(-1)!;
    const name = folders.length > 0
      ? (copy: number) => copyName(last, copy)
      : (copy: number) => savedName(last, copy);
    if (offer.kind === "directory") {
      return new IncomingFolder(this.#root, [...folders, name(0)], attributes);
    }
    const replaces = this.#onExists === "overwrite";
    const mergesFolders = folders.length > 0 && this.#onExists === "rename";
    let isSaved = false;
    const options: IncomingFileOptions = {
      root: this.#root,
      folders,
      name,
      maxFileBytes: this.#maxFileBytes,
      replaces: replaces ? this.#broughtBy(batch, offer.key) : undefined,
      keepsName: this.#onExists === "refuse" || this.#onExists === "skip",
      isSame: mergesFolders || replaces
        ? (path, digest) => isSame(path, size, digest, hash, this.#root.sync)
        : undefined,
      attributes,
      identity: identityOf(offer),
      onCommit: (commit) => this.#receipts.await(offer.key, commit),
      onSaved: (saved) => {
        isSaved = true;
        return this.#receipts.remember(offer, hash, saved);
      },
      onBegin: (file) => this.#arriving.set(offer.key, file),
      onGone: (file) => {
        if (this.#arriving.get(offer.key) === file) this.#arriving.delete(offer.key);
        // The sender may have connected again already, and need the same room.
        if (!isSaved) this.#space.lookAgain();
      },
    };
    // The connection that a sender has given up is told last: what it has brought is gone on with here.
    if (options.identity !== undefined) this.#arriving.get(offer.key)?.abort(true);
    const make = () => {
      this.#space.take(size);
      return new IncomingFile(options);
    };
    // A small file is here before it could be compared: it is when its name turns out to be taken.
    const looksFirst = this.#onExists === "skip" || this.#onExists === "refuse" ||
      (mergesFolders && offer.inline !== true);
    if (!looksFirst) return this.#resume(offer.key, options, hash, make) ?? make();
    // Behind a link in place of a folder there is nothing to look at: it is `exists` when it is placed.
    if (!this.#root.hasFolders(folders)) {
      return this.#resume(offer.key, options, hash, make) ?? make();
    }
    return this.#besides([...folders, name(0)].reduce(within, this.#root.path), offer, hash, {
      name: [...folders, name(0)].join("/"),
      inline: offer.inline ?? false,
      make,
      savesOthers: mergesFolders,
      settle: () => this.#root.settle(folders),
    }, options);
  }

  /**
   * Removes the parts that nobody has gone on with.
   *
   * @param days Parts that were last written so long ago.
   */
  sweep(days: number): void {
    sweepParts(this.#root, this.#clock.now() - days * 86_400_000);
  }

  #broughtBy(batch: object, key: string): BroughtFiles {
    let brought = this.#brought.get(batch);
    if (brought !== undefined) return brought;
    const run = key.length > RUN_CHARACTERS ? key.slice(0, RUN_CHARACTERS) : undefined;
    brought = (run === undefined ? undefined : this.#runs.get(run)) ?? new BroughtFiles();
    this.#brought.set(batch, brought);
    if (run === undefined) return brought;
    this.#runs.delete(run);
    this.#runs.set(run, brought);
    if (this.#runs.size > MAX_RUNS) this.#runs.delete(this.#runs.keys().next().value!);
    return brought;
  }

  /** The part of a file of which an earlier run has left some; undefined where there is none. */
  #resume(
    key: string,
    options: IncomingFileOptions,
    hash: HashKind,
    make: () => Part,
  ): Promise<Part> | Part | undefined {
    if (options.identity === undefined) return undefined;
    const reading = this.#reading.get(key);
    if (reading !== undefined) {
      // For a connection that the sender has given up: it gives the part back, and is told why.
      reading.part.close();
      const again = () => this.#resume(key, options, hash, make) ?? make();
      return reading.ended.then(again, again);
    }
    let part: PartFile | undefined;
    try {
      part = PartFile.find(this.#root, options.identity);
    } catch (error) {
      throw diskError("Cannot go on with a part that is there", error);
    }
    if (part === undefined) return undefined;
    const ended = this.#goOn(part, options, hash, make)
      .finally(() => this.#reading.delete(key));
    this.#reading.set(key, { part, ended });
    return ended;
  }

  async #goOn(
    part: PartFile,
    options: IncomingFileOptions,
    hash: HashKind,
    make: () => Part,
  ): Promise<Part> {
    const { file } = part;
    try {
      const hasher = await part.hash(hash);
      const held = { size: file.seekSync(0, Deno.SeekMode.Current), hasher };
      if (!part.isPlaced) {
        this.#space.take(options.identity!.size - held.size);
        return new IncomingFile(options, { part, held });
      }
      const { folders, onSaved } = options;
      const name = placedName(this.#root.path, options, file.statSync());
      if (name === undefined) {
        part.remove();
        return make();
      }
      await this.#root.sync?.file(file);
      part.close();
      const savedAs = [...folders, name].join("/");
      return new EqualFile(held, {
        name: savedAs,
        inline: false,
        make,
        savesOthers: true,
        // It was placed, and the receiver stopped before it said so: the part's name tells that until it has.
        settle: async () => {
          await this.#root.settle(folders);
          await onSaved?.({ savedAs, size: held.size, hash: held.hasher.digest() });
          PartFile.find(this.#root, options.identity!)?.remove();
        },
      });
    } catch (error) {
      part.close();
      if (error instanceof ProtocolError) throw error;
      throw diskError("Cannot go on with a part that is there", error);
    }
  }

  /** The part of a file, having looked at what has its name. */
  #besides(
    path: string,
    offer: Offer,
    hash: HashKind,
    options: EqualFileOptions,
    incoming: IncomingFileOptions,
  ): Promise<Part> | Part {
    const there = lstat(path);
    if (there === undefined) {
      return this.#resume(offer.key, incoming, hash, options.make) ?? options.make();
    }
    if (this.#onExists === "refuse") throw existsError(options.name);
    const other = () => {
      if (!options.savesOthers) throw existsError(options.name);
      return this.#resume(offer.key, incoming, hash, options.make) ?? options.make();
    };
    // A link is somebody else's file: what it holds is not told to a peer, not even as a hash.
    if (!there.isFile || there.size !== offer.size) return other();
    return hashFound(path, there, hash, this.#root.sync).then((hasher) =>
      hasher === undefined ? other() : new EqualFile({ size: there.size, hasher }, options)
    );
  }
}

/** The name that a file was given, of those that it could have been given. */
function placedName(
  root: string,
  { folders, name }: IncomingFileOptions,
  info: Deno.FileInfo,
): string | undefined {
  for (let copy = 0; copy < COPIES_LOOKED_AT; copy++) {
    const there = lstat([...folders, name(copy)].reduce(within, root));
    if (there === undefined) return undefined;
    if (isSameFile(there, info)) return name(copy);
  }
  return undefined;
}

/** What a later run finds the part of an offer by: small files and pipes are sent anew. */
function identityOf({ name, size, mtime, inline }: Offer): FileIdentity | undefined {
  if (size === null || size === 0 || mtime === undefined || inline === true) return undefined;
  return { name, size, mtime };
}

function lstat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    // A part of the path that is no folder is found when the file is placed.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw diskError("Cannot look at the folder", error);
  }
}

/** Whether a file that is there is a real one of that size and hash. */
async function isSame(
  path: string,
  size: number,
  digest: string,
  kind: HashKind,
  sync: DiskSync | undefined,
): Promise<boolean> {
  const there = lstat(path);
  if (there === undefined || !there.isFile || there.size !== size) return false;
  return (await hashFound(path, there, kind, sync))?.digest() === digest;
}
