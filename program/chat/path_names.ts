import type { PathName } from "../../terminal/commands/completed_path.ts";
import { join } from "@std/path/join";
import { expandHome } from "../home_path.ts";

/** Of a larger folder the names that the system gives first are enough to choose from. */
const MAX_ENTRIES = 1_000;

/**
 * What is in the folder of a path that is being typed, as far as that may be read already: nobody is asked for a permission
 * while they type.
 *
 * @param path What is typed; it may begin with `~/`.
 * @returns Names that begin as the path's last one does; none where the folder cannot be read.
 */
export async function pathNames(path: string): Promise<readonly PathName[]> {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const begin = path.slice(folder.length);
  try {
    const where = await expandHome(folder === "" ? "." : folder, grantedHome);
    if (!await isGranted({ name: "read", path: where })) return [];
    return await namesIn(where, begin);
  } catch {
    // It is no folder, is gone, or is not ours: there is nothing to complete with.
    return [];
  }
}

async function namesIn(folder: string, begin: string): Promise<readonly PathName[]> {
  const found: Promise<PathName>[] = [];
  let entries = 0;
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    if (++entries > MAX_ENTRIES) break;
    if (!name.startsWith(begin)) continue;
    const isFolder = isSymlink ? leadsToFolder(join(folder, name)) : isDirectory;
    found.push(Promise.resolve(isFolder).then((isFolder) => ({ name, isFolder })));
  }
  return await Promise.all(found);
}

async function leadsToFolder(link: string): Promise<boolean> {
  try {
    return (await Deno.stat(link)).isDirectory;
  } catch {
    return false;
  }
}

async function grantedHome(): Promise<string | undefined> {
  return await isGranted({ name: "env", variable: "HOME" }) ? Deno.env.get("HOME") : undefined;
}

async function isGranted(permission: Deno.PermissionDescriptor): Promise<boolean> {
  return (await Deno.permissions.query(permission)).state === "granted";
}
