import { resolve } from "@std/path/resolve";
import { exportIdentities } from "../../client/export_identities.ts";
import { openIdentity } from "./chat_identity.ts";
import { Failure } from "../failure.ts";
import { complain } from "../output.ts";
import { requirePermissions } from "../permissions.ts";

/**
 * Writes what this device decrypts with into a file of its own, which only its owner can read, for the `age` program.
 *
 * @param config The config folder, if the command line names one.
 * @param to The file; it must not be there yet.
 * @returns The exit code.
 * @throws {Failure} There is no key, or the file cannot be written.
 */
export async function exportIdentity(config: string | undefined, to: string): Promise<number> {
  const { folder, device } = await openIdentity(config);
  if (folder === undefined || device === undefined) {
    throw new Failure("Cannot export the identity: this device has none");
  }
  const path = resolve(to);
  await requirePermissions({ set: "client", file: "client.ts" }, [
    { permission: { name: "write", path }, reason: "write the identity" },
  ]);
  const text = await exportIdentities(folder, device);
  try {
    await Deno.writeTextFile(path, text, { createNew: true, mode: 0o600 });
  } catch (error) {
    const why = error instanceof Deno.errors.AlreadyExists
      ? "it is there already, and is not replaced"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new Failure(`Cannot write ${to}: ${why}`);
  }
  complain(
    `client.ts: ${to} decrypts everything that was written to you: keep it as you keep a key`,
  );
  return 0;
}
