import { plural } from "../transfer/bench.ts";
import { finishSection, heading, say, type SectionResult, table } from "../transfer/report.ts";
import { type Bench, fanOutJob } from "./bench.ts";
import { compare, type Figure, medianOf, rate, whole } from "./compare.ts";
import { onDisk } from "./on_disk.ts";
import { plot } from "./plot.ts";

const MEMBERS = [10, 100, 1_000, 5_000] as const;

/** How deliveries a second change with the number of members: as a table and as a picture. */
export async function scale(bench: Bench): Promise<SectionResult> {
  const { servers: { parley, nats }, sizes: { rounds, deliveries }, plotFile } = bench;
  const rooms: { members: number; figures: readonly Figure[] }[] = [];
  for (const members of MEMBERS) {
    const job = fanOutJob(members, deliveries);
    rooms.push({ members, figures: await compare(bench, [parley, nats], () => job) });
  }
  heading(`Deliveries a second by the number of members, ${plural(rounds, "round")}`);
  const names = [parley, nats].filter((server) => server !== undefined).map(({ name }) => name);
  table(
    ["members", ...names.flatMap((name) => [`${name}/s`, "messages/s", "µs a message and member"])],
    rooms.map(({ members, figures }) => [
      whole(members),
      ...names.flatMap((name) => {
        const perSecond = medianOf(figures, name, rate);
        return [whole(perSecond), whole(perSecond / members), (1e6 / perSecond).toFixed(3)];
      }),
    ]),
  );
  const failures = rooms.flatMap(({ members, figures }) =>
    figures.flatMap(({ server, failure }) =>
      failure === undefined ? [] : [`${server} with ${members} members: ${failure}`]
    )
  );
  for (const failure of failures) say(`\n${failure}`);
  const lines = names.map((name) => ({
    name,
    points: rooms.map(({ members, figures }) => [members, medianOf(figures, name, rate)] as const)
      .filter(([, perSecond]) => !Number.isNaN(perSecond)),
  }));
  await Deno.writeTextFile(
    plotFile,
    plot({ title: "Deliveries a second in one room", across: "members of the room", lines }),
  );
  say(`\nThe plot is in ${plotFile}.`);
  const claims = [onDisk(rooms.flatMap(({ figures }) => figures))];
  const result = { section: "scale", rounds, rooms, claims };
  finishSection(result, "chat");
  return result;
}
