import { DatabaseError } from "../sqlite/database_error.ts";

const LOCK_FILE = "parley.lock";

/**
 * Takes a data folder, which is made where there is none, for this process alone. The system gives it back
 * when the file is closed, however the process ends.
 *
 * @param path The folder. What is made can be read by this user only.
 * @returns What holds it.
 * @throws {DatabaseError} `in_use`: another process has it. `unusable`: the system said no.
 */
export function lockFolder(path: string): Deno.FsFile {
  let lock: Deno.FsFile;
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    lock = Deno.openSync(`${path}/${LOCK_FILE}`, {
      read: true,
      write: true,
      create: true,
      mode: 0o600,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseError("unusable", `Cannot use ${path} as a data folder: ${reason}`, {
      cause,
    });
  }
  if (lock.tryLockSync(true)) return lock;
  lock.close();
  throw new DatabaseError("in_use", `Cannot use ${path}: another server keeps its log there`);
}
