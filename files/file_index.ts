import { ProtocolError } from "../codec/errors.ts";
import type { Registry } from "../registry/registry.ts";
import { type FileRecord, formatRecord, parseRecord } from "./file_record.ts";

const PREFIX = "file/";
/** A key cannot be removed at once: it runs out. */
const REMOVED_LEASE_MS = 1;

/** What is known of the files that are whole: in the registry, and all of it in memory. */
export class FileIndex {
  readonly #registry: Registry;
  readonly #records = new Map<string, FileRecord>();

  /** @param registry Where it is kept, as `file/ID`. */
  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** The records, the oldest first where they were added since the start. */
  get records(): IterableIterator<FileRecord> {
    return this.#records.values();
  }

  /** Takes in what the registry has. */
  async load(): Promise<void> {
    for (const { key, value } of await this.#registry.list(PREFIX)) {
      const record = parseRecord(key.slice(PREFIX.length), value);
      if (record !== undefined) this.#records.set(record.id, record);
    }
  }

  /** A file's record. */
  get(id: string): FileRecord | undefined {
    return this.#records.get(id);
  }

  /**
   * Adds a file.
   *
   * @param record What is known of it.
   * @returns When it is stored; from then on it is found.
   * @throws {ProtocolError} `storage_failed`.
   */
  async add(record: FileRecord): Promise<void> {
    try {
      await this.#registry.put(PREFIX + record.id, formatRecord(record), undefined);
    } catch (cause) {
      throw new ProtocolError(
        "storage_failed",
        "Cannot keep the file: what is known of it could not be stored. Send it again",
        { cause },
      );
    }
    this.#records.set(record.id, record);
  }

  /** Has a file not be found, until the next start. */
  hide(id: string): void {
    this.#records.delete(id);
  }

  /**
   * Forgets a file: it is found no more from now on.
   *
   * @param id Which.
   * @returns When that is stored.
   * @throws What the registry throws; the file is there again after the next start.
   */
  async remove(id: string): Promise<void> {
    if (!this.#records.delete(id)) return;
    await this.#registry.put(PREFIX + id, "", undefined, REMOVED_LEASE_MS);
  }
}
