import { join } from "@std/path/join";
import type { DeviceIdentity } from "./key_file.ts";
import type { KeptRoom } from "./sealed_rooms.ts";

/**
 * What a device decrypts with, as a file for the `age` program: `age -d -i FILE`.
 *
 * @param folder The config folder.
 * @param device The device's secrets.
 * @returns Its age identity, and those of the secret rooms that it has unlocked, one a line, with comments.
 * @throws {Deno.errors.NotCapable} Reading is not permitted (and what else the file system throws).
 */
export async function exportIdentities(folder: string, device: DeviceIdentity): Promise<string> {
  const lines = [
    "# This device's private messages, and files in them",
    `# public key: ${device.age.recipient}`,
    String(device.age.secret),
  ];
  const sealed = join(folder, "sealed");
  for (const server of await names(sealed)) {
    for (const file of await names(join(sealed, server, "rooms"))) {
      if (!file.endsWith(".json")) continue;
      const { room, secret } = await readRoom(join(sealed, server, "rooms", file));
      lines.push(`# The secret room ${room}`, secret);
    }
  }
  return lines.join("\n") + "\n";
}

async function readRoom(path: string): Promise<KeptRoom> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Without its words: they could hold the secret.
    throw new Error(`${path} is damaged: remove it, and unlock the room again`);
  }
}

async function names(folder: string): Promise<string[]> {
  try {
    const found: string[] = [];
    for await (const { name } of Deno.readDir(folder)) found.push(name);
    return found.sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
