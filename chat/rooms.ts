import type { Clock } from "../clock/clock.ts";
import type { Away } from "../protocol/chat.ts";
import { fold } from "../protocol/names.ts";
import type { LiveStreams } from "./live_streams.ts";
import type { Limits } from "./limits.ts";
import { Room } from "./room.ts";
import type { RulesHold } from "./room_records.ts";
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
   * @param held What holds in the room; it is disposed, now or when the room is empty.
   * @param away That the member is away, as the room is told it.
   * @returns The room.
   */
  join(name: string, held: RulesHold, away?: Away): Room {
    const { room } = held.rules;
    let entry = this.#rooms.get(room);
    if (entry === undefined) {
      const hold = this.#streams.hold(room);
      const { crowdMembers } = this.#limits;
      const { live } = hold;
      entry = { hold, room: new Room({ live, held, clock: this.#clock, crowdMembers }) };
      this.#rooms.set(room, entry);
      this.#names.add(room);
    } else held[Symbol.dispose]();
    entry.room.join(name, away);
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
   * A room that has members.
   *
   * @param room The room's checked name.
   */
  find(room: string): Room | undefined {
    return this.#rooms.get(room)?.room;
  }

  /**
   * The rooms with members, in order.
   *
   * @param after Only rooms after this one.
   * @param limit How many at most.
   * @param isShown Whether the asker is to know of a room.
   * @returns A page of rooms.
   */
  page(
    after: string | undefined,
    limit: number,
    isShown: (room: Room) => boolean,
  ): { rooms: Room[]; more: boolean } {
    const rooms: Room[] = [];
    for (let from = after && fold(after.normalize("NFC"));;) {
      // One more than is given tells whether there are more.
      const { names, more } = this.#names.page(from, limit + 1);
      for (const name of names) {
        const { room } = this.#rooms.get(name)!;
        if (!isShown(room)) continue;
        if (rooms.length === limit) return { rooms, more: true };
        rooms.push(room);
      }
      if (!more) return { rooms, more: false };
      from = names.at(-1);
    }
  }
}
