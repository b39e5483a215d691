/** Whether two descriptions are of one file; where the system does not number files, they may be. */
export function isSameFile(one: Deno.FileInfo, other: Deno.FileInfo): boolean {
  return one.isFile && one.dev === other.dev && one.ino === other.ino;
}

/**
 * Opens a file that is there, and no other: no link is followed, however short a time ago it was planted.
 *
 * @param path The file.
 * @param options How it is opened; nothing is made or emptied.
 * @returns The open file; undefined where there is none, or something that is no file.
 */
export function openReal(
  path: string,
  options: Pick<Deno.OpenOptions, "read" | "write" | "append">,
): Deno.FsFile | undefined {
  let file: Deno.FsFile | undefined;
  try {
    const there = Deno.lstatSync(path);
    // A pipe would be waited for.
    if (!there.isFile) return undefined;
    file = Deno.openSync(path, options);
    if (isSameFile(there, file.statSync())) return file;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  file?.close();
  return undefined;
}
