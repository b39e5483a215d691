import { join } from "@std/path";

const CHUNK_BYTES = 65_536;

/** Writes bytes that nothing compresses, without holding them all. */
export function writeNoise(path: string, bytes: number): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  const chunk = new Uint8Array(Math.min(bytes, CHUNK_BYTES));
  for (let left = bytes; left > 0;) {
    crypto.getRandomValues(chunk);
    left -= file.writeSync(chunk.subarray(0, Math.min(left, chunk.length)));
  }
}

/** Makes a folder of small files, each another noise. */
export function writeSmallFiles(folder: string, count: number, bytesEach: number): void {
  Deno.mkdirSync(folder, { recursive: true });
  for (let at = 0; at < count; at++) writeNoise(join(folder, `file-${at}`), bytesEach);
}

/** Makes a file that has a size and takes no room: all of it reads as zeros. */
export function writeSparse(path: string, bytes: number): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  file.truncateSync(bytes);
}

/** What is in a file or a folder. */
export interface Content {
  readonly files: number;
  readonly bytes: number;
}

/** Counts what is in a file, or anywhere in a folder. */
export function contentOf(path: string): Content {
  return count(path, () => true);
}

/** Counts what has arrived in a folder: without what our receiver keeps there for itself. */
export function arrivedIn(folder: string): Content {
  return count(folder, (name) => !name.startsWith(".recv-"));
}

function count(path: string, isCounted: (name: string) => boolean): Content {
  const { isDirectory, size } = Deno.lstatSync(path);
  if (!isDirectory) return { files: 1, bytes: size };
  let [files, bytes] = [0, 0];
  for (const { name } of Deno.readDirSync(path)) {
    if (!isCounted(name)) continue;
    const inside = count(join(path, name), isCounted);
    files += inside.files;
    bytes += inside.bytes;
  }
  return { files, bytes };
}
