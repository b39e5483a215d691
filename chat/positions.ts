import { fold } from "../protocol/names.ts";
import type { Registry } from "../registry/registry.ts";

/** How far a name has read a stream. */
export interface Position {
  /** The log that `seq` counts in. */
  readonly log: string;
  readonly seq: number;
  /** When the reader last said so, Unix milliseconds; absent where it never did. */
  readonly at?: number;
}

/** The read positions of names in streams: for clients without a memory of their own. */
export class Positions {
  readonly #registry: Registry;
  readonly #leaseMs: number;

  /**
   * @param registry Where positions are kept, under `seen/`.
   * @param leaseMs How long a position is kept that is not moved.
   */
  constructor(registry: Registry, leaseMs: number) {
    this.#registry = registry;
    this.#leaseMs = leaseMs;
  }

  /** The position of a name in a stream; undefined where none was stored. */
  async get(name: string, stream: string): Promise<Position | undefined> {
    const known = await this.#registry.get(registryKey(name, stream));
    return known === undefined ? undefined : JSON.parse(known.value);
  }

  /** Moves a position: forward in the same log, or on in time, anywhere in a new one. */
  async move(name: string, stream: string, to: Position): Promise<void> {
    const key = registryKey(name, stream);
    for (;;) {
      const known = await this.#registry.get(key);
      const at: Position | undefined = known && JSON.parse(known.value);
      const isOn = at === undefined || to.seq > at.seq ||
        to.seq === at.seq && (to.at ?? 0) > (at.at ?? 0);
      if (at?.log === to.log && !isOn) return;
      const revision = known?.revision ?? 0;
      // Another session of the same name may have moved it meanwhile: then look again.
      if ((await this.#registry.put(key, JSON.stringify(to), revision, this.#leaseMs)).ok) return;
    }
  }
}

function registryKey(name: string, stream: string): string {
  return `seen/${fold(name)}/${stream}`;
}
