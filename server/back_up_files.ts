import type { DatabaseSync } from "node:sqlite";
import { parseRecord } from "../files/file_record.ts";
import { dataPath } from "../files/upload_entry.ts";
import { FILES_FOLDER } from "./data_folder.ts";

/** The shared files that were copied. */
export interface BackedUpFiles {
  /** How many. */
  readonly count: number;
  /** Bytes of all of them. */
  readonly bytes: number;
}

/**
 * Copies the shared files that a database knows. They never change, so on one disk a second name of each will do.
 * One that was removed since the database was copied is left out: its messages tell of it still.
 *
 * @param database The copy of the database.
 * @param data The data folder.
 * @param target The folder to copy to.
 * @returns What was copied, or was there from an earlier backup.
 * @throws What the system throws.
 */
export function backUpFiles(database: DatabaseSync, data: string, target: string): BackedUpFiles {
  const [from, to] = [`${data}/${FILES_FOLDER}`, `${target}/${FILES_FOLDER}`];
  let [count, bytes] = [0, 0];
  const rows = database.prepare(
    "SELECT key, value FROM registry WHERE key >= 'file/' AND key < 'file0'",
  );
  for (const row of rows.iterate()) {
    const { key, value } = row as { readonly key: string; readonly value: string };
    const record = parseRecord(key.slice("file/".length), JSON.parse(value));
    if (record === undefined) continue;
    if (count === 0) Deno.mkdirSync(to, { recursive: true, mode: 0o700 });
    if (!copyFile(dataPath(from, record.id), dataPath(to, record.id))) continue;
    count++;
    bytes += record.size;
  }
  if (count > 0) {
    using folder = Deno.openSync(to);
    folder.syncSync();
  }
  return { count, bytes };
}

/** Whether there was something to copy. */
function copyFile(from: string, to: string): boolean {
  try {
    Deno.linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return isWhole(from, to) || copyBytes(from, to);
    if (error instanceof Deno.errors.NotFound) return false;
    // Another disk, one without links, or no permission to write to the source: nothing else is needed of it.
    return copyBytes(from, to);
  }
}

/** Whether what an earlier backup has copied is as long as it should be. */
function isWhole(from: string, to: string): boolean {
  try {
    return Deno.statSync(to).size === Deno.statSync(from).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

function copyBytes(from: string, to: string): boolean {
  try {
    Deno.copyFileSync(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  using file = Deno.openSync(to);
  file.syncSync();
  return true;
}
