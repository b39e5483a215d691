import type { Metric, Registry } from "prom-client";
import { COMMIT_BOUNDS_SECONDS, type CommitMeter } from "../log/commit_meter.ts";
import type { ServerStatistics } from "./chat_server.ts";
import type { EventLoopLag } from "./event_loop_lag.ts";

/** What {@link ChatMetrics} are read from, at each scrape. */
export interface MetricsSource {
  /** The chat server. */
  readonly server: { readonly statistics: ServerStatistics };
  /** What observes its log. */
  readonly commits: CommitMeter;
  /** What measures the event loop. */
  readonly lag: EventLoopLag;
  /** Parley's version. */
  readonly version: string;
}

type Read = (statistics: ServerStatistics, source: MetricsSource) => number;
type ReadByLabel = (statistics: ServerStatistics) => Iterable<readonly [string, number]>;

/** Known before they happen: a rate begins with the first one. */
const REFUSALS: readonly (readonly [string, number])[] = [
  ["server_full", 0],
  ["too_many_connections", 0],
];

const GAUGES: Readonly<Record<string, readonly [help: string, read: Read]>> = {
  parley_connections: ["Chat connections that are open.", (s) => s.connections],
  parley_rooms: ["Rooms that have members.", (s) => s.rooms],
  parley_members: ["Names that are connected, each once.", (s) => s.members],
  parley_slow_readers: [
    "Followed rooms and inboxes whose reader fell behind and is reading the log.",
    (s) => s.slowReaders,
  ],
  parley_outbox_bytes: ["Answers that wait to be written to connections.", (s) => s.outboxBytes],
  parley_pending_write_bytes: [
    "Memory that writes of events hold that are under way.",
    (s) => s.writeBytes,
  ],
  parley_feed_bytes: ["Memory that the newest events hold, encoded.", (s) => s.feedBytes],
  parley_unacknowledged_entries: ["Log entries that wait to be stored.", (s) => s.unacknowledged],
  parley_event_loop_lag_seconds: [
    "The longest lag of the event loop in the last 30 seconds.",
    (_s, { lag }) => lag.longestSeconds,
  ],
  process_resident_memory_bytes: ["Resident memory.", () => Deno.memoryUsage().rss],
  process_heap_bytes: ["JavaScript heap in use.", () => Deno.memoryUsage().heapUsed],
  process_start_time_seconds: [
    "When the process began, Unix time.",
    () => performance.timeOrigin / 1_000,
  ],
};

const COUNTERS: Readonly<Record<string, readonly [help: string, read: Read]>> = {
  parley_connections_total: ["Chat connections that were taken in.", (s) => s.accepted],
  parley_duplicates_total: [
    "Messages that were stored before and acknowledged once more.",
    (s) => s.duplicates,
  ],
  parley_deliveries_total: [
    "Events given to connections: a message that ten members get is ten.",
    (s) => s.deliveries,
  ],
  parley_sent_bytes_total: ["Bytes written to chat connections.", (s) => s.sentBytes],
  parley_received_bytes_total: ["Bytes read from chat connections.", (s) => s.receivedBytes],
  parley_limited_total: [
    "Times that a connection was not read for a while: its pace was used up.",
    (s) => s.limited,
  ],
  parley_commit_entries_total: [
    "Entries in the log's writes.",
    (_s, { commits }) => commits.entries,
  ],
  parley_commit_failures_total: [
    "Writes of the log that failed.",
    (_s, { commits }) => commits.failures,
  ],
};

const LABELLED: Readonly<Record<string, readonly [help: string, label: string, ReadByLabel]>> = {
  parley_messages_total: [
    "Messages stored and acknowledged.",
    "kind",
    (s) => [["room", s.roomMessages], ["private", s.privateMessages]],
  ],
  parley_refused_total: [
    "Connections that were turned away.",
    "code",
    ({ refused }) => [...REFUSALS, ...refused],
  ],
  parley_errors_total: ["Errors told on chat connections.", "code", (s) => s.errors],
  parley_sessions_ended_total: ["Chat sessions that are over.", "reason", (s) => s.ended],
};

/**
 * A chat server's numbers as Prometheus reads them. docs/OPERATIONS.md says what each means.
 *
 * Nothing is done for them between scrapes: what they are read from counts by itself. No label comes from
 * a peer, and each has few values.
 */
export class ChatMetrics {
  readonly #source: MetricsSource;
  #registry: Promise<Registry> | undefined;
  #statistics: ServerStatistics;

  /** @param source What they are read from. */
  constructor(source: MetricsSource) {
    this.#source = source;
    this.#statistics = source.server.statistics;
  }

  /**
   * Answers a scrape.
   *
   * @returns The text format, and its content type.
   */
  async scrape(): Promise<{ readonly text: string; readonly contentType: string }> {
    const registry = await (this.#registry ??= this.#register());
    this.#statistics = this.#source.server.statistics;
    return { text: await registry.metrics(), contentType: registry.contentType };
  }

  async #register(): Promise<Registry> {
    // Who never scrapes does not wait 0.1 s for it when the server starts.
    const { Counter, Gauge, Registry } = await import("prom-client");
    const registry = new Registry();
    const registers = [registry];
    const read = (from: Read) => from(this.#statistics, this.#source);
    for (const [name, [help, from]] of Object.entries(GAUGES)) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read(from));
        },
      });
    }
    for (const [name, [help, from]] of Object.entries(COUNTERS)) {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read(from));
        },
      });
    }
    const readAll = (from: ReadByLabel) => from(this.#statistics);
    for (const [name, [help, label, from]] of Object.entries(LABELLED)) {
      new Counter({
        name,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset();
          for (const [value, count] of readAll(from)) this.inc({ [label]: value }, count);
        },
      });
    }
    new Gauge({
      name: "parley_build_info",
      help: "What runs: always 1.",
      labelNames: ["version", "deno"],
      registers,
    }).set({ version: this.#source.version, deno: Deno.version.deno }, 1);
    registry.registerMetric(commitDuration(this.#source.commits));
    return registry;
  }
}

/**
 * The histogram of the log's writes. prom-client's own one must see each value, and so would have to be
 * loaded before the first; the registry asks a metric for its name and `get` only.
 */
function commitDuration(commits: CommitMeter): Metric {
  const name = "parley_commit_duration_seconds";
  const get = () => {
    let sum = 0;
    const buckets = [...COMMIT_BOUNDS_SECONDS, "+Inf"].map((le, at) => ({
      metricName: `${name}_bucket`,
      labels: { le },
      value: sum += commits.counts[at]!,
    }));
    return Promise.resolve({
      name,
      help: "How long the log's writes took until they were stored.",
      type: "histogram",
      aggregator: "sum",
      values: [
        ...buckets,
        { metricName: `${name}_sum`, labels: {}, value: commits.seconds },
        { metricName: `${name}_count`, labels: {}, value: commits.count },
      ],
    });
  };
  return { name, get } as unknown as Metric;
}
