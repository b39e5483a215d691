import type { DatabaseSync } from "node:sqlite";

/** What the reader is asked for the registry. */
export interface RegistryQuery {
  readonly key: string;
  readonly now: number;
}

/** The value, as it is stored, and its revision. */
export type RegistryFound = readonly [value: string, revision: number] | undefined;

/** Reads keys. Portable. */
export function readKeys(
  database: DatabaseSync,
): (query: readonly [RegistryQuery]) => readonly [RegistryFound] {
  const get = database.prepare(
    `SELECT value, revision FROM registry
     WHERE key = ?1 AND (expires_at IS NULL OR expires_at > ?2)`,
  );
  return ([{ key, now }]) => {
    const row = get.get(key, now) as { value: string; revision: number } | undefined;
    return [row && [row.value, row.revision]];
  };
}
