const SAMPLE_MS = 10;

/**
 * The most memory that a process had resident, in bytes. The system keeps the peak (VmHWM), so that no
 * sample can miss one but what comes in the last milliseconds before the end.
 *
 * @param pid The process.
 * @returns Its peak, once it has ended.
 */
export async function peakMemory(pid: number): Promise<number> {
  let peakBytes = 0;
  for (;;) {
    let status: string;
    try {
      status = await Deno.readTextFile(`/proc/${pid}/status`);
    } catch (error) {
      // Once it is gone, so is its page; while that was being read, the read breaks.
      if (isGone(error)) return peakBytes;
      throw error;
    }
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    // One that has ended and was not waited for has a page, and no memory.
    if (kibibytes === undefined) return peakBytes;
    peakBytes = Number(kibibytes) * 1_024;
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Error && error.message.includes("os error 3");
}
