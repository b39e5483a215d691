import { complain } from "./output.ts";
import { Failure, UsageError } from "./failure.ts";

/** One permission that a program needs, and why. */
export interface Need {
  readonly permission: Deno.PermissionDescriptor;
  /** What it is for: "listen for chat clients". */
  readonly reason: string;
  /** Whether the program can do without it. @default {false} */
  readonly isOptional?: boolean;
}

/**
 * Makes sure of the permissions that a program needs, before it begins.
 *
 * In a terminal it says what is needed and why, and Deno asks; where nobody can answer, it says which
 * flags to add.
 *
 * @param program The program's permission set and file, for what is printed.
 * @param needs What it needs.
 * @throws {Failure} Something was not granted; the text names the flags.
 * @throws {UsageError} An address is none.
 */
export async function requirePermissions(
  program: { readonly set: string; readonly file: string },
  needs: readonly Need[],
): Promise<void> {
  const missing: Need[] = [];
  for (const need of needs) {
    const { state } = await query(need.permission);
    if (state === "granted") continue;
    if (state === "prompt" && Deno.stdin.isTerminal() && Deno.stderr.isTerminal()) {
      complain(`${program.file} needs ${describe(need.permission)} to ${need.reason}.`);
      if ((await Deno.permissions.request(need.permission)).state === "granted") continue;
    }
    if (need.isOptional !== true) missing.push(need);
  }
  if (missing.length === 0) return;
  const flags = [...new Set(missing.map((need) => allowFlag(need.permission)))].join(" ");
  const wanted = missing.map((need) => `${describe(need.permission)} to ${need.reason}`).join(", ");
  throw new Failure(
    `Not permitted: it needs ${wanted}. Grant it with: deno run -P=${program.set} ${flags} ${program.file}`,
  );
}

/** Asks whether something is granted; Deno itself knows best what may be an address. */
async function query(permission: Deno.PermissionDescriptor): Promise<Deno.PermissionStatus> {
  try {
    return await Deno.permissions.query(permission);
  } catch (error) {
    if (!(error instanceof URIError) || permission.name !== "net") throw error;
    throw new UsageError(
      `Cannot use the address ${
        JSON.stringify(permission.host)
      }: a host name or an IP address is allowed`,
    );
  }
}

function describe(permission: Deno.PermissionDescriptor): string {
  switch (permission.name) {
    case "net":
      return `network access to ${permission.host ?? "every address"}`;
    case "read":
    case "write":
      return `${permission.name} access to ${permission.path ?? "every folder"}`;
    case "sys":
      return `the system's ${permission.kind ?? "facts"}`;
    case "env":
      return `the environment variable ${permission.variable ?? ""}`.trimEnd();
    case "run":
      return `to run ${permission.command ?? "programs"}`;
    default:
      return `${permission.name} access`;
  }
}

function allowFlag(permission: Deno.PermissionDescriptor): string {
  const of = permission.name === "net"
    ? permission.host
    : permission.name === "read" || permission.name === "write"
    ? permission.path
    : permission.name === "env"
    ? permission.variable
    : permission.name === "run"
    ? permission.command
    : undefined;
  return `--allow-${permission.name}${of === undefined ? "" : `=${of}`}`;
}
