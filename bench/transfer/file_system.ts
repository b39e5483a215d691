import { statfs } from "node:fs/promises";

/** Where a folder's files are kept. */
export interface FileSystem {
  /** What /proc/mounts calls it: `tmpfs`, `ext4`. */
  readonly type: string;
  /** Whether a file that is synced outlasts the machine's power. */
  readonly isDisk: boolean;
  readonly freeBytes: number;
}

const IN_MEMORY = new Set(["tmpfs", "ramfs", "devtmpfs"]);

/** Looks up what kind of file system a folder is on, and what room it has. */
export async function fileSystemOf(folder: string): Promise<FileSystem> {
  const path = `${await Deno.realPath(folder)}/`;
  let [at, type] = ["", "unknown"];
  for (const line of (await Deno.readTextFile("/proc/mounts")).split("\n")) {
    const [, mounted = "", kind = ""] = line.split(" ");
    const inside = path.startsWith(mounted.endsWith("/") ? mounted : `${mounted}/`);
    // Of two that are mounted in one place the later one is seen.
    if (mounted !== "" && inside && mounted.length >= at.length) [at, type] = [mounted, kind];
  }
  const { bavail, bsize } = await statfs(folder);
  return { type, isDisk: !IN_MEMORY.has(type), freeBytes: bavail * bsize };
}
