import { quoteWord } from "./words.ts";

/** A name in a folder. */
export interface PathName {
  readonly name: string;
  readonly isFolder: boolean;
}

/**
 * What a path that is being typed may become, as it is typed.
 *
 * @param path What is typed already, without quotes.
 * @param names What is in the folder that it is in.
 * @param keywords Words that mean something else where a path may be.
 * @returns Paths in quotes where they need them, in order; a folder ends with `/`, a file with a space.
 */
export function pathCandidates(
  path: string,
  names: readonly PathName[],
  keywords: readonly string[],
): string[] {
  if (path === "~") return ["~/"];
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const begin = path.slice(folder.length);
  return names
    .filter(({ name }) => name.startsWith(begin) && (begin !== "" || !name.startsWith(".")))
    .toSorted((one, other) => one.name < other.name ? -1 : 1)
    .map(({ name, isFolder }) => typedPath(folder + name, keywords) + (isFolder ? "/" : " "));
}

function typedPath(path: string, keywords: readonly string[]): string {
  // What is called as the home folder is written.
  if (path === "~") return "./~";
  const word = quoteWord(path);
  return keywords.includes(word) ? `\\${word}` : word;
}
