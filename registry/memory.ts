import { type Clock, systemClock } from "../clock/clock.ts";
import type { PutResult, Registered, Registry, RegistryChange, RegistryEntry } from "./registry.ts";
import { Watch } from "./watch.ts";

/** How a {@link memoryRegistry} works. */
export interface MemoryRegistryOptions {
  /** Whose time leases count in. @default {systemClock} */
  readonly clock?: Clock;
  /** How many keys it holds at most, at about 1 KiB each. @default {500_000} */
  readonly maxKeys?: number;
}

/** A key that is there. */
interface Holding {
  readonly registered: Registered;
  /** When its lease runs out; Infinity without one. */
  readonly expiresAt: number;
  /** Wakes no later than `expiresAt`, perhaps earlier. */
  readonly timer: { readonly due: number; readonly cancel: Disposable } | undefined;
}

/**
 * A registry in memory: nothing is kept over a restart.
 *
 * @param options Whose time it is.
 * @returns The registry.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { memoryRegistry } from "@parley/parley";
 *
 * await using registry = memoryRegistry();
 * await registry.put("name/ann", "token", 0);
 * assertEquals((await registry.get("name/ann"))?.value, "token");
 * ```
 */
export function memoryRegistry(options: MemoryRegistryOptions = {}): Registry {
  const { clock = systemClock, maxKeys = 500_000 } = options;
  return new MemoryRegistry(clock, maxKeys);
}

class MemoryRegistry implements Registry {
  readonly #clock: Clock;
  readonly #maxKeys: number;
  readonly #holdings = new Map<string, Holding>();
  readonly #watches = new Set<Watch>();
  /** One counter for all keys, so that a key that was gone comes back with a higher revision. */
  #revision = 0;
  #closed = false;

  constructor(clock: Clock, maxKeys: number) {
    this.#clock = clock;
    this.#maxKeys = maxKeys;
  }

  // deno-lint-ignore require-await -- it answers by rejecting when the registry is closed
  async get(key: string): Promise<Registered | undefined> {
    this.#checkOpen();
    return this.#holding(key)?.registered;
  }

  // deno-lint-ignore require-await -- it answers by rejecting when the registry is closed
  async put(
    key: string,
    value: string,
    expectedRevision: number | undefined,
    leaseMs?: number,
  ): Promise<PutResult> {
    this.#checkOpen();
    const before = this.#holding(key);
    if (expectedRevision !== undefined) {
      const current = before?.registered;
      if ((current?.revision ?? 0) !== expectedRevision) return { ok: false, current };
    }
    if (before === undefined && this.#holdings.size >= this.#maxKeys) {
      throw new RangeError(`Cannot keep another key: ${this.#maxKeys} are held`);
    }
    const revision = ++this.#revision;
    const expiresAt = leaseMs === undefined ? Infinity : this.#clock.now() + leaseMs;
    const timer = this.#timerFor(key, expiresAt, before?.timer);
    this.#holdings.set(key, { registered: { key, value, revision }, expiresAt, timer });
    this.#tell({ key, value });
    return { ok: true, revision };
  }

  // deno-lint-ignore require-await -- it answers by rejecting when the registry is closed
  async list(prefix: string): Promise<readonly RegistryEntry[]> {
    this.#checkOpen();
    return this.#under(prefix);
  }

  watch(prefix: string, signal: AbortSignal): AsyncIterable<RegistryChange> {
    return {
      [Symbol.asyncIterator]: () => {
        this.#checkOpen();
        const watch = new Watch(prefix, signal, () => this.#watches.delete(watch));
        for (const entry of this.#under(prefix)) watch.tell(entry);
        if (!signal.aborted) this.#watches.add(watch);
        return watch;
      },
    };
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#holdings.values()) timer?.cancel[Symbol.dispose]();
    this.#holdings.clear();
    for (const watch of this.#watches) watch.end();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error("Cannot use the registry: it is closed");
  }

  /** What a key holds now: a lease that has run out is over, though its timer has not run (I2). */
  #holding(key: string): Holding | undefined {
    const holding = this.#holdings.get(key);
    if (holding === undefined || this.#clock.now() < holding.expiresAt) return holding;
    holding.timer?.cancel[Symbol.dispose]();
    this.#holdings.delete(key);
    this.#tell({ key, value: undefined });
    return undefined;
  }

  #under(prefix: string): readonly RegistryEntry[] {
    const keys = [...this.#holdings.keys()].filter((key) => key.startsWith(prefix)).sort();
    return keys.flatMap((key) => {
      const there = this.#holding(key);
      return there === undefined ? [] : [{ key, value: there.registered.value }];
    });
  }

  /** A lease that is put again and again keeps its timer, which looks again when it runs. */
  #timerFor(key: string, expiresAt: number, before: Holding["timer"]): Holding["timer"] {
    if (before !== undefined && before.due <= expiresAt && expiresAt < Infinity) return before;
    before?.cancel[Symbol.dispose]();
    if (expiresAt === Infinity) return undefined;
    const cancel = this.#clock.after(expiresAt - this.#clock.now(), () => this.#wake(key));
    return { due: expiresAt, cancel };
  }

  #wake(key: string): void {
    const holding = this.#holding(key);
    if (holding === undefined) return;
    const timer = this.#timerFor(key, holding.expiresAt, undefined);
    this.#holdings.set(key, { ...holding, timer });
  }

  #tell(change: RegistryChange): void {
    for (const watch of this.#watches) watch.tell(change);
  }
}
