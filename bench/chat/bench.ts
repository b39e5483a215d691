import type { Commands } from "../transfer/commands.ts";
import type { FileSystem } from "../transfer/file_system.ts";
import type { Server } from "./server.ts";

/** How much is said, and how often. */
export interface Sizes {
  readonly rounds: number;
  /** Deliveries of a round of ours; the slower peers do a tenth. */
  readonly deliveries: number;
  /** Messages that each of the hundred senders has stored in a round. */
  readonly storedEach: number;
  /** Messages that one sender has stored one after the other. */
  readonly storedAlone: number;
  /** How long the paced section lasts, in seconds. */
  readonly pacedSeconds: number;
  /** Members of whom memory is measured. */
  readonly idleMembers: number;
  /** Members who join one room at once. */
  readonly rush: number;
  /** How long memory may take to calm, in seconds. */
  readonly calmSeconds: number;
}

/** The servers that take part; undefined is what is not installed. */
export interface Servers {
  readonly parley: Server;
  readonly copier: Server;
  readonly nats: Server | undefined;
  readonly jetStream: Server | undefined;
  readonly mosquitto: Server | undefined;
  readonly ngircd: Server | undefined;
}

/** What every section is given. */
export interface Bench {
  readonly commands: Commands;
  readonly sizes: Sizes;
  readonly servers: Servers;
  /** The folder on a disk that servers keep things in, and what it is on. */
  readonly disk: string;
  readonly diskSystem: FileSystem;
  /** Where the plot goes. */
  readonly plotFile: string;
}

/** Members of one room who say something; the others listen. */
export const SENDERS = 10;
/** What the servers of others that are far slower do of the work. */
export const SLOW_SHARE = 0.1;

/** A fan-out job in one room. */
export function fanOutJob(members: number, deliveries: number, maxWindow = Infinity) {
  // A window of messages to all members is at most 250 MB in the sockets' buffers.
  const window = Math.min(maxWindow, 2_000, Math.max(100, 1_000_000 / members));
  const messages = Math.min(MAX_MESSAGES, Math.max(100, Math.round(deliveries / members)));
  // What is measured is a server that has run for a while: half as much again comes before.
  const warmUp = Math.round(messages / 2);
  return { kind: "fanout", members, senders: SENDERS, window, messages, warmUp } as const;
}

/** In a small room what is measured are messages, not deliveries. */
const MAX_MESSAGES = 200_000;
