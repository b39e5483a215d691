import { MAX_NAME_CHARS, MAX_ROOM_CHARS } from "../protocol/names.ts";
import { MAX_TEXT_BYTES } from "../protocol/text.ts";

/** What a chat allows. Every number can be set; `connect_ack` tells them all. */
export interface Limits {
  /** Bytes (UTF-8) of a message's text. */
  readonly maxTextBytes: number;
  /** Characters of a member's name. */
  readonly maxNameChars: number;
  /** Characters of a room's name. */
  readonly maxRoomChars: number;
  /** Rooms that one connection may be in. */
  readonly maxRooms: number;
  /** Connections that one name may have. */
  readonly maxSessionsPerName: number;
  /** Requests at once; 0 lets everything pass. */
  readonly requestBurst: number;
  /** Requests a second, when the burst is used up. */
  readonly requestsPerSecond: number;
  /** Bytes at once. */
  readonly byteBurst: number;
  /** Bytes a second, when the burst is used up. */
  readonly bytesPerSecond: number;
  /** Time until `connect` must have come. */
  readonly handshakeTimeoutMs: number;
  /** Silence after which a `ping` is sent. */
  readonly pingAfterMs: number;
  /** Silence after which a connection is closed. */
  readonly idleTimeoutMs: number;
  /** How long a peer may take no byte of what is being written. */
  readonly writeTimeoutMs: number;
  /** Bytes that wait for one connection; above it the connection is not read. */
  readonly maxOutboxBytes: number;
  /** Bytes that wait for all connections together. */
  readonly maxOutboxBytesInAll: number;
  /** Bytes of a room's newest events that are kept encoded. */
  readonly maxFeedBytes: number;
  /** The same of all rooms and inboxes together. */
  readonly maxFeedBytesInAll: number;
  /** Messages that wait to be stored; above it no connection is read. */
  readonly maxUnacknowledged: number;
  /** Members from which on joins and leaves are told once a second, with a count. */
  readonly crowdMembers: number;
  /** New names from one address at once; 0 lets every one pass. */
  readonly newNameBurst: number;
  /** New names an hour from one address, when those are used up. */
  readonly newNamesPerHour: number;
  /** Rooms that one name may make at once, and four times as many one address; 0 lets every one pass. */
  readonly newRoomBurst: number;
  /** Rooms an hour that one name may make, when those are used up. */
  readonly newRoomsPerHour: number;
  /** How long an unused name is kept for its holder, and the record of an unused room. */
  readonly nameLeaseMs: number;
  /** How long ids are remembered: a client resends nothing older by itself. */
  readonly idWindowMs: number;
}

/** The defaults. */
export const DEFAULT_LIMITS: Limits = {
  maxTextBytes: MAX_TEXT_BYTES,
  maxNameChars: MAX_NAME_CHARS,
  maxRoomChars: MAX_ROOM_CHARS,
  maxRooms: 100,
  maxSessionsPerName: 8,
  requestBurst: 20,
  requestsPerSecond: 10,
  byteBurst: 65_536,
  bytesPerSecond: 32_768,
  handshakeTimeoutMs: 10_000,
  pingAfterMs: 30_000,
  idleTimeoutMs: 75_000,
  writeTimeoutMs: 10_000,
  maxOutboxBytes: 1_048_576,
  maxOutboxBytesInAll: 268_435_456,
  maxFeedBytes: 1_048_576,
  maxFeedBytesInAll: 67_108_864,
  maxUnacknowledged: 1_500,
  crowdMembers: 100,
  newNameBurst: 256,
  newNamesPerHour: 256,
  newRoomBurst: 16,
  newRoomsPerHour: 16,
  nameLeaseMs: 30 * 86_400_000,
  idWindowMs: 86_400_000,
};

/**
 * Checks limits that the protocol itself has too: they can be made narrower only.
 *
 * @param limits What differs from the defaults.
 * @throws {RangeError} One is wider, or leaves nothing.
 */
export function checkLimits(limits: Partial<Limits>): void {
  for (const name of ["maxTextBytes", "maxNameChars", "maxRoomChars"] as const) {
    const { [name]: limit = 1 } = limits;
    if (!Number.isInteger(limit) || limit < 1 || limit > DEFAULT_LIMITS[name]) {
      throw new RangeError(
        `Cannot set ${name} to ${limit}: 1 to ${DEFAULT_LIMITS[name]} are allowed`,
      );
    }
  }
}
