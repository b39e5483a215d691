import type { ChatMessage, ErrorMessage, Gap, Joined } from "../protocol/chat.ts";
import type { Notification, PrivateMessage, RoomMessage } from "../protocol/chat.ts";

/** The payload of each server message, by its type. */
export type ChatPayloads = {
  readonly [M in ChatMessage as M["type"]]: M["payload"];
};

/** There is a connection, and the rooms are joined. */
export interface Connected {
  /** The name as it is registered. */
  readonly name: string;
  /** The server's greeting. */
  readonly message: string;
  /** The log that every seq counts in, to be kept beside one's own cursors. */
  readonly log: string;
  /** Whether this connection follows one that was lost. */
  readonly again: boolean;
  /** The newest event of the inbox; what follows with a higher number is new. */
  readonly seq: number;
  /** How many private messages came meanwhile; they follow. */
  readonly missed: number;
  /** Since when, Unix milliseconds, where the server has kept how far this name has read. */
  readonly missedSince?: number;
  /** Whether they are all that were missed. */
  readonly complete: boolean;
}

/** The connection was lost; there will be another attempt. */
export interface Disconnected {
  /** Why, in a few words for people. */
  readonly reason: string;
  /** When the next attempt comes, in milliseconds from now. */
  readonly retryInMs: number;
}

/** A room is no longer followed. */
export interface RoomLeft {
  /** The room's name. */
  readonly room: string;
  /**
   * Why, where it was not asked for: one was made to leave (`kicked`, `banned` …); or what the server answered when it
   * was to be joined again.
   */
  readonly error?: ErrorMessage;
}

/** Events that are not to be had. */
export interface MissingEvents extends Gap {
  /**
   * Where it is one event that the server did send: why it was not taken. It names somebody as nobody can be called,
   * with letters that cannot be seen, or as an older server allowed it.
   */
  readonly refused?: string;
}

/**
 * What happens, in the form of the wire's messages. `message`, `private`, `gap`, `notification` and
 * `error` are the server's own, but for a `gap` in the place of what was refused; an `error` here is one that answers no request.
 */
export type ChatEvent =
  | { readonly type: "connected"; readonly payload: Connected }
  | { readonly type: "disconnected"; readonly payload: Disconnected }
  | { readonly type: "joined"; readonly payload: Joined }
  | { readonly type: "left"; readonly payload: RoomLeft }
  | { readonly type: "message"; readonly payload: RoomMessage }
  | { readonly type: "private"; readonly payload: PrivateMessage }
  | { readonly type: "gap"; readonly payload: MissingEvents }
  | { readonly type: "notification"; readonly payload: Notification }
  | { readonly type: "error"; readonly payload: ErrorMessage };
