import { plural } from "../transfer/bench.ts";
import { type Claim, finishSection, heading, say, type SectionResult } from "../transfer/report.ts";
import { type Bench, fanOutJob, SENDERS, SLOW_SHARE } from "./bench.ts";
import { compare, type Figure, medianOf, peakMegabytes, rate, rateTable } from "./compare.ts";
import { onDisk } from "./on_disk.ts";

const MOST_MEGABYTES = 200;
const FLOOR_OF_NATS = 1;
const FLOOR_OF_MOSQUITTO = 10;
/** How many members, and the goal beside nats-server. */
const ROOMS = [[100, 1.5], [1_000, 2.5]] as const;

/** Everything that is said in one room goes to all of its members. */
export async function fanOut(bench: Bench): Promise<SectionResult> {
  const { servers, sizes: { rounds, deliveries } } = bench;
  const { parley, copier, nats, mosquitto, ngircd } = servers;
  const rooms: { members: number; figures: readonly Figure[] }[] = [];
  const claims: Claim[] = [];
  for (const [members, goal] of ROOMS) {
    const slow = [mosquitto, ngircd];
    const figures = await compare(
      bench,
      [parley, nats, ...slow, copier].filter((server) =>
        members <= (server?.maxMembers ?? members)
      ),
      (server) =>
        fanOutJob(members, deliveries * (slow.includes(server) ? SLOW_SHARE : 1), server.maxWindow),
    );
    heading(`Fan-out of texts of 100 bytes to ${members} members, ${plural(rounds, "round")}`);
    rateTable(figures, "deliveries");
    rooms.push({ members, figures });
    const ofPeer = (peer: string) =>
      medianOf(figures, "parley", rate) / medianOf(figures, peer, rate);
    const to = `to ${members.toLocaleString("en")} members`;
    claims.push(
      {
        claim: `deliveries ${to}, of nats-server`,
        measured: ofPeer("nats-server"),
        unit: "times",
        floor: FLOOR_OF_NATS,
        goal,
      },
      {
        claim: `deliveries ${to}, of mosquitto`,
        measured: ofPeer("mosquitto"),
        unit: "times",
        floor: FLOOR_OF_MOSQUITTO,
      },
      {
        claim: `peak memory ${to}`,
        measured: medianOf(figures, "parley", peakMegabytes),
        unit: "MB",
        floor: MOST_MEGABYTES,
        isLimit: true,
      },
    );
  }
  claims.push(onDisk(rooms.flatMap(({ figures }) => figures)));
  say(
    `\n${SENDERS} of the members say something. What peers carry is the same information as JSON: ` +
      "sender, text, id, time; ours adds room and number. The copier is no server: Deno's sockets " +
      "with the same load.",
  );
  const result = { section: "fanout", rounds, rooms, claims };
  finishSection(result, "chat");
  return result;
}
