/** Processor time of a process with all its threads, in seconds. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/** How /proc counts: USER_HZ, which is 100 on every Linux that Deno runs on. */
const TICKS_A_SECOND = 100;

/** What a process has used so far. @param pid Its id, or `self`. */
export function cpuTime(pid: number | "self"): CpuTime {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name before may hold spaces; the fields are numbered as in proc(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { user: Number(fields[11]) / TICKS_A_SECOND, system: Number(fields[12]) / TICKS_A_SECOND };
}

/** What was used between two looks. */
export function cpuBetween(before: CpuTime, after: CpuTime): CpuTime {
  return { user: after.user - before.user, system: after.system - before.system };
}
