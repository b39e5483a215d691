import type { DatabaseSync } from "node:sqlite";
import type { Storer } from "../../sqlite/program.ts";

/** What the writer is asked for the registry. Values are JSON texts: no NUL would cut one short. */
export type RegistryJob =
  | {
    readonly type: "put";
    readonly key: string;
    readonly value: string;
    readonly expectedRevision: number | undefined;
    readonly expiresAt: number | undefined;
    readonly now: number;
  }
  /** Takes what has run out. */
  | { readonly type: "expire"; readonly now: number }
  /** Tells what is there under a prefix, in one order with the puts. */
  | { readonly type: "list"; readonly prefix: string; readonly now: number };

/** What was there, and is as the job left it. */
export interface RegistryAnswer {
  /** Of a put: the new revision; undefined where it was refused. */
  readonly revision: number | undefined;
  /** Of a put that was refused: value and revision of what is there, if anything is. */
  readonly current: readonly [value: string, revision: number] | undefined;
  /** Keys that had run out, and are gone now. */
  readonly expired: readonly string[];
  /** Of a list: keys and values. */
  readonly entries: readonly (readonly [key: string, value: string])[];
  /** When the next key runs out. */
  readonly nextExpiry: number | undefined;
}

/** Stores keys with revisions and leases. Portable. */
export function storeKeys(
  database: DatabaseSync,
): Storer<readonly [RegistryJob], readonly [RegistryAnswer]> {
  const expireStep = 100;
  const get = database.prepare(
    "SELECT value, revision, expires_at AS expiresAt FROM registry WHERE key = ?",
  );
  const put = database.prepare(
    `INSERT INTO registry VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT DO UPDATE SET value = ?2, revision = ?3, expires_at = ?4`,
  );
  const remove = database.prepare("DELETE FROM registry WHERE key = ?");
  const runOut = database.prepare(
    "SELECT key FROM registry WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
  );
  const next = database.prepare(
    "SELECT min(expires_at) AS at FROM registry WHERE expires_at IS NOT NULL",
  );
  const under = database.prepare(
    `SELECT key, value FROM registry WHERE key >= ?1 AND substr(key, 1, length(?1)) = ?1
     AND (expires_at IS NULL OR expires_at > ?2) ORDER BY key`,
  );
  const saveRevision = database.prepare(
    "INSERT INTO facts VALUES ('revision', ?1) ON CONFLICT DO UPDATE SET value = ?1",
  );
  const readRevision = () => {
    const row = database.prepare("SELECT value FROM facts WHERE name = 'revision'").get();
    return Number((row as { value: string } | undefined)?.value ?? 0);
  };
  /** One counter for all keys, so that a key that was gone comes back with a higher revision. */
  let revision = readRevision();
  let changed = false;

  const expire = (now: number): string[] => {
    const rows = runOut.all(now, expireStep) as { key: string }[];
    for (const { key } of rows) remove.run(key);
    return rows.map(({ key }) => key);
  };

  const store = (job: Extract<RegistryJob, { type: "put" }>, expired: string[]) => {
    const { key, value, expectedRevision, expiresAt, now } = job;
    type Row = {
      readonly value: string;
      readonly revision: number;
      readonly expiresAt: number | null;
    };
    let there = get.get(key) as Row | undefined;
    if (there !== undefined && there.expiresAt !== null && there.expiresAt <= now) {
      remove.run(key);
      expired.push(key);
      there = undefined;
    }
    if (expectedRevision !== undefined && (there?.revision ?? 0) !== expectedRevision) {
      const current = there && [there.value, there.revision] as const;
      return { revision: undefined, current };
    }
    put.run(key, value, ++revision, expiresAt ?? null);
    changed = true;
    return { revision, current: undefined };
  };

  return {
    store([job]) {
      const expired = expire(job.now);
      const { revision, current } = job.type === "put"
        ? store(job, expired)
        : { revision: undefined, current: undefined };
      const rows = job.type === "list"
        ? under.all(job.prefix, job.now) as { key: string; value: string }[]
        : [];
      const { at } = next.get() as { at: number | null };
      return [{
        revision,
        current,
        expired,
        entries: rows.map(({ key, value }) => [key, value] as const),
        nextExpiry: at ?? undefined,
      }];
    },
    flush() {
      if (changed) saveRevision.run(String(revision));
      changed = false;
    },
    forget() {
      revision = readRevision();
      changed = false;
    },
  };
}
