import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Program } from "../support/process.ts";
import { Wire } from "../support/wire.ts";

const NARROW = { deno: ["-P=server"] };

async function startServer(args: readonly string[] = []): Promise<[Program, number]> {
  const server = Program.start("server.ts", ["--port", "0", "--memory", ...args], NARROW);
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
  await using second = Program.start("server.ts", ["--port", `${port}`, "--memory"], NARROW);
  const { code, stderr } = await second.finish();
  assertEquals([code, stderr.length], [1, 1], second.transcript);
  assertMatch(stderr[0]!, new RegExp(`${port} is in use`));
});

Deno.test("without permissions, and nobody to ask, server.ts says what to add", async () => {
  await using server = Program.start("server.ts", ["--port", "0"], { deno: [] });
  const { code, stderr } = await server.finish();
  assertEquals([code, stderr.length], [1, 1], server.transcript);
  assertStringIncludes(
    stderr[0]!,
    "deno run -P=server --allow-net=127.0.0.1:0 --allow-read=./data --allow-write=./data server.ts",
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
