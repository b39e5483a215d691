import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Program } from "../support/process.ts";
import { parseMetrics } from "../support/prometheus.ts";
import { TempFolder } from "../support/temp.ts";
import { WebPeer } from "../support/web_peer.ts";
import { Wire } from "../support/wire.ts";

const NARROW = { deno: ["-P=server"] };

async function startServer(
  args: readonly string[] = [],
  web: readonly string[] = ["--no-web"],
): Promise<[Program, number]> {
  const server = Program.start("server.ts", [
    "--port",
    "0",
    "--memory",
    "--guests",
    "any",
    ...web,
    ...args,
  ], NARROW);
  const [, port] = await server.line(/^chat listening on 127\.0\.0\.1:(\d+)$/);
  return [server, Number(port)];
}

Deno.test("server.ts says where it listens and that the log is in memory, and serves", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await server.line(/log is kept in memory/, "stderr");
  using ann = await Wire.dial({ host: "127.0.0.1", port });
  await ann.send("connect", { protocol: 1, name: "ann", room: "lobby" });
  assertEquals((await ann.next("joined")).count, 1);
});

Deno.test("server.ts logs each connection, name, join, leave, and how many are active", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  using ann = await Wire.dial({ host: "127.0.0.1", port });
  await ann.send("connect", { protocol: 1, name: "ann", room: "lobby" });
  await server.line(/connection from 127\.0\.0\.1:\d+, 1 active/, "stderr");
  await server.line(/ann connected from 127\.0\.0\.1/, "stderr");
  await server.line(/ann joined lobby/, "stderr");
  await ann.send("quit", {});
  await server.line(/ann left lobby/, "stderr");
  await server.line(/ann at .* is gone \(quit\), 0 active/, "stderr");
});

Deno.test("server.ts --log-json logs JSON lines, --log-level error nothing of the daily round", async () => {
  const [server, port] = await startServer(["--log-json"]);
  await using _server = server;
  using ann = await Wire.dial({ host: "127.0.0.1", port });
  await ann.send("connect", { protocol: 1, name: "ann" });
  const [line] = await server.line(/^\{.*connected from.*\}$/, "stderr");
  assertEquals(JSON.parse(line).level, "INFO");
  const [quiet, quietPort] = await startServer(["--log-level", "error"]);
  await using _quiet = quiet;
  using bob = await Wire.dial({ host: "127.0.0.1", port: quietPort });
  await bob.send("connect", { protocol: 1, name: "bob" });
  await bob.next("connect_ack");
  quiet.kill("SIGTERM");
  const { stderr } = await quiet.finish();
  assert(!stderr.join("\n").includes("bob"));
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} tells the members, flushes, and ends server.ts with 0`, async () => {
    const [server, port] = await startServer();
    await using _server = server;
    using ann = await Wire.dial({ host: "127.0.0.1", port });
    await ann.send("connect", { protocol: 1, name: "ann", room: "lobby" });
    await ann.next("joined");
    server.kill(signal);
    // A terminal may deliver it twice at once: that is no second wish.
    server.kill(signal);
    assertEquals((await ann.next("notification")).kind, "shutdown");
    assertEquals(await ann.receive(), undefined);
    ann[Symbol.dispose]();
    assertEquals((await server.finish()).code, 0, server.transcript);
  });
}

Deno.test("a second signal, half a second later, ends server.ts at once", async () => {
  const [server, port] = await startServer(["--rate-limit", "off"]);
  await using _server = server;
  using ann = await Wire.dial({ host: "127.0.0.1", port });
  using bob = await Wire.dial({ host: "127.0.0.1", port });
  for (const [wire, name] of [[ann, "ann"], [bob, "bob"]] as const) {
    await wire.send("connect", { protocol: 1, name, room: "lobby" });
    await wire.next("joined");
  }
  // More than the sockets hold of what bob does not read: flushing it would take the server 10 s.
  for (let at = 0; at < 1_000; at++) {
    await ann.send("message", { room: "lobby", text: "x".repeat(16_000), id: `m${at}` });
    await ann.next("ack");
  }
  server.kill("SIGTERM");
  await server.line(/^stopping/, "stderr");
  // A second signal counts half a second after the first: terminals deliver one twice.
  await new Promise((resolve) => setTimeout(resolve, 700));
  server.kill("SIGTERM");
  assertEquals((await server.finish()).code, 130, server.transcript);
});

Deno.test("server.ts --max-connections is how many there may be", async () => {
  const [server, port] = await startServer(["--max-connections", "1"]);
  await using _server = server;
  using ann = await Wire.dial({ host: "127.0.0.1", port });
  await ann.send("connect", { protocol: 1, name: "ann" });
  await ann.next("connect_ack");
  using bob = await Wire.dial({ host: "127.0.0.1", port });
  assertEquals(await bob.errorsUntilEnd(), ["server_full"]);
});

for (
  const [args, message] of [
    [["--prot", "1"], 'Unknown option "--prot"'],
    [["--port", "65536"], "--port cannot be"],
    [["--port", "-1"], "--port"],
    [["--port", "1.5"], "--port cannot be"],
    [["--port="], "--port cannot be empty"],
    [["--host", ""], "--host needs a value"],
    [["--host", "a b"], 'Cannot use the address "a b:12345"'],
    [["--host", "[::"], "Cannot use the address"],
    [["--rate-limit", "maybe"], "--rate-limit cannot be"],
    [["--data", "x", "--memory"], "--data and --memory"],
    [["--memory", "--retain", "age=1d"], "--retain needs a data folder"],
    [["--retain", "30d"], '"30d" says nothing that is known'],
    [["--retain", "age=30"], '"30" is no age'],
    [["--retain", "count=0"], '"0" is no count'],
    [["--retain", "bytes=1X"], '"1X" is no bytes'],
    [["--retain", "count=1,count=2"], "count is there twice"],
    [["--retain", ""], "--retain cannot be empty"],
    [["--keep-files", "30"], '--keep-files cannot be "30"'],
    [["--max-file", "0"], '--max-file cannot be "0"'],
    [["--files-quota", "many"], '--files-quota cannot be "many"'],
    [["--web-origin", "chat.example"], 'Cannot take "chat.example" as an origin'],
    [["--web-origin", "https://a.example,"], 'Cannot take "" as an origin'],
    [["extra"], 'Unknown argument "extra"'],
  ] as const
) {
  Deno.test(`server.ts ${args.join(" ")} is one clear line and exit 2`, async () => {
    await using server = Program.start("server.ts", args, NARROW);
    const { code, stdout, stderr } = await server.finish();
    assertEquals([code, stdout, stderr.length], [2, [], 1], server.transcript);
    assertStringIncludes(stderr[0]!, message);
  });
}

Deno.test("a port in use is a sentence and exit 1", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using second = Program.start(
    "server.ts",
    ["--port", `${port}`, "--memory", "--no-web"],
    NARROW,
  );
  const { code, stderr } = await second.finish();
  assertEquals([code, stderr.length], [1, 1], second.transcript);
  assertMatch(stderr[0]!, new RegExp(`${port} is in use`));
});

Deno.test("a web port in use is a sentence and exit 1, and nothing was said to be ready", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const args = ["--port", "0", "--memory", "--web-port", `${taken.addr.port}`];
  await using server = Program.start("server.ts", args, NARROW);
  const { code, stdout, stderr } = await server.finish();
  assertEquals([code, stdout, stderr.length], [1, [], 1], server.transcript);
  assertMatch(stderr[0]!, new RegExp(`${taken.addr.port} is in use.*choose another --web-port`));
});

Deno.test("--no-web opens no web port, and says none", async () => {
  const [server] = await startServer([], ["--no-web", "--web-port", "0"]);
  await using _server = server;
  server.kill("SIGTERM");
  const { stdout } = await server.finish();
  assertEquals(stdout.length, 1, server.transcript);
});

Deno.test("server.ts takes pages in on the web port, of its own origins, and tells them when it stops", async () => {
  const web = ["--web-port", "0", "--web-origin", "https://a.example,https://b.example"];
  const [server, port] = await startServer([], web);
  await using _server = server;
  const [, url] = await server.line(/^web listening on (.+)$/);
  const headers = { origin: "https://b.example" };
  await using ann = await WebPeer.connect(url!, "ann", { room: "lobby" }, { headers });
  await assertRejects(() => WebPeer.open(url!, { headers: { origin: "https://c.example" } }));
  using bob = await Wire.dial({ host: "127.0.0.1", port });
  await bob.send("connect", { protocol: 1, name: "bob", room: "lobby" });
  await bob.next("joined");
  await bob.send("message", { room: "lobby", text: "from a terminal", id: "b1" });
  assertEquals((await ann.next("message")).text, "from a terminal");
  server.kill("SIGTERM");
  assertEquals(await ann.closed, { code: 1001, reason: "shutdown" });
  assertEquals(ann.received.at(-1)?.payload, {
    kind: "shutdown",
    message: "The server is stopping: connect again later",
  });
  assertEquals((await server.finish()).code, 0);
});

Deno.test("server.ts tells on the web port how it does: exactly", async () => {
  const [server, port] = await startServer([], ["--web-port", "0"]);
  await using _server = server;
  const [, url] = await server.line(/^web listening on (http:\/\/127\.0\.0\.1:\d+\/)$/);
  const ask = async (path: string): Promise<[number, string]> => {
    const response = await fetch(url + path);
    return [response.status, await response.text()];
  };
  assertEquals(await ask("healthz"), [200, "ok\n"]);
  const wires: Wire[] = [];
  using stack = new DisposableStack();
  for (const name of ["ann", "bob", "carl"]) {
    const wire = stack.use(await Wire.dial({ host: "127.0.0.1", port }));
    await wire.send("connect", { protocol: 1, name, room: "lobby" });
    await wire.next("joined");
    wires.push(wire);
  }
  const [ann] = wires as [Wire];
  for (let at = 0; at < 7; at++) {
    await ann.send("message", { room: "lobby", text: "hello", id: `m${at}` });
  }
  for (const wire of wires) for (let at = 0; at < 7; at++) await wire.next("message");
  const [status, text] = await ask("metrics");
  assertEquals(status, 200);
  const samples = parseMetrics(text);
  for (
    const [name, value] of Object.entries({
      "parley_connections": 3,
      "parley_connections_total": 3,
      "parley_rooms": 1,
      "parley_members": 3,
      'parley_messages_total{kind="room"}': 7,
      "parley_deliveries_total": 21,
      "parley_slow_readers": 0,
      "parley_commit_entries_total": 7,
    })
  ) assertEquals(samples.get(name), value, `${name}\n${text}`);
  assertEquals((await ask(""))[0], 200);
  assertEquals((await ask("nothing"))[0], 404);

  server.kill("SIGTERM");
  for (const wire of wires) await wire.untilEnd();
  stack.dispose();
  assertEquals((await server.finish()).code, 0, server.transcript);
});

Deno.test("server.ts keeps on disk what /metrics counts as commits", async () => {
  await using folder = new TempFolder();
  const data = folder.file("data");
  const args = ["--port", "0", "--web-port", "0", "--data", data, "--guests", "any"];
  const deno = ["-P=server", `--allow-read=${data}`, `--allow-write=${data}`];
  await using server = Program.start("server.ts", args, { deno });
  const [, port] = await server.line(/^chat listening on 127\.0\.0\.1:(\d+)$/);
  const [, url] = await server.line(/^web listening on (.*)$/);
  using ann = await Wire.dial({ host: "127.0.0.1", port: Number(port) });
  await ann.send("connect", { protocol: 1, name: "ann", room: "lobby" });
  await ann.next("joined");
  const scrape = async () => parseMetrics(await (await fetch(`${url}metrics`)).text());
  const before = await scrape();
  for (let at = 0; at < 5; at++) {
    await ann.send("message", { room: "lobby", text: "hello", id: `m${at}` });
    assertEquals((await ann.next("ack")).stored, "disk");
  }
  const after = await scrape();
  const grown = (name: string) => after.get(name)! - before.get(name)!;
  assertEquals(grown("parley_commit_entries_total"), 5);
  assertEquals(grown("parley_commit_duration_seconds_count"), 5);
  assert(grown("parley_commit_duration_seconds_sum") > 0);
});

Deno.test("without permissions, and nobody to ask, server.ts says what to add", async () => {
  await using server = Program.start("server.ts", ["--port", "0"], { deno: [] });
  const { code, stderr } = await server.finish();
  assertEquals([code, stderr.length], [1, 1], server.transcript);
  assertStringIncludes(
    stderr[0]!,
    "deno run -P=server --allow-net=127.0.0.1:0 --allow-net=127.0.0.1:8080 --allow-read=./data --allow-write=./data server.ts",
  );
});

Deno.test("server.ts --help and --version", async () => {
  await using help = Program.start("server.ts", ["--help"], { deno: [] });
  const { code, stdout } = await help.finish();
  assertEquals(code, 0);
  for (const option of ["--host", "--port", "--no-web", "--data", "--memory", "--log-json"]) {
    assertStringIncludes(stdout.join("\n"), option);
  }
  await using version = Program.start("server.ts", ["--version"], { deno: [] });
  assertMatch((await version.finish()).stdout[0]!, /^parley \d+\.\d+\.\d+$/);
});
