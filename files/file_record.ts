import type { SharedFile } from "../protocol/chat.ts";

/** What the store knows of a file. */
export interface FileRecord extends SharedFile {
  /** Who brought it: the folded name. */
  readonly owner: string;
  /** When it was whole, Unix milliseconds. */
  readonly at: number;
}

const ID = /^[0-9a-f]{32}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** An id that nobody guesses: 128 random bits, as 32 hexadecimal digits. */
export function newFileId(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}

/** Whether a text has the form of an id. Only such a text becomes part of a path. */
export function isFileId(text: string): boolean {
  return ID.test(text);
}

/** What is told of a file: nothing of who brought it. */
export function sharedFile({ id, name, size, type, sha256 }: FileRecord): SharedFile {
  return { id, name, size, type, sha256 };
}

/** A record as the registry keeps it. */
export function formatRecord({ name, size, type, sha256, owner, at }: FileRecord): string {
  return JSON.stringify({ name, size, type, sha256, owner, at });
}

/**
 * A record from the registry.
 *
 * @param id The file's id.
 * @param value What the registry has for it.
 * @returns The record; undefined where it is none.
 */
export function parseRecord(id: string, value: string): FileRecord | undefined {
  if (!isFileId(id) || value === "") return undefined;
  const { name, size, type, sha256, owner, at } = parseObject(value);
  const isRecord = [name, type, owner].every((text) => typeof text === "string" && text !== "") &&
    isCount(size) && isCount(at) && typeof sha256 === "string" && SHA256.test(sha256);
  return isRecord ? { id, name, size, type, sha256, owner, at } as FileRecord : undefined;
}

/** A text's JSON object; an empty one where the text holds none. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}

/** Whether something is a whole number of bytes or milliseconds. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}
