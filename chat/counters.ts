import { Tally } from "./tally.ts";

/**
 * What a chat has done since it began, counted where it is done: plain numbers, since some of them grow
 * with every message. Who wants them reads them when he wants them.
 */
export class ChatCounters {
  /** Messages to rooms that were stored and acknowledged. */
  roomMessages = 0;
  /** Private messages, each once, though both inboxes have it. */
  privateMessages = 0;
  /** Messages that were there already and acknowledged once more. */
  duplicates = 0;
  /** Events given to connections: a message that ten members get is ten. */
  deliveries = 0;
  /** Bytes written to connections. */
  sentBytes = 0;
  /** Bytes read from connections. */
  receivedBytes = 0;
  /** How often a connection was not read for a while since its pace was used up. */
  limited = 0;
  /** Subscriptions now that were live, fell behind and read the log. */
  slowReaders = 0;
  /** Errors told, by code. */
  readonly errors: Tally = new Tally();
  /** Sessions that are over, by reason. */
  readonly ended: Tally = new Tally();
}
