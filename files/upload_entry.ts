import { within } from "../transfer/names.ts";
import type { FileUpload } from "./file_upload.ts";
import { isCount, isFileId, parseObject } from "./file_record.ts";

/** What beside the bytes of an upload tells what they will be. */
const NOTE_SUFFIX = ".json";

/** What is known of a file on its way from the beginning on. */
export interface UploadNote {
  /** The id that the file will have. */
  readonly id: string;
  /** Who brings it: a folded name. */
  readonly owner: string;
  /** Its name, of one safe segment. */
  readonly name: string;
  /** Its size in bytes; null where that is not known. */
  readonly size: number | null;
  /**
   * What a sender who begins anew finds it by, and compares what has come with; undefined where only its id
   * finds it, and what has come is taken on trust.
   */
  readonly identity?: string | undefined;
}

/** A file on its way, whether somebody brings it in this moment or not. */
export interface UploadEntry extends UploadNote {
  /** Whether what has come of it is kept when it is interrupted. */
  readonly isKept: boolean;
  /** How many bytes have come, as of the last interruption. */
  heldBytes: number;
  /** How many of them are on disk for certain, and noted there. */
  keptBytes: number;
  /** When somebody brought it last, Unix milliseconds. */
  touchedAt: number;
  /** How many bytes it counts for in the quota. */
  chargedBytes: number;
  /** Who brings it in this moment. */
  writer: FileUpload | undefined;
}

/** The path of a file's bytes, whole or not. */
export function dataPath(folder: string, id: string): string {
  return within(folder, id);
}

/** The path of the note beside an upload that is kept. */
export function notePath(folder: string, id: string): string {
  return within(folder, id + NOTE_SUFFIX);
}

/** The id that a note's file name tells; undefined where it is none. */
export function idOfNote(fileName: string): string | undefined {
  const id = fileName.slice(0, -NOTE_SUFFIX.length);
  return fileName.endsWith(NOTE_SUFFIX) && isFileId(id) ? id : undefined;
}

/**
 * Writes the note of an upload that is to be kept.
 *
 * @param folder Where its bytes are.
 * @param note What it says.
 * @throws What the system throws.
 */
export function writeNote(folder: string, { id, owner, name, size, identity }: UploadNote): void {
  const text = `${JSON.stringify({ owner, name, size, identity })}\n`;
  Deno.writeTextFileSync(notePath(folder, id), text, { createNew: true, mode: 0o600 });
}

/**
 * Adds to a note how many bytes are on disk for certain. A line that a crash has cut off counts for nothing.
 *
 * @param folder Where its bytes are.
 * @param id The upload's id.
 * @param bytes How many.
 * @throws What the system throws.
 */
export async function noteKept(folder: string, id: string, bytes: number): Promise<void> {
  const line = new TextEncoder().encode(`${JSON.stringify({ keptBytes: bytes })}\n`);
  using note = await Deno.open(notePath(folder, id), { append: true });
  for (let at = 0; at < line.length;) at += await note.write(line.subarray(at));
  await note.sync();
}

/**
 * Reads the note of an upload that an earlier run has left.
 *
 * @param folder Where its bytes are.
 * @param id The upload's id.
 * @returns The note, and how many bytes are on disk for certain; undefined where it is none, such as one that
 * was cut off.
 */
export async function readNote(
  folder: string,
  id: string,
): Promise<(UploadNote & { readonly keptBytes: number }) | undefined> {
  const [first = "", ...more] = (await Deno.readTextFile(notePath(folder, id))).split("\n");
  const { owner, name, size, identity } = parseObject(first);
  if (typeof owner !== "string" || typeof name !== "string") return undefined;
  if (size !== null && !isCount(size)) return undefined;
  const kept = more.map((line) => parseObject(line)["keptBytes"]).findLast(isCount) ?? 0;
  return {
    id,
    owner,
    name,
    size,
    identity: typeof identity === "string" ? identity : undefined,
    keptBytes: kept,
  };
}
