import { join } from "@std/path/join";

/**
 * Writes a file that only its owner reads, in the place of one that may be there; its folder is made where there is none.
 *
 * - I1 The file is there whole or not at all, also after a crash.
 * - I2 It has mode 0600 from the beginning, folders that are made here 0700.
 *
 * @param path Where.
 * @param text What is in it.
 * @throws {Deno.errors.NotCapable} Writing is not permitted (and what else the file system throws).
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  const part = `${path}.${crypto.randomUUID()}.part`;
  try {
    using file = await Deno.open(part, { write: true, createNew: true, mode: 0o600 });
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
    await Deno.rename(part, path);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}
