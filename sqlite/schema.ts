/** Marks a database as Parley's: "Parl" in ASCII. */
export const APPLICATION_ID = 0x5061726c;

/**
 * The database of a data folder, as a list of SQL scripts: a database at version n (`PRAGMA user_version`)
 * gets those from n on. A script that was released is never changed; a change is a new one at the end.
 *
 * An event's `place` is its stream's number and its seq in one: `stream << 32 | seq`. So a stream's events
 * lie together and in order in the table itself, reading on from a cursor is one walk, and no other index
 * is needed than that of the ids. Retention takes an event's `body` and leaves the rest for as long as ids
 * are remembered. A body that was taken out is overwritten with spaces where it lay; what is said in its place
 * is in `redactions`.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO facts VALUES ('log', lower(hex(randomblob(16))));

  CREATE TABLE streams (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    last INTEGER NOT NULL,
    trimmed_through INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE events (
    place INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    digest INTEGER NOT NULL,
    body TEXT
  ) STRICT;
  CREATE UNIQUE INDEX events_by_id ON events (id, sender, place >> 32);

  CREATE TABLE registry (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    revision INTEGER NOT NULL,
    expires_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX registry_by_expiry ON registry (expires_at) WHERE expires_at IS NOT NULL;
`,
  `
  CREATE TABLE redactions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    place INTEGER NOT NULL UNIQUE,
    body TEXT NOT NULL
  ) STRICT;
`,
];
