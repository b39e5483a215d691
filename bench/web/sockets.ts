import type { Server } from "../chat/server.ts";
import { parley, parleyOnWeb } from "../chat/own_servers.ts";
import { compare, medianOf, rate, rateTable } from "../chat/compare.ts";
import { SENDERS } from "../chat/bench.ts";
import { plural } from "../transfer/bench.ts";
import { finishSection, heading, say, type SectionResult } from "../transfer/report.ts";
import type { Bench } from "./bench.ts";

/** Messages that are under way. */
const WINDOW = 200;

/** As many pages in one room as a village has, beside as many terminals. */
export async function sockets(bench: Bench): Promise<SectionResult> {
  const { commands, work, sizes: { rounds, sockets, messages } } = bench;
  const servers: readonly Server[] = [parleyOnWeb(commands), parley(commands)];
  const figures = await compare({ commands, disk: work, sizes: { rounds } }, servers, () => ({
    kind: "fanout",
    members: sockets,
    senders: SENDERS,
    window: WINDOW,
    messages,
    warmUp: Math.ceil(messages / 2),
  }));
  heading(
    `Texts of 100 bytes to ${sockets.toLocaleString("en")} WebSockets in one room, ${
      plural(rounds, "round")
    }`,
  );
  rateTable(figures, "deliveries");
  const share = medianOf(figures, "parley over WebSockets", rate) /
    medianOf(figures, "parley", rate);
  say(`\nA WebSocket has ${share.toFixed(3)} of the deliveries of a TCP connection.`);
  const result = {
    section: "sockets",
    rounds,
    figures,
    claims: [{
      claim: "deliveries to WebSockets",
      measured: medianOf(figures, "parley over WebSockets", rate),
      unit: "/s" as const,
    }],
  };
  finishSection(result, "web");
  return result;
}
