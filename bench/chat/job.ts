import type { CpuTime } from "./cpu_time.ts";

/** How a server is spoken to. */
export type WireName = "frames" | "nats" | "jetstream" | "mqtt" | "irc" | "socket";

/** What every job of the load program has. */
interface Load {
  readonly wire: WireName;
  readonly port: number;
  /** The server, whose processor time is told. */
  readonly pid: number;
  readonly members: number;
}

/** Some members of one room say things as fast as all can read them. */
export interface FanOutJob extends Load {
  readonly kind: "fanout";
  /** How many of the members say something. */
  readonly senders: number;
  /** Messages that are under way at most, by what all members together have not got. */
  readonly window: number;
  readonly messages: number;
  /** Messages that come before, and are not counted. */
  readonly warmUp: number;
}

/** Each member says things in a room of its own, and waits for acknowledgements. */
export interface IngestJob extends Load {
  readonly kind: "ingest";
  /** Messages without acknowledgement, of each member at most. */
  readonly inFlight: number;
  /** Of each member. */
  readonly messages: number;
  readonly warmUp: number;
}

/** One member of a room says so many things a second. */
export interface PacedJob extends Load {
  readonly kind: "paced";
  readonly perSecond: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** Members join and say nothing; they stay until the load program is ended. */
export interface IdleJob extends Load {
  readonly kind: "idle";
  /** Rooms that they are in, each in one. */
  readonly rooms: number;
}

/** What the load program is told to do. */
export type Job = FanOutJob | IngestJob | PacedJob | IdleJob;

/** What a job came to: the load program prints it as one line of JSON. */
export interface JobResult {
  /** From the first dial until the last member was in its room. */
  readonly joinSeconds: number;
  /** Messages delivered to somebody, or acknowledged. */
  readonly count: number;
  /** From the first one that was sent to the last one that came. */
  readonly seconds: number;
  /** From sending to delivery, or acknowledgement. */
  readonly latencyMs?: Latency;
  /** What was used in those seconds. */
  readonly serverCpu: CpuTime;
  readonly loadCpu: CpuTime;
}

/** How long most took, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}
