import { join } from "@std/path/join";
import { Failure } from "./failure.ts";

/**
 * A path as it was typed, with `~` for the home folder, as in a shell.
 *
 * @param path What was typed.
 * @param home Gives the home folder; asked only where it is needed.
 * @returns The path.
 * @throws {Failure} There is no home folder.
 */
export async function expandHome(
  path: string,
  home: () => Promise<string | undefined>,
): Promise<string> {
  if (path !== "~" && !path.startsWith("~/")) return path;
  const folder = await home();
  if (folder === undefined || folder === "") {
    throw new Failure(`Cannot find ${path}: HOME is not set, so write the whole path`);
  }
  return join(folder, path.slice(1));
}
