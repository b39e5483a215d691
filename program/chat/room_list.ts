import type { Joined } from "../../protocol/chat.ts";

/** Unread messages of a room that are kept, to be shown when one turns there; the server has them all. */
const MAX_KEPT = 200;

/** A room that one is in. */
export interface ListedRoom {
  /** Its name. */
  readonly name: string;
  /** How many members it has, as far as was told. */
  readonly count: number;
  /** Whether one may moderate it. */
  readonly isModerated: boolean;
  /** Whether it is a secret room: what is said there is encrypted. */
  readonly isSecret: boolean;
  /** Messages that came while one was elsewhere. */
  readonly unread: number;
  /** Those of them that mention one. */
  readonly mentions: number;
}

/** What came of a room while one was elsewhere. */
export interface Unread<M> {
  /** How many messages. */
  readonly count: number;
  /** How many of the oldest are not kept. */
  readonly dropped: number;
  /** What is kept, the oldest first: one's own, too. */
  readonly kept: readonly M[];
}

/** What a message is that came while one was elsewhere; one's own, said on another device, does not count. */
export type UnreadKind = "message" | "mention" | "own";

type Room<M> = { -readonly [K in keyof ListedRoom]: ListedRoom[K] } & {
  dropped: number;
  kept: { message: M; readonly kind: UnreadKind }[];
};

const NOTHING = { count: 0, dropped: 0, kept: [] } as const;

/**
 * The rooms that somebody is in, in the order in which they were entered, and the one of them that what is typed
 * goes to.
 *
 * - I1 There is a current room wherever there is any.
 * - I2 The current room has no unread messages.
 * - I3 At most {@link MAX_KEPT} unread messages of a room are kept; all are counted.
 *
 * @typeParam M What is kept of a message.
 */
export class RoomList<M> {
  readonly #rooms: Room<M>[] = [];
  #current: Room<M> | undefined;
  /** The one before it: leaving goes back there. */
  #previous: Room<M> | undefined;

  /** All, in order: the first one is number 1. */
  get all(): readonly ListedRoom[] {
    return this.#rooms;
  }

  /** The one that what is typed goes to; undefined where one is in none. */
  get current(): ListedRoom | undefined {
    return this.#current;
  }

  /** The one that was the current one before. */
  get previous(): ListedRoom | undefined {
    return this.#previous;
  }

  /** The next room with something unread, those first where one is spoken of; undefined where there is none. */
  get nextUnread(): ListedRoom | undefined {
    const at = this.#current === undefined ? 0 : this.#rooms.indexOf(this.#current);
    const around = [...this.#rooms.slice(at), ...this.#rooms.slice(0, at)];
    return around.find(({ mentions }) => mentions > 0) ?? around.find(({ unread }) => unread > 0);
  }

  /** A room by its name, or by its number from 1 on. */
  find(which: string | number): ListedRoom | undefined {
    return typeof which === "number" ? this.#rooms[which - 1] : this.#find(which);
  }

  /** A room's number, from 1 on; 0 where one is not in it. */
  numberOf(name: string): number {
    return this.#rooms.findIndex((room) => room.name === name) + 1;
  }

  /**
   * A room was entered, or followed again over another connection.
   *
   * @param joined What the server told of it.
   * @returns Whether it is a new one.
   */
  joined({ room: name, count, role, secret }: Joined): boolean {
    const found = this.#find(name);
    const told = { count, isModerated: role !== undefined, isSecret: secret !== undefined };
    if (found !== undefined) {
      Object.assign(found, told);
      return false;
    }
    const room = { name, ...told, unread: 0, mentions: 0, dropped: 0, kept: [] };
    this.#rooms.push(room);
    this.#current ??= room;
    return true;
  }

  /**
   * One is no longer in a room: where it was the current one, one turns to the one before.
   *
   * @param name Which.
   * @returns What came meanwhile of where one turned to.
   */
  left(name: string): Unread<M> {
    const at = this.numberOf(name) - 1;
    if (at < 0) return NOTHING;
    const [room] = this.#rooms.splice(at, 1);
    if (this.#previous === room) this.#previous = undefined;
    if (this.#current !== room) return NOTHING;
    this.#current = undefined;
    return this.turnTo((this.#previous ?? this.#rooms.at(-1))?.name ?? "");
  }

  /**
   * Turns to a room.
   *
   * @param name One that is in the list; another changes nothing.
   * @returns What came of it meanwhile, which is read with this.
   */
  turnTo(name: string): Unread<M> {
    const room = this.#find(name);
    if (room === undefined) return NOTHING;
    if (room !== this.#current) {
      if (this.#previous === room || this.#current !== undefined) this.#previous = this.#current;
      this.#current = room;
    }
    return this.take(name);
  }

  /** Takes what came of a room that one is not in: it is read with this. */
  take(name: string): Unread<M> {
    const room = this.#find(name);
    if (room === undefined) return NOTHING;
    const { unread: count, dropped, kept } = room;
    Object.assign(room, { unread: 0, mentions: 0, dropped: 0, kept: [] });
    return { count, dropped, kept: kept.map(({ message }) => message) };
  }

  /** Whether something of a room came that was not shown. */
  hasUnread(name: string): boolean {
    const room = this.#find(name);
    return room !== undefined && room.unread + room.kept.length > 0;
  }

  /**
   * A message came that is not shown, because one is elsewhere.
   *
   * @param name Its room.
   * @param message What is kept of it.
   * @param kind What it is.
   */
  unread(name: string, message: M, kind: UnreadKind): void {
    const room = this.#find(name);
    if (room === undefined || room === this.#current) return;
    if (kind !== "own") room.unread++;
    if (kind === "mention") room.mentions++;
    room.kept.push({ message, kind });
    if (room.kept.length > MAX_KEPT && room.kept.shift()!.kind !== "own") room.dropped++;
  }

  /** Puts something else in the place of what is kept of a room, where it has changed. */
  revise(name: string, change: (message: M) => M): void {
    for (const entry of this.#find(name)?.kept ?? []) entry.message = change(entry.message);
  }

  /** Something was told of a room: how many it has, what one is there. */
  update(name: string, change: { readonly count?: number; readonly isModerated?: boolean }): void {
    const room = this.#find(name);
    if (room === undefined) return;
    if (change.count !== undefined) room.count = change.count;
    if (change.isModerated !== undefined) room.isModerated = change.isModerated;
  }

  #find(name: string): Room<M> | undefined {
    return this.#rooms.find((room) => room.name === name);
  }
}
