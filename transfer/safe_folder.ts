import { join } from "@std/path";
import { ProtocolError } from "../codec/errors.ts";

/**
 * Makes the folders of a safe path below a root, where they are missing.
 *
 * Every folder on the way must be a real one: a link that somebody planted could lead anywhere.
 *
 * @param root The inbox's own folder, trusted.
 * @param segments Safe names, from `safeSegments`.
 * @returns The last folder's path, and those folders in which a new one was made.
 * @throws {ProtocolError} `exists`: something else has one of the names.
 */
export function makeFolders(
  root: string,
  segments: readonly string[],
): { readonly path: string; readonly changed: readonly string[] } {
  const changed: string[] = [];
  let path = root;
  for (const segment of segments) {
    const parent = path;
    path = join(parent, segment);
    if (isRealFolder(path)) continue;
    try {
      Deno.mkdirSync(path);
      changed.push(parent);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      // Another file's folder, made meanwhile; or no folder at all.
      if (!isRealFolder(path)) throw notAFolder(segment);
    }
  }
  return { path, changed };
}

/**
 * Checks that every folder on the way still is a real one.
 *
 * @param root The inbox's own folder, trusted.
 * @param segments Safe names, from `safeSegments`.
 * @throws {ProtocolError} `exists`: one of them is no folder any more.
 */
export function checkFolders(root: string, segments: readonly string[]): void {
  let path = root;
  for (const segment of segments) {
    path = join(path, segment);
    if (!isRealFolder(path)) throw notAFolder(segment);
  }
}

function isRealFolder(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function notAFolder(segment: string): ProtocolError {
  return new ProtocolError(
    "exists",
    `Cannot save into "${segment}": something that is no folder has that name`,
  );
}
