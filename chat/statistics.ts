/** How a chat stands now, and what it has done since it began. No names: of rooms or of people. */
export interface ChatStatistics {
  /** Rooms that have members. */
  readonly rooms: number;
  /** Names that are connected, each once, however many sessions it has. */
  readonly members: number;
  /** Memory that encoded events hold, in bytes. */
  readonly feedBytes: number;
  /** Answers that wait to be written to connections, in bytes. */
  readonly outboxBytes: number;
  /** Memory that writes of events hold that are under way, in bytes; some of it is the feeds'. */
  readonly writeBytes: number;
  /** Subscriptions that were live and fell behind: they read the log. */
  readonly slowReaders: number;
  /** Entries that wait to be stored. */
  readonly unacknowledged: number;
  /** How long entries have waited since the log last answered, in milliseconds; 0 where none waits. */
  readonly logSilenceMs: number;
  /** Messages to rooms that were stored and acknowledged. */
  readonly roomMessages: number;
  /** Private messages, each once. */
  readonly privateMessages: number;
  /** Messages that were there already and acknowledged once more. */
  readonly duplicates: number;
  /** Events given to connections: a message that ten members get is ten. */
  readonly deliveries: number;
  /** Bytes written to connections. */
  readonly sentBytes: number;
  /** Bytes read from connections. */
  readonly receivedBytes: number;
  /** How often a connection was not read for a while since its pace was used up. */
  readonly limited: number;
  /** Errors told, by code. */
  readonly errors: ReadonlyMap<string, number>;
  /** Sessions that are over, by reason: `quit`, `gone`, an error's code. */
  readonly ended: ReadonlyMap<string, number>;
}
