import { hasStrace } from "./trace.ts";

/** Something of the machine that a test cannot do without. */
interface Need {
  readonly isThere: boolean;
  /** What to do where it is not, for who reads the test's name. */
  readonly missing: string;
}

/** What tests may need. */
export const NEEDS = {
  strace: { isThere: hasStrace(), missing: "strace is needed: apt-get install strace" },
  mount: {
    isThere: canMount(),
    missing: "unshare -rm mount is needed, and not allowed or not there",
  },
} as const satisfies Record<string, Need>;

/**
 * A test of what not every machine can do. Where it cannot be done the test is skipped, and its name
 * says so; in CI it fails.
 */
export function testNeeding(
  { isThere, missing }: Need,
  name: string,
  fn: () => Promise<void>,
): void {
  const isCi = Deno.env.get("CI") === "true";
  Deno.test({
    name: isThere ? name : `NOT TESTED (${missing}): ${name}`,
    ignore: !isThere && !isCi,
    fn() {
      if (!isThere) throw new Error(missing);
      return fn();
    },
  });
}

function canMount(): boolean {
  try {
    const args = ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"];
    return new Deno.Command("unshare", { args, stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
