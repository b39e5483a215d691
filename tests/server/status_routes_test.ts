import { assert, assertEquals, assertMatch } from "@std/assert";
import { CommitMeter } from "../../log/commit_meter.ts";
import { memoryLog } from "../../log/memory.ts";
import { ChatServer, type ChatServerOptions } from "../../server/chat_server.ts";
import { EventLoopLag } from "../../server/event_loop_lag.ts";
import { statusRoutes } from "../../server/status_routes.ts";
import type { WebRoutes } from "../../web/web_server.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { parseMetrics, type Samples } from "../support/prometheus.ts";
import { Wire } from "../support/wire.ts";

/** A chat server, and what its status routes say. */
class WatchedServer implements AsyncDisposable {
  readonly commits = new CommitMeter();
  readonly lag = new EventLoopLag();
  readonly server: ChatServer;
  readonly #routes: WebRoutes;

  constructor(options: ChatServerOptions = {}) {
    const log = memoryLog({ observer: this.commits });
    this.server = ChatServer.listen({ port: 0, log, ...options });
    const { server, commits, lag } = this;
    this.#routes = statusRoutes({ server, commits, lag, version: "1.2.3" });
  }

  async get(path: string): Promise<[number, string]> {
    const response = await this.#routes[`GET ${path}`]!(new Request(`http://localhost${path}`), {
      params: {},
      peer: "127.0.0.1:1",
    });
    return [response.status, await response.text()];
  }

  async scrape(): Promise<Samples> {
    return parseMetrics((await this.get("/metrics"))[1]);
  }

  async connect(name: string, room?: string): Promise<Wire> {
    const wire = await Wire.dial(this.server.address);
    await wire.send("connect", { protocol: 1, name, ...(room && { room }) });
    await wire.next(room === undefined ? "connect_ack" : "joined");
    return wire;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.lag[Symbol.dispose]();
    await this.server.close();
  }
}

Deno.test("/ says what there is", async () => {
  await using house = new WatchedServer();
  const [status, text] = await house.get("/");
  assertEquals(status, 200);
  for (const part of ["Parley 1.2.3", "/healthz", "/metrics"]) assert(text.includes(part), part);
});

Deno.test("/healthz is 503 from a write that failed to one that succeeds, with the reason", async () => {
  await using house = new WatchedServer();
  assertEquals(await house.get("/healthz"), [200, "ok\n"]);
  house.commits.failed(new Error("database or disk is full\nat line 1"));
  assertEquals(await house.get("/healthz"), [
    503,
    "the last write of the log failed: database or disk is full\n",
  ]);
  // What is tried, and succeeds, is a message.
  using ann = await house.connect("ann", "lobby");
  await ann.send("message", { room: "lobby", text: "hello", id: "m1" });
  await ann.next("ack");
  assertEquals(await house.get("/healthz"), [200, "ok\n"]);
});

Deno.test("/healthz is 503 while the server stops, and after", async () => {
  await using house = new WatchedServer();
  using ann = await house.connect("ann", "lobby");
  const closed = house.server.close();
  assertEquals(await house.get("/healthz"), [503, "the server is stopping\n"]);
  assertEquals(await ann.errorsUntilEnd(), []);
  ann[Symbol.dispose]();
  await closed;
  assertEquals((await house.get("/healthz"))[0], 503);
});

Deno.test("/healthz is 503 where the log has not answered for 10 s: a disk that hangs fails nothing", async () => {
  const clock = new FakeClock();
  const stored = Promise.withResolvers<void>();
  const log = memoryLog({ clock });
  const append = log.append.bind(log);
  const appending = Promise.withResolvers<void>();
  log.append = async (entries) => {
    appending.resolve();
    await stored.promise;
    return await append(entries);
  };
  await using house = new WatchedServer({ log, clock });
  using ann = await house.connect("ann", "lobby");
  await ann.send("message", { room: "lobby", text: "hello", id: "m1" });
  await appending.promise;
  clock.advance(9_999);
  assertEquals(await house.get("/healthz"), [200, "ok\n"]);
  clock.advance(1);
  assertEquals(await house.get("/healthz"), [
    503,
    "the log has stored nothing for 10 s, and something waits\n",
  ]);
  assertEquals((await house.scrape()).get("parley_unacknowledged_entries"), 1);
  stored.resolve();
  await ann.next("ack");
  assertEquals(await house.get("/healthz"), [200, "ok\n"]);
});

Deno.test("/metrics is Prometheus text of what was done, exactly", async () => {
  await using house = new WatchedServer({ maxConnections: 3 });
  using ann = await house.connect("ann", "lobby");
  using bob = await house.connect("bob", "lobby");
  for (let at = 0; at < 5; at++) {
    await ann.send("message", { room: "lobby", text: `${at}`, id: `m${at}` });
    await ann.next("ack");
  }
  // The same again, another text under its id, a private message, and one to nobody.
  await ann.send("message", { room: "lobby", text: "4", id: "m4" });
  assertEquals((await ann.next("ack")).duplicate, true);
  await ann.send("message", { room: "lobby", text: "5", id: "m4" });
  await ann.next("error");
  await ann.send("private", { to: "bob", text: "psst", id: "p1" });
  await ann.next("ack");
  await ann.send("private", { to: "nobody", text: "psst", id: "p2" });
  await ann.next("error");
  for (let at = 0; at < 5; at++) await bob.next("message");
  await bob.next("private");
  const carl = await house.connect("carl", "kitchen");
  using dora = await Wire.dial(house.server.address);
  assertEquals(await dora.errorsUntilEnd(), ["server_full"]);
  await carl.send("quit", {});
  assertEquals(await carl.errorsUntilEnd(), []);
  carl[Symbol.dispose]();

  const samples = await house.scrape();
  const expected = {
    "parley_connections_total": 3,
    'parley_refused_total{code="server_full"}': 1,
    'parley_refused_total{code="too_many_connections"}': 0,
    "parley_rooms": 1,
    "parley_members": 2,
    'parley_messages_total{kind="room"}': 5,
    'parley_messages_total{kind="private"}': 1,
    "parley_duplicates_total": 1,
    'parley_errors_total{code="id_conflict"}': 1,
    'parley_errors_total{code="unknown_name"}': 1,
    'parley_sessions_ended_total{reason="quit"}': 1,
    "parley_deliveries_total": 5 * 2 + 2,
    "parley_outbox_bytes": 0,
    "parley_pending_write_bytes": 0,
    "parley_slow_readers": 0,
    "parley_limited_total": 0,
    "parley_unacknowledged_entries": 0,
    "parley_commit_entries_total": 7,
    "parley_commit_duration_seconds_count": 6,
    "parley_commit_failures_total": 0,
    [`parley_build_info{version="1.2.3",deno="${Deno.version.deno}"}`]: 1,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals(samples.get(name), value, name);
  }
  for (
    const name of [
      "parley_feed_bytes",
      "process_resident_memory_bytes",
      "process_heap_bytes",
      "process_start_time_seconds",
    ]
  ) assert(samples.get(name)! > 0, name);
});

Deno.test("/metrics counts the bytes of connections, both ways, and pauses of their pace", async () => {
  const clock = new FakeClock();
  const limits = { requestBurst: 3, requestsPerSecond: 1 };
  await using house = new WatchedServer({ clock, limits });
  using wire = await Wire.dial(house.server.address);
  let sent = 0;
  const send = async (type: string, payload: object) => {
    sent += 5 + JSON.stringify({ type, payload }).length;
    await wire.send(type, payload);
  };
  await send("connect", { protocol: 1, name: "ann" });
  await send("ping", { t: 1 });
  await send("ping", { t: 2 });
  // The fourth is done, and then the connection waits until its pace allows the next.
  await send("ping", { t: 3 });
  await wire.next("connect_ack");
  for (let at = 0; at < 3; at++) await wire.next("pong");
  assertEquals((await house.scrape()).get("parley_limited_total"), 1);
  await clock.advanceAsync(1_000);
  await send("quit", {});
  assertEquals(await wire.untilEnd(), []);
  wire[Symbol.dispose]();
  const samples = await house.scrape();
  assertEquals(samples.get("parley_received_bytes_total"), sent);
});

Deno.test("/metrics names no room and nobody, and its labels have few values", async () => {
  await using house = new WatchedServer();
  using ann = await house.connect("ann-with-a-name", "room-with-a-name");
  await ann.send("message", { room: "room-with-a-name", text: "hello", id: "m1" });
  await ann.next("ack");
  await ann.send("private", { to: "nobody-at-all", text: "hello", id: "m2" });
  await ann.next("error");
  const [, text] = await house.get("/metrics");
  assertEquals(text.match(/with-a-name|nobody-at-all|127\.0\.0\.1/g), null);
  for (const [, label] of text.matchAll(/^parley_\w+\{(\w+)=/gm)) {
    assertMatch(label!, /^(kind|code|reason|le|version)$/);
  }
});
