import { finishSection, fixed, heading, type SectionResult, table } from "../transfer/report.ts";
import type { Bench } from "./bench.ts";
import { startServer } from "./server.ts";

/** What of them comes before, and is not counted. */
const WARM_UP_SHARE = 0.2;

/** How many connections with TLS a server can begin, by its processor time and by the clock. */
export async function handshakes(bench: Bench): Promise<SectionResult> {
  const { sizes: { handshakes: count } } = bench;
  const server = await startServer(bench, true);
  try {
    await server.load("handshakes", Math.ceil(count * WARM_UP_SHARE));
    const { seconds, cpu } = await server.load("handshakes", count);
    const cpuSeconds = cpu.user + cpu.system;
    heading(`${count.toLocaleString("en")} TLS handshakes of a chat server, 1 round`);
    table([":", "a second", "ms of the server's core each"], [
      ["TLS 1.3, ECDSA P-256", (count / seconds).toFixed(0), fixed(1_000 * cpuSeconds / count)],
    ]);
    const result = { section: "handshakes", count, seconds, cpu, claims: [] };
    finishSection(result, "security");
    return result;
  } finally {
    await server.stop();
  }
}
