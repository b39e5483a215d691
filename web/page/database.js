// What the page keeps beyond a reload and may not be text: IndexedDB, as promises.

/** What is kept, by whose it is: keys of this browser, contacts, chains of sealed messages, secret rooms. */
const STORES = /** @type {const} */ (["device", "contacts", "chains", "rooms"]);

/** @typedef {typeof STORES[number]} Store */

/** Keys and values, in a few stores. */
export class Database {
  #database;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.#database = database;
    // Another page has a newer version of it: that one must not wait.
    database.onversionchange = () => database.close();
  }

  /**
   * @param {string} [name]
   * @returns {Promise<Database>}
   * @throws {Error} The browser keeps nothing here.
   */
  static async open(name = "parley") {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store);
    };
    return new Database(await answerOf(request));
  }

  /** @type {(store: Store, key: string) => Promise<any>} */
  get(store, key) {
    return answerOf(this.#database.transaction(store).objectStore(store).get(key));
  }

  /** @type {(store: Store) => Promise<Map<string, any>>} */
  async all(store) {
    const from = this.#database.transaction(store).objectStore(store);
    const [keys, values] = await Promise.all([
      answerOf(from.getAllKeys()),
      answerOf(from.getAll()),
    ]);
    return new Map(keys.map((key, at) => [String(key), values[at]]));
  }

  /** Resolves when it is kept. @type {(store: Store, key: string, value: unknown) => Promise<void>} */
  async put(store, key, value) {
    await this.change(store, key, () => value);
  }

  /** @type {(store: Store, key: string) => Promise<void>} */
  async delete(store, key) {
    await this.change(store, key, () => undefined);
  }

  /**
   * Reads and writes at once, so that no other page comes between.
   *
   * @template T
   * @param {Store} store
   * @param {string} key
   * @param {(value: any) => T} change From what is kept to what is to be; undefined removes it.
   * @returns {Promise<T>} What is kept now.
   */
  change(store, key, change) {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(store, "readwrite");
      const into = transaction.objectStore(store);
      /** @type {T} */
      let next;
      const found = into.get(key);
      found.onsuccess = () => {
        try {
          next = change(found.result);
          if (next === undefined) into.delete(key);
          else if (next !== found.result) into.put(next, key);
        } catch (error) {
          reject(error);
          transaction.abort();
        }
      };
      transaction.oncomplete = () => resolve(next);
      transaction.onabort = () => reject(transaction.error ?? new Error("It could not be kept"));
    });
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
