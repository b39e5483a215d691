import { checkName, checkRoom } from "../../protocol/names.ts";

/** Where somebody chats, and as whom. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly room: string;
}

/** A place that has a name of its own. */
export interface Bookmark extends Place {
  /** Whether the server speaks TLS; where it is absent that is found out. */
  readonly tls?: boolean;
  /** All rooms that somebody was in, in their order. */
  readonly rooms?: readonly string[];
}

/** As many as a server lets a connection be in. */
const MAX_ROOMS = 100;

/** What a host may be: nothing that is no address, however the file came about. */
const HOST = /^[\w.:%-]{1,255}$/;

/**
 * Reads a bookmark, or a place, from what a file has.
 *
 * @param value Anything.
 * @returns It, with names checked; undefined where it is none.
 */
export function readBookmark(value: unknown): Bookmark | undefined {
  const { host, port, name, room, tls, rooms } = (value ?? {}) as Record<string, unknown>;
  if (typeof host !== "string" || !HOST.test(host)) return undefined;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) {
    return undefined;
  }
  if (typeof name !== "string" || typeof room !== "string") return undefined;
  if (tls !== undefined && typeof tls !== "boolean") return undefined;
  try {
    const place = { host, port, name: checkName(name), room: checkRoom(room) };
    return { ...place, ...tls !== undefined && { tls }, ...isRooms(rooms) && { rooms } };
  } catch {
    return undefined;
  }
}

/** Whether these are rooms, as a person may be in at once. */
function isRooms(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_ROOMS) return false;
  return value.every((room) => typeof room === "string" && isRoom(room));
}

function isRoom(room: string): boolean {
  try {
    return checkRoom(room) === room;
  } catch {
    return false;
  }
}
