import { fold } from "../../protocol/names.ts";

/** Names of a room that are kept: Tab is of no use among more. */
const MAX_NAMES = 2_000;

/** Who is in each room, as far as it was told: who spoke last comes first. For completion. */
export class Roster {
  /** By room, by folded name, the name; the likeliest last. */
  readonly #rooms = new Map<string, Map<string, string>>();

  /** The names in a room, the likeliest first. */
  names(room: string): readonly string[] {
    return [...this.#rooms.get(room)?.values() ?? []].reverse();
  }

  /** Somebody said something. */
  spoke(room: string, name: string): void {
    const names = this.#of(room);
    names.delete(fold(name));
    names.set(fold(name), name);
    if (names.size > MAX_NAMES) names.delete(names.keys().next().value!);
  }

  /** Somebody is in a room, and has perhaps said nothing yet. */
  entered(room: string, name: string): void {
    const names = this.#of(room);
    if (names.has(fold(name)) || names.size >= MAX_NAMES) return;
    // Behind everybody who has spoken, which is before them here.
    this.#rooms.set(room, new Map([[fold(name), name], ...names]));
  }

  /** Somebody is no longer in a room. */
  left(room: string, name: string): void {
    this.#rooms.get(room)?.delete(fold(name));
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
   */
  async fill(room: string, found: AsyncIterable<string>): Promise<void> {
    const present = new Map<string, string>();
    for await (const name of found) {
      if (present.size === MAX_NAMES) break;
      present.set(fold(name), name);
    }
    const spoken = [...this.#of(room)].filter(([folded]) => present.has(folded));
    for (const [folded] of spoken) present.delete(folded);
    const silent = [...present].reverse();
    this.#rooms.set(room, new Map([...silent, ...spoken]));
  }

  #of(room: string): Map<string, string> {
    const found = this.#rooms.get(room);
    if (found !== undefined) return found;
    const names = new Map<string, string>();
    this.#rooms.set(room, names);
    return names;
  }
}
