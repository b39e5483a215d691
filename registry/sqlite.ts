import { type Clock, systemClock } from "../clock/clock.ts";
import type { Database, DatabaseOptions } from "../sqlite/database.ts";
import type { PutResult, Registered, Registry, RegistryChange, RegistryEntry } from "./registry.ts";
import { readKeys, type RegistryFound, type RegistryQuery } from "./sqlite/read.ts";
import { type RegistryAnswer, type RegistryJob, storeKeys } from "./sqlite/store.ts";
import { Watch } from "./watch.ts";

/** How a {@link sqliteRegistry} works. */
export interface SqliteRegistryOptions {
  /** Whose time leases count in. @default {systemClock} */
  readonly clock?: Clock;
}

/** What a database needs to be told to hold a registry: see {@link sqliteRegistry}. */
export const SQLITE_REGISTRY_PROGRAMS: Pick<DatabaseOptions, "writes" | "reads"> = {
  writes: { registry: { program: storeKeys } },
  reads: { registry: { program: readKeys } },
};

/**
 * A registry on disk.
 *
 * @param database A database that was opened with {@link SQLITE_REGISTRY_PROGRAMS}; who opened it closes
 * it, after the registry.
 * @param options Whose time it is.
 * @returns The registry.
 */
export function sqliteRegistry(database: Database, options: SqliteRegistryOptions = {}): Registry {
  return new SqliteRegistry(database, options.clock ?? systemClock);
}

class SqliteRegistry implements Registry {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #watches = new Set<Watch>();
  /** Wakes when the next key runs out, while anybody watches. */
  #expiry: { readonly due: number; readonly cancel: Disposable } | undefined;
  #closed = false;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async get(key: string): Promise<Registered | undefined> {
    this.#checkOpen();
    const query: RegistryQuery = { key, now: this.#clock.now() };
    const found = await this.#database.read("registry", [query]) as RegistryFound;
    return found && { key, value: JSON.parse(found[0]), revision: found[1] };
  }

  async put(
    key: string,
    value: string,
    expectedRevision: number | undefined,
    leaseMs?: number,
  ): Promise<PutResult> {
    this.#checkOpen();
    const now = this.#clock.now();
    const { revision, current } = await this.#write(
      {
        type: "put",
        key,
        value: JSON.stringify(value),
        expectedRevision,
        expiresAt: leaseMs === undefined ? undefined : now + leaseMs,
        now,
      },
      (answer) => {
        if (answer.revision !== undefined) this.#tell({ key, value });
      },
    );
    if (revision !== undefined) return { ok: true, revision };
    return {
      ok: false,
      current: current && { key, value: JSON.parse(current[0]), revision: current[1] },
    };
  }

  async list(prefix: string): Promise<readonly RegistryEntry[]> {
    this.#checkOpen();
    // It weighs nothing: nothing is stored.
    const job = { type: "list", prefix, now: this.#clock.now() } as const;
    const { entries } = await this.#write(job, () => {}, 0);
    return entries.map(([key, value]) => ({ key, value: JSON.parse(value) }));
  }

  watch(prefix: string, signal: AbortSignal): AsyncIterable<RegistryChange> {
    return {
      [Symbol.asyncIterator]: () => {
        this.#checkOpen();
        const watch = new Watch(prefix, signal, () => this.#watches.delete(watch));
        if (!signal.aborted) this.#begin(watch, prefix);
        return watch;
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const watch of this.#watches) watch.end();
    // Answers come in order: when these have come, all have.
    const now = this.#clock.now();
    await Promise.allSettled([
      this.#database.write("registry", [{ type: "expire", now } satisfies RegistryJob]),
      this.#database.read("registry", [{ key: "", now } satisfies RegistryQuery]),
    ]);
    this.#expiry?.cancel[Symbol.dispose]();
    this.#expiry = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error("Cannot use the registry: it is closed");
  }

  /** Begins a watch with what is there: in the writer's order, so that nothing is told twice or not at all. */
  #begin(watch: Watch, prefix: string): void {
    const now = this.#clock.now();
    this.#write({ type: "list", prefix, now }, ({ entries }) => {
      if (watch.ended) return;
      for (const [key, value] of entries) watch.tell({ key, value: JSON.parse(value) });
      this.#watches.add(watch);
    }).catch((error) => watch.fail(error));
  }

  /** Asks the writer. What the answer changes is told before anybody goes on who waited for it. */
  #write(
    job: RegistryJob,
    then: (answer: RegistryAnswer) => void,
    weight = 1,
  ): Promise<RegistryAnswer> {
    return this.#database.write("registry", [job], weight, (answered) => {
      const [answer] = answered as readonly [RegistryAnswer];
      for (const key of answer.expired) this.#tell({ key, value: undefined });
      then(answer);
      this.#wakeAt(answer.nextExpiry);
      return answer;
    });
  }

  #wakeAt(due: number | undefined): void {
    if (this.#expiry?.due === due) return;
    this.#expiry?.cancel[Symbol.dispose]();
    this.#expiry = undefined;
    if (due === undefined || this.#watches.size === 0 || this.#closed) return;
    const cancel = this.#clock.after(due - this.#clock.now(), () => {
      this.#expiry = undefined;
      if (this.#closed || this.#watches.size === 0) return;
      this.#write({ type: "expire", now: this.#clock.now() }, () => {}).catch((error) => {
        for (const watch of this.#watches) watch.fail(error);
      });
    });
    this.#expiry = { due, cancel };
  }

  #tell(change: RegistryChange): void {
    for (const watch of this.#watches) watch.tell(change);
  }
}
