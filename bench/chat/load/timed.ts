import { cpuBetween, type CpuTime, cpuTime } from "../cpu_time.ts";

/**
 * Times some work, and what processor time the server and this program used meanwhile.
 *
 * @param pid The server.
 * @param work What is timed.
 */
export async function timed(
  pid: number,
  work: () => Promise<unknown>,
): Promise<{ seconds: number; serverCpu: CpuTime; loadCpu: CpuTime }> {
  const [server, load] = [cpuTime(pid), cpuTime("self")];
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  const serverCpu = cpuBetween(server, cpuTime(pid));
  return { seconds, serverCpu, loadCpu: cpuBetween(load, cpuTime("self")) };
}
