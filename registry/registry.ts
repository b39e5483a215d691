/** A stored value. */
export interface Registered {
  /** What it is stored under. */
  readonly key: string;
  /** What is stored. */
  readonly value: string;
  /** Rises with every change of the key. */
  readonly revision: number;
}

/** What became of a `put`. */
export type PutResult =
  | { readonly ok: true; readonly revision: number }
  /** Somebody else was first: what is there now, or undefined where nothing is. */
  | { readonly ok: false; readonly current: Registered | undefined };

/** What a key holds. */
export interface RegistryEntry {
  /** The key. */
  readonly key: string;
  /** What is stored under it. */
  readonly value: string;
}

/** A change under a watched prefix. */
export interface RegistryChange {
  /** The key that changed. */
  readonly key: string;
  /** The new value; undefined where the key is gone (its lease ran out). */
  readonly value: string | undefined;
}

/**
 * A small key-value store with revisions and leases: who owns a name, read positions, presence.
 *
 * - I1 A `put` takes effect only if the key is at the expected revision (0: absent): of several at
 *   once, one wins.
 * - I2 A key whose lease has run out is absent.
 * - I3 A watch tells every change after it began, in order; it begins with what is there.
 */
export interface Registry extends AsyncDisposable {
  /**
   * Reads a key.
   *
   * @param key The key, such as `name/ann`.
   * @returns Its value, or undefined.
   */
  get(key: string): Promise<Registered | undefined>;
  /**
   * Writes a key, if it is as expected.
   *
   * @param key The key.
   * @param value The new value.
   * @param expectedRevision The revision that it must be at; 0: it must be absent; undefined: any.
   * @param leaseMs How long it stays unless it is put again, in milliseconds; for ever without.
   * @returns The new revision, or what is there instead.
   * @throws {Error} There is no room for it; what is there stays.
   */
  put(
    key: string,
    value: string,
    expectedRevision: number | undefined,
    leaseMs?: number,
  ): Promise<PutResult>;
  /**
   * Reads all keys that begin with a prefix.
   *
   * @param prefix The prefix.
   * @returns What is there, in the order of the keys.
   */
  list(prefix: string): Promise<readonly RegistryEntry[]>;
  /**
   * Follows the keys that begin with a prefix.
   *
   * @param prefix The prefix.
   * @param signal Aborting it ends the iteration, without an error.
   * @returns First what is there, then every change.
   */
  watch(prefix: string, signal: AbortSignal): AsyncIterable<RegistryChange>;
  /** Finishes what was begun, then gives everything back; ends every watch. Idempotent. */
  close(): Promise<void>;
}
