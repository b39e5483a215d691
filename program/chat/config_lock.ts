import { join } from "@std/path/join";

/**
 * Does something with the config folder while no other client does: by a lock on its file `lock`, which is freed even
 * if the process is killed.
 *
 * @param folder The config folder; made where there is none.
 * @param work What to do.
 * @returns What it gives.
 * @throws What it throws, and {@linkcode Deno.errors.NotCapable} where writing is not permitted (and what else the file
 * system throws).
 */
export async function whileLocked<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  using file = await Deno.open(join(folder, "lock"), { create: true, write: true, mode: 0o600 });
  // There are file systems without locks: a moment remains there in which another client may be faster.
  await file.lock(true).catch(() => {});
  return await work();
}
