import { fold } from "../../protocol/names.ts";

/** Names of a room that are kept: Tab is of no use among more. */
const MAX_NAMES = 2_000;

/** Who is in a room, by folded name; who stands first entered first. */
interface Names {
  /** Who has said something; who spoke last stands last. */
  readonly spoken: Map<string, string>;
  /** Everybody else. */
  readonly silent: Map<string, string>;
}

/** Who is in each room, as far as it was told: who spoke last comes first. For completion. */
export class Roster {
  readonly #rooms = new Map<string, Names>();

  /** The names in a room, the likeliest first. */
  names(room: string): readonly string[] {
    const names = this.#rooms.get(room);
    if (names === undefined) return [];
    return [...[...names.spoken.values()].reverse(), ...names.silent.values()];
  }

  /** Somebody said something. */
  spoke(room: string, name: string): void {
    const { spoken, silent } = this.#of(room);
    const folded = fold(name);
    spoken.delete(folded);
    silent.delete(folded);
    spoken.set(folded, name);
    if (spoken.size + silent.size <= MAX_NAMES) return;
    const least = silent.size > 0 ? silent : spoken;
    least.delete(least.keys().next().value!);
  }

  /** Somebody is in a room, and has perhaps said nothing yet. */
  entered(room: string, name: string): void {
    const { spoken, silent } = this.#of(room);
    if (spoken.has(fold(name)) || spoken.size + silent.size >= MAX_NAMES) return;
    if (!silent.has(fold(name))) silent.set(fold(name), name);
  }

  /** Somebody is no longer in a room. */
  left(room: string, name: string): void {
    const names = this.#rooms.get(room);
    names?.spoken.delete(fold(name));
    names?.silent.delete(fold(name));
  }

  /** One is no longer in a room. */
  forget(room: string): void {
    this.#rooms.delete(room);
  }

  /**
   * Takes the names of everybody in a room, as the server tells them; those that left meanwhile are dropped.
   *
   * @param room The room.
   * @param found The names; more than are kept are not read.
   * @param signal Ends it early: nothing is taken.
   */
  async fill(room: string, found: AsyncIterable<string>, signal?: AbortSignal): Promise<void> {
    const silent = new Map<string, string>();
    for await (const name of found) {
      if (signal?.aborted || silent.size === MAX_NAMES) break;
      silent.set(fold(name), name);
    }
    if (signal?.aborted) return;
    const spoken = new Map([...this.#of(room).spoken].filter(([folded]) => silent.has(folded)));
    for (const folded of spoken.keys()) silent.delete(folded);
    this.#rooms.set(room, { spoken, silent });
  }

  #of(room: string): Names {
    const found = this.#rooms.get(room);
    if (found !== undefined) return found;
    const names = { spoken: new Map(), silent: new Map() };
    this.#rooms.set(room, names);
    return names;
  }
}
