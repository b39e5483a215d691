import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock/clock.ts";
import type { FileIndex } from "./file_index.ts";
import { isFileId } from "./file_record.ts";
import type { Quota } from "./quota.ts";
import { dataPath, idOfNote, notePath, readNote } from "./upload_entry.ts";
import { removeIfThere, type Uploads } from "./uploads.ts";

/** A store that is being opened. */
export interface OpeningStore {
  readonly folder: string;
  /** What is known of files, loaded. */
  readonly index: FileIndex;
  /** Takes in what was interrupted. */
  readonly uploads: Uploads;
  /** Counts what is there. */
  readonly quota: Quota;
  readonly clock: Clock;
}

const logger = getLogger(["parley", "files"]);

/**
 * Compares a store's folder with what is known of it: uploads that were interrupted are taken in, what nobody knows
 * of is removed, and files whose bytes are not there are not found.
 *
 * @param store The store.
 * @throws What the system throws.
 */
export async function reconcile(store: OpeningStore): Promise<void> {
  const { folder, index, uploads, quota } = store;
  const found = new Set<string>();
  const notes = new Set<string>();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    const id = idOfNote(name);
    if (id !== undefined) notes.add(id);
    else if (isFileId(name)) found.add(name);
  }
  for (const id of notes) await restore(store, id, found.has(id));
  for (const id of found) {
    if (index.get(id) === undefined && uploads.get(id) === undefined) {
      removeIfThere(dataPath(folder, id));
    }
  }
  let lost = 0;
  for (const { id, owner, size } of [...index.records]) {
    if (found.has(id)) {
      quota.add(owner, size, 1);
      continue;
    }
    // What is known of it stays in the registry: the disk with the bytes may be there the next time.
    index.hide(id);
    lost++;
  }
  if (lost > 0) {
    logger.warn("{lost} files that are known of are not in {folder}", { lost, folder });
  }
}

/** Takes in an upload; one that became a file in the moment in which the server stopped needs no note any more. */
async function restore(
  { folder, index, uploads, clock }: OpeningStore,
  id: string,
  hasBytes: boolean,
): Promise<void> {
  const isUpload = hasBytes && index.get(id) === undefined;
  const note = isUpload ? await readNote(folder, id) : undefined;
  if (note === undefined) return removeIfThere(notePath(folder, id));
  const { size, mtime } = await Deno.stat(dataPath(folder, id));
  // A power cut may have left zeros where bytes had come. Who offers a file again compares its beginning; what
  // nobody compares is trusted as far as it was noted to be on disk.
  const held = note.identity === undefined ? Math.min(note.keptBytes, size) : size;
  uploads.restore(note, held, mtime?.getTime() ?? clock.now());
}
