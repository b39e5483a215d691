import type { Clock } from "../clock/clock.ts";
import { fold } from "../protocol/names.ts";
import type { LiveStreams } from "./live_streams.ts";
import type { Limits } from "./limits.ts";
import { Room } from "./room.ts";
import { SortedNames } from "./sorted_names.ts";

/** The rooms that have members. A room is there from its first member's coming to its last one's going. */
export class Rooms {
  readonly #streams: LiveStreams;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #rooms = new Map<string, { readonly room: Room; readonly hold: Disposable }>();
  readonly #names = new SortedNames();

  /**
   * @param streams Where rooms get their streams.
   * @param clock Whose time notices are gathered in.
   * @param limits From how many members on they are.
   */
  constructor(streams: LiveStreams, clock: Clock, limits: Limits) {
    this.#streams = streams;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** How many rooms have members. */
  get size(): number {
    return this.#rooms.size;
  }

  /**
   * A session of a name joins a room.
   *
   * @param name The member's name.
   * @param room The room's checked name.
   * @returns The room.
   */
  join(name: string, room: string): Room {
    let entry = this.#rooms.get(room);
    if (entry === undefined) {
      const hold = this.#streams.hold(room);
      const { crowdMembers } = this.#limits;
      entry = { hold, room: new Room({ live: hold.live, clock: this.#clock, crowdMembers }) };
      this.#rooms.set(room, entry);
      this.#names.add(room);
    }
    entry.room.join(name);
    return entry.room;
  }

  /** A session of a name leaves a room. */
  leave(name: string, room: Room): void {
    room.leave(name);
    const entry = this.#rooms.get(room.name);
    if (room.count > 0 || entry === undefined) return;
    this.#rooms.delete(room.name);
    this.#names.delete(room.name);
    room.close();
    entry.hold[Symbol.dispose]();
  }

  /**
   * The rooms with members, in order.
   *
   * @param after Only rooms after this one.
   * @param limit How many at most.
   * @returns A page of rooms.
   */
  page(after: string | undefined, limit: number): { rooms: Room[]; more: boolean } {
    const { names, more } = this.#names.page(after && fold(after.normalize("NFC")), limit);
    return { rooms: names.map((name) => this.#rooms.get(name)!.room), more };
  }
}
