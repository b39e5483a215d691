import type { Clock } from "../clock/clock.ts";
import type { Registry } from "../registry/registry.ts";
import { Allowance } from "./allowance.ts";
import { NO_RECORD, type RoomRecord } from "./room_record.ts";
import { RoomRules } from "./room_rules.ts";

/** Where records are kept, and the room's name behind it. */
const PREFIX = "room/";
/** For a lease of 30 days, once an hour. */
const RENEWALS_A_LEASE = 720;
/** Who loses so many races for one record has others to blame. */
const MAX_TRIES = 100;

/** What records work with. */
export interface RoomRecordsOptions {
  /** Where records are kept. */
  readonly registry: Registry;
  readonly clock: Clock;
  /** How long the record is kept of a room that nobody uses. */
  readonly leaseMs: number;
  /** Told when the rules of a held room have changed. Must not throw. */
  readonly onChanged: (rules: RoomRules) => void;
  /** Told what could not be read or renewed in the background. */
  readonly onFailed: (error: unknown) => void;
}

/** A room's rules, kept up to date until it is disposed. */
export interface RulesHold extends Disposable {
  readonly rules: RoomRules;
  /** Whether the room has a record. */
  readonly isKept: boolean;
}

interface Entry {
  readonly rules: RoomRules;
  holders: number;
  /** The revision of what the rules are; 0 where there is no record; undefined before it was read. */
  revision: number | undefined;
  /** The record's text, as it is in the registry. */
  value: string | undefined;
  loading: Promise<void> | undefined;
}

/**
 * The records of rooms: who owns a room, what may be done there.
 *
 * - I1 The rules of a room that is held are those of its record: what is changed here holds when
 *   {@link RoomRecords.update} answers, what another server changes when the registry tells it.
 * - I2 Changes of one record are made one after the other, each to what the one before has left.
 * - I3 A record that keeps something from others (a private or secret room's) is kept for ever. Any other
 *   one is gone when the room was not used for the lease.
 */
export class RoomRecords {
  readonly #options: RoomRecordsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #renewals: Allowance;
  readonly #closed = new AbortController();
  #watching = false;

  /** @param options Where records are kept, and who is told. */
  constructor(options: RoomRecordsOptions) {
    this.#options = options;
    this.#renewals = new Allowance(1, RENEWALS_A_LEASE * 1_000 / options.leaseMs);
  }

  /**
   * Looks up what holds in a room, and follows it.
   *
   * @param room The room's checked name.
   * @returns The rules; to be disposed.
   * @throws What the registry throws.
   */
  async hold(room: string): Promise<RulesHold> {
    this.#watch();
    let entry = this.#entries.get(room);
    if (entry === undefined) {
      const rules = new RoomRules(room);
      entry = {
        ...{ rules, holders: 0, revision: undefined, value: undefined, loading: undefined },
      };
      this.#entries.set(room, entry);
    }
    const held = entry;
    held.holders++;
    try {
      if (held.revision === undefined) await (held.loading ??= this.#load(room, held));
    } catch (error) {
      this.#release(room, held);
      throw error;
    }
    this.#renew(room, held);
    let isHeld = true;
    return {
      rules: held.rules,
      get isKept() {
        return held.value !== undefined;
      },
      [Symbol.dispose]: () => {
        if (isHeld) this.#release(room, held);
        isHeld = false;
      },
    };
  }

  /**
   * Changes a room's record, or makes it.
   *
   * @param room The room's checked name.
   * @param change Makes the new record of the one that is there; it may be called again where somebody
   * else was first. The same record is not stored; what it throws ends the change.
   * @returns The record as it is then.
   * @throws What `change` throws; what the registry throws.
   */
  async update(
    room: string,
    change: (record: RoomRecord, isKept: boolean) => RoomRecord,
  ): Promise<RoomRecord> {
    const { registry, leaseMs } = this.#options;
    let current = await registry.get(PREFIX + room);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const before = current === undefined ? NO_RECORD : parse(current.value);
      const record = change(before, current !== undefined);
      if (record === before) return before;
      const value = JSON.stringify(record);
      const lease = isForEver(record) ? undefined : leaseMs;
      const put = await registry.put(PREFIX + room, value, current?.revision ?? 0, lease);
      if (put.ok) {
        this.#see(room, value, put.revision);
        return record;
      }
      current = put.current;
    }
    throw new Error(`Cannot change the room "${room}": others change it all the time`);
  }

  /** Begins the leases of held rooms anew: they are being used. */
  renew(): void {
    for (const [room, entry] of this.#entries) this.#renew(room, entry);
  }

  /** Follows the registry no more. */
  close(): void {
    this.#closed.abort();
  }

  #release(room: string, entry: Entry): void {
    if (--entry.holders > 0) return;
    if (this.#entries.get(room) === entry) this.#entries.delete(room);
  }

  async #load(room: string, entry: Entry): Promise<void> {
    try {
      for (;;) {
        const { revision } = entry;
        const known = await this.#options.registry.get(PREFIX + room);
        // What was put meanwhile is newer than what was read.
        if (entry.revision !== revision) continue;
        return this.#see(room, known?.value, known?.revision ?? 0);
      }
    } finally {
      entry.loading = undefined;
    }
  }

  #see(room: string, value: string | undefined, revision: number): void {
    const entry = this.#entries.get(room);
    if (entry === undefined) return;
    // A record that is gone has no revision to compare.
    if (value !== undefined && revision < (entry.revision ?? 0)) return;
    // Before anything is taken over: what cannot be read must not leave a room without rules.
    const record = value === undefined ? NO_RECORD : parse(value);
    const isFirst = entry.revision === undefined;
    entry.revision = revision;
    if (entry.value === value) return;
    entry.value = value;
    entry.rules.record = record;
    if (!isFirst) this.#options.onChanged(entry.rules);
  }

  #renew(room: string, entry: Entry): void {
    const { registry, clock, leaseMs, onFailed } = this.#options;
    const { value, revision } = entry;
    if (value === undefined || isForEver(entry.rules.record)) return;
    // Also of a room that is looked at again and again while nobody is in it.
    if (this.#renewals.take(room, clock.now()) > 0) return;
    registry.put(PREFIX + room, value, revision, leaseMs).then((put) => {
      if (put.ok) this.#see(room, value, put.revision);
    }, onFailed);
  }

  /** Follows what is changed elsewhere, from the first room on that somebody is in. */
  async #watch(): Promise<void> {
    if (this.#watching || this.#closed.signal.aborted) return;
    this.#watching = true;
    try {
      for await (
        const { key, value } of this.#options.registry.watch(PREFIX, this.#closed.signal)
      ) {
        const room = key.slice(PREFIX.length);
        const entry = this.#entries.get(room);
        // What is being read may be older than the change; who reads it hears where it fails.
        await entry?.loading?.catch(() => {});
        if (entry?.revision === undefined || entry.value === value) continue;
        // The change tells no revision: what is there now does. One that cannot be read is not the others' trouble.
        await (entry.loading ??= this.#load(room, entry)).catch(this.#options.onFailed);
      }
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#options.onFailed(error);
    }
    this.#watching = false;
  }
}

/** Whether a room is not to be open to everybody only because nobody was there for long. */
function isForEver({ isPrivate, secret }: RoomRecord): boolean {
  return isPrivate || secret !== undefined;
}

/**
 * Reads a record; one of a version that kept less has nothing in what it lacks.
 *
 * @throws {TypeError} It is none.
 */
function parse(value: string): RoomRecord {
  const read = JSON.parse(value);
  const record: RoomRecord = { ...NO_RECORD, ...read };
  const { isPrivate, operators, invited, banned, muted } = record;
  const areLists = [operators, invited, banned, muted].every(Array.isArray);
  if (read instanceof Object && typeof isPrivate === "boolean" && areLists) return record;
  throw new TypeError("Cannot read a room's record: it is of a version that is not known here");
}
