import type { Job, WireName } from "../job.ts";
import { framesWire } from "./frames_wire.ts";
import { ircWire } from "./irc_wire.ts";
import { Member } from "./member.ts";
import { mqttWire } from "./mqtt_wire.ts";
import { jetStreamWire, natsWire } from "./nats_wire.ts";
import { socketWire } from "./socket_wire.ts";
import type { Wire } from "./wire.ts";

/** Who waits for its answer at once. */
const JOINING = 256;
/** What all read buffers together may take, and each. */
const ALL_BUFFERS_BYTES = 64 * 2 ** 20;
const MIN_BUFFER_BYTES = 2_048;
const MAX_BUFFER_BYTES = 262_144;

/** The protocols by name. */
export const WIRES: Readonly<Record<WireName, Wire>> = {
  frames: framesWire,
  nats: natsWire,
  jetstream: jetStreamWire,
  mqtt: mqttWire,
  irc: ircWire,
  socket: socketWire,
};

/** Members that are all in their rooms. */
export interface Crowd {
  readonly members: readonly Member[];
  /** From the first dial until the last was there. */
  readonly joinSeconds: number;
}

/**
 * Lets members join.
 *
 * @param job How many, and where.
 * @param roomOf Each member's room.
 */
export async function joinAll(job: Job, roomOf: (member: number) => string): Promise<Crowd> {
  const { members: count, port } = job;
  const even = 2 ** Math.floor(Math.log2(ALL_BUFFERS_BYTES / count));
  const bufferBytes = job.kind === "idle"
    ? MIN_BUFFER_BYTES
    : Math.min(Math.max(even, MIN_BUFFER_BYTES), MAX_BUFFER_BYTES);
  const members: Member[] = [];
  const startedAt = performance.now();
  let next = 0;
  const joinOneAfterTheOther = async () => {
    while (next < count) {
      const number = next++;
      const room = roomOf(number);
      members[number] = await Member.join({
        wire: WIRES[job.wire],
        port,
        number,
        room,
        bufferBytes,
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(JOINING, count) }, joinOneAfterTheOther));
  return { members, joinSeconds: (performance.now() - startedAt) / 1_000 };
}
