import { type Clock, systemClock } from "../clock/clock.ts";
import type { Connection } from "../net/connection.ts";
import { dial, type DialOptions } from "../net/tcp.ts";
import type { TlsTrust } from "../net/tls_trust.ts";
import type { DeviceKey } from "../identity/device_key.ts";
import type { ChatMessage } from "../protocol/chat.ts";
import { checkName, checkRoom } from "../protocol/names.ts";
import type { SignedRecipient } from "./key_holder.ts";

/** How a chat client behaves. Times are in milliseconds. */
export interface ChatClientOptions {
  /** The server's host name or IP address. @default {"127.0.0.1"} */
  readonly host?: string;
  /** The server's port. @default {12345} */
  readonly port?: number;
  /** The name wanted. */
  readonly name: string;
  /** A room to be in from the start. */
  readonly room?: string;
  /** More rooms to be in from the start. */
  readonly rooms?: readonly string[];
  /**
   * This device's key: with it the name is one's own, and no token is kept. The first one that uses a free name
   * owns it.
   */
  readonly key?: DeviceKey;
  /** This device's age recipient, for others to encrypt to. With `key` only. */
  readonly recipient?: SignedRecipient;
  /**
   * A code that {@link ChatClient.link} gave on another device of the same person: to become one too. With `key` only;
   * used for the first connection.
   */
  readonly linkCode?: string;
  /**
   * The secret that an earlier connection got for this name, or one for programs. With `key` it is shown once: the name
   * is the key's then.
   */
  readonly token?: string;
  /** The server's password, if it has one. */
  readonly password?: string;
  /** Which of the person's devices this is. @default a random one, kept over reconnects */
  readonly device?: string;
  /** The log that `since` counts in: `connected` tells it. */
  readonly log?: string;
  /**
   * Where to go on: the seq of the last event handled, by stream (a room's case-folded name, `@name`
   * for the inbox).
   */
  readonly since?: Readonly<Record<string, number>>;
  /** Whether a lost connection is made again. @default {true} */
  readonly reconnect?: boolean;
  /** Whether a first attempt that fails is repeated too. @default {false} */
  readonly keepTrying?: boolean;
  /** How long a lost connection is tried again before that counts as failed. @default {Infinity} */
  readonly giveUpAfterMs?: number;
  /** Events that wait for the application before reading pauses. @default {1_024} */
  readonly maxQueuedEvents?: number;
  /**
   * How long dialling and `connect_ack` may take, and then each of the first rooms, unless events come
   * meanwhile. @default {10_000}
   */
  readonly handshakeTimeoutMs?: number;
  /** Silence after which a `ping` is sent. @default {30_000} */
  readonly pingAfterMs?: number;
  /** Silence after which the server counts as gone. @default {75_000} */
  readonly idleTimeoutMs?: number;
  /** Aborts the client, as {@link ChatClient.abort} does. */
  readonly signal?: AbortSignal;
  /** Whose time. @default {systemClock} */
  readonly clock?: Clock;
  /**
   * Speaks TLS, files' connections included, and trusts these certificates; `{}` is: those that an authority vouches
   * for. Without it everything goes in the clear. A certificate that is not trusted ends the client.
   */
  readonly tls?: TlsTrust;
  /** Makes the connection. @default `dialTls` with `tls`, else `dial` */
  readonly dial?: (options: DialOptions) => Promise<Connection>;
  /** Told each server message as it is taken, pings and repeated events left out. For logs. */
  readonly onMessage?: (message: ChatMessage) => void;
}

/** Options with their defaults, checked. */
export type ChatClientSettings =
  & Required<Omit<ChatClientOptions, OptionalKey | "room">>
  & Pick<ChatClientOptions, OptionalKey>;

type OptionalKey =
  | "key"
  | "recipient"
  | "linkCode"
  | "token"
  | "password"
  | "log"
  | "signal"
  | "tls";

/**
 * Checks options and fills in the defaults.
 *
 * @param options What the application gave.
 * @returns All of it; rooms by their case-folded names, each once.
 * @throws {ProtocolError} `invalid_name`, `invalid_room`.
 * @throws {TypeError} There is a recipient or a code without a key.
 */
export function readOptions(options: ChatClientOptions): ChatClientSettings {
  const { room, rooms = [], ...others } = options;
  if (others.key === undefined && (others.recipient ?? others.linkCode) !== undefined) {
    throw new TypeError("Cannot use a recipient or a link's code without a key");
  }
  const wanted = room === undefined ? rooms : [room, ...rooms];
  const { tls } = options;
  return {
    host: "127.0.0.1",
    port: 12345,
    device: crypto.randomUUID(),
    since: {},
    reconnect: true,
    keepTrying: false,
    giveUpAfterMs: Infinity,
    maxQueuedEvents: 1_024,
    handshakeTimeoutMs: 10_000,
    pingAfterMs: 30_000,
    idleTimeoutMs: 75_000,
    clock: systemClock,
    dial: tls === undefined ? dial : async (where) => {
      // node:tls and what it takes with it: 30 ms of a start, which most do not need.
      const { dialTls } = await import("../net/tls_dial.ts");
      return await dialTls({ ...where, trust: tls });
    },
    onMessage: () => {},
    ...others,
    name: checkName(options.name),
    rooms: [...new Set(wanted.map((room) => checkRoom(room)))],
  };
}
