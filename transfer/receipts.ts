import type { Clock } from "../clock/clock.ts";
import type { Offer } from "../protocol/transfer.ts";
import type { HashKind } from "./hash.ts";
import type { Saved } from "./inbox.ts";
import { within } from "./names.ts";
import { openReal } from "./same_file.ts";
import { SharedWork } from "./shared_work.ts";

/** How long a receipt is kept on disk. */
const KEPT_DAYS = 7;
const DAY_MS = 86_400_000;
/**
 * Receipts in memory, twice: when so many are new, those that were new before them go. Four senders that have
 * not read 256 each are well within it.
 */
const MAX_NEW = 4_096;
/** The same, in characters of their names: a peer may choose long ones. */
const MAX_NEW_CHARS = 2_097_152;
/** Of a longer journal the newest part is read. */
const MAX_JOURNAL_BYTES = 8_388_608;

const JOURNAL = /^\.recv-(\d{4}-\d\d-\d\d)\.journal$/;

/** A receipt, and the offer that it was given for. */
interface Entry extends Saved {
  readonly key: string;
  readonly name: string;
  readonly hashKind: HashKind;
}

/**
 * The receipts of an inbox: when one was lost on its way to the sender, the same key is offered again, and
 * what was saved for it is no copy of it.
 *
 * Those of large files lie in the inbox's folder too, a line of JSON each, in one file a day, so that
 * nothing is ever rewritten and two receivers may share a folder. Small files are remembered while the
 * receiver runs.
 *
 * - I1 Two connections that bring one key save it once: the later one waits for the earlier one's commit.
 * - I2 A journal that is no regular file of its own, or damaged, is passed over: it is never followed.
 */
export class Receipts {
  readonly #folder: string;
  readonly #fsync: boolean;
  readonly #clock: Clock;
  #new = new Map<string, Entry>();
  #older = new Map<string, Entry>();
  #newChars = 0;
  /** Commits that have begun, by key. */
  readonly #commits = new Map<string, Promise<unknown>>();
  readonly #appending = new SharedWork(() => this.#append());
  #lines = "";
  #isLoaded = false;

  /**
   * @param folder The inbox's folder.
   * @param fsync Whether receipts are on disk when they are given.
   * @param clock What days are counted by.
   */
  constructor(folder: string, fsync: boolean, clock: Clock) {
    this.#folder = folder;
    this.#fsync = fsync;
    this.#clock = clock;
  }

  /**
   * What was saved for an offer.
   *
   * @param offer The offer.
   * @param hashKind What it is verified by.
   * @returns The receipt, where its key has one and it is for the same file; when the commit of that key
   *   has ended, where there is one.
   */
  find(offer: Offer, hashKind: HashKind): Promise<Saved | undefined> | Saved | undefined {
    const commit = this.#commits.get(offer.key);
    if (commit !== undefined) {
      const again = () => this.find(offer, hashKind);
      return commit.then(again, again);
    }
    if (offer.inline !== true && !this.#isLoaded) this.#load();
    const entry = this.#new.get(offer.key) ?? this.#older.get(offer.key);
    if (entry === undefined || entry.name !== offer.name || entry.hashKind !== hashKind) {
      return undefined;
    }
    const { savedAs, size, hash } = entry;
    return offer.size === null || offer.size === size ? { savedAs, size, hash } : undefined;
  }

  /**
   * Has the next `find` of a key wait for its commit.
   *
   * @param key The key.
   * @param commit The commit that has begun.
   */
  await(key: string, commit: Promise<unknown>): void {
    this.#commits.set(key, commit);
    const end = () => this.#commits.delete(key);
    commit.then(end, end);
  }

  /**
   * Remembers a receipt.
   *
   * @param offer The offer.
   * @param hashKind What it was verified by.
   * @param saved What was saved.
   * @returns When it may be given; undefined where it may at once.
   */
  remember(offer: Offer, hashKind: HashKind, saved: Saved): Promise<void> | undefined {
    const { key, name, inline } = offer;
    const entry: Entry = { key, name, hashKind, ...saved };
    this.#keep(entry);
    if (inline === true) return undefined;
    this.#lines += JSON.stringify(entry) + "\n";
    return this.#appending.run();
  }

  #keep(entry: Entry): void {
    if (this.#new.size >= MAX_NEW || this.#newChars >= MAX_NEW_CHARS) {
      this.#older = this.#new;
      this.#new = new Map();
      this.#newChars = 0;
    }
    this.#newChars += entry.name.length + entry.savedAs.length;
    this.#new.set(entry.key, entry);
  }

  async #append(): Promise<void> {
    // Those of this turn go together.
    await undefined;
    const lines = new TextEncoder().encode(this.#lines);
    this.#lines = "";
    try {
      const day = new Date(this.#clock.now()).toISOString().slice(0, 10);
      using file = this.#open(within(this.#folder, `.recv-${day}.journal`));
      // One write, so that two receivers' lines do not mix.
      file?.writeSync(lines);
      if (this.#fsync) await file?.syncData();
    } catch {
      // The files are saved: a disk that is full now costs a second copy at most, should the link break.
    }
  }

  #open(path: string): Deno.FsFile | undefined {
    try {
      return Deno.openSync(path, { append: true, createNew: true, mode: 0o600 });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    const file = openReal(path, { append: true });
    if (file === undefined || (file.statSync().nlink ?? 1) === 1) return file;
    file.close();
    return undefined;
  }

  /** Reads the journals of the last days, and removes older ones. */
  #load(): void {
    this.#isLoaded = true;
    const before = new Date(this.#clock.now() - KEPT_DAYS * DAY_MS).toISOString().slice(0, 10);
    const journals: string[] = [];
    try {
      for (const { name, isFile } of Deno.readDirSync(this.#folder)) {
        const day = isFile ? JOURNAL.exec(name)?.[1] : undefined;
        if (day === undefined) continue;
        if (day >= before) journals.push(name);
        else removeOld(within(this.#folder, name));
      }
    } catch {
      // A folder that cannot be looked through gives no receipts; what is wrong with it is told by what is saved.
    }
    // What this run has given already is newer than all of them.
    const given = [...this.#older.values(), ...this.#new.values()];
    for (const name of journals.sort()) this.#loadJournal(within(this.#folder, name));
    for (const entry of given) this.#keep(entry);
  }

  #loadJournal(path: string): void {
    try {
      using file = openReal(path, { read: true });
      if (file === undefined) return;
      const { size } = file.statSync();
      const bytes = new Uint8Array(Math.min(size, MAX_JOURNAL_BYTES));
      file.seekSync(size - bytes.length, Deno.SeekMode.Start);
      let filled = 0;
      for (let count: number | null = 0; count !== null && filled < bytes.length;) {
        filled += count;
        count = file.readSync(bytes.subarray(filled));
      }
      const text = new TextDecoder().decode(bytes.subarray(0, filled));
      for (const line of text.split("\n")) {
        const entry = readEntry(line);
        if (entry !== undefined) this.#keep(entry);
      }
    } catch {
      // What cannot be read gives no receipts: the file comes again, and is kept beside the first.
    }
  }
}

/** Removes a journal; one that cannot be removed, or that another receiver has removed, is nobody's trouble. */
function removeOld(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is passed over the next time too.
  }
}

/** An entry of a journal; undefined for a line that was cut off, or that somebody else wrote. */
function readEntry(line: string): Entry | undefined {
  let value: Partial<Record<keyof Entry, unknown>> | null;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { key, name, hashKind, savedAs, hash, size } = value ?? {};
  const texts = [key, name, hashKind, savedAs, hash];
  const isEntry = texts.every((text) => typeof text === "string") && Number.isSafeInteger(size);
  return isEntry ? { key, name, hashKind, savedAs, hash, size } as Entry : undefined;
}
