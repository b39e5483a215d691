import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { Credentials } from "../../client/credentials.ts";
import { KeyFile } from "../../client/key_file.ts";
import { ProtocolError } from "../../codec/errors.ts";
import type { Connection } from "../../net/connection.ts";
import { dial } from "../../net/tcp.ts";
import { killHard, startOnDisk } from "../support/disk_server.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";
import { TestTerminal } from "../support/terminal.ts";

/** A server's process, and its port; with a port, once that is free again. */
async function startServer(port = 0): Promise<[Program, number]> {
  const args = [
    "--port",
    String(port),
    "--memory",
    "--no-web",
    "--rate-limit",
    "off",
    "--guests",
    "any",
  ];
  const server = Program.start("server.ts", args, { deno: ["-P=server"] });
  const [, found] = await server.line(/^chat listening on 127\.0\.0\.1:(\d+)$/);
  return [server, Number(found)];
}

/** A config folder of the test's own, and how client.ts is started with it. */
async function configFolder() {
  const folder = await Deno.makeTempDir({ prefix: "parley-client-" });
  return {
    folder,
    deno: ["-P=client", `--allow-read=${folder}`, `--allow-write=${folder}`],
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function startFilter(port: number, args: readonly string[] = []): Program {
  return Program.start("client.ts", ["--port", String(port), ...args], {
    deno: ["-P=client"],
    stdin: true,
  });
}

function openTerminal(config: { deno: readonly string[]; folder: string }, args: string) {
  const run = [Deno.execPath(), "run", "-q", ...config.deno, "client.ts"].join(" ");
  return new TestTerminal(`${run} --config ${config.folder} ${args}`, { cols: 90, rows: 24 });
}

Deno.test("two clients and a server: what one says, both see, in one order", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using ann = await ChatClient.connect({ port, name: "ann", room: "lobby" });
  await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  const texts = async (client: ChatClient, count: number) => {
    const found: string[] = [];
    for await (const { type, payload } of client.events) {
      if (type === "message") found.push(`${payload.seq} ${payload.sender} ${payload.text}`);
      if (found.length === count) break;
    }
    return found;
  };
  const acks = await Promise.all([
    ...["a1", "a2", "a3"].map((text) => ann.send("lobby", text)),
    ...["b1", "b2", "b3"].map((text) => bob.send("lobby", text)),
  ]);
  assertEquals(acks.map(({ seq }) => seq).sort(), [1, 2, 3, 4, 5, 6]);
  const [toAnn, toBob] = await Promise.all([texts(ann, 6), texts(bob, 6)]);
  assertEquals(toAnn, toBob);
  assertEquals(await Array.fromAsync(ann.who("lobby")), ["ann", "bob"]);
  assertEquals(await Array.fromAsync(bob.rooms()), [{ room: "lobby", count: 2 }]);
  assertEquals((await ann.history("lobby", { limit: 2 })).messages.map(({ seq }) => seq), [5, 6]);
  assertEquals((await bob.sendPrivate("ANN", "psst")).delivered, "live");
  assert(await ann.ping() >= 0);
});

Deno.test("ChatClient gets, in order and once, what was said while its connection was cut", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  const connections: Connection[] = [];
  await using ann = await ChatClient.connect({
    port,
    name: "ann",
    room: "lobby",
    async dial(options) {
      const connection = await dial(options);
      connections.push(connection);
      return connection;
    },
  });
  await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  const seen: number[] = [];
  const reading = (async () => {
    let missed = 0;
    for await (const { type, payload } of ann.events) {
      if (type === "joined") missed += payload.missed;
      if (type === "message") seen.push(payload.seq);
      if (seen.length === 20) return missed;
    }
    return missed;
  })();
  for (let round = 1; round <= 2; round++) {
    // Cut in the middle of ten sends of either side.
    const sent = Array.from({ length: 5 }, (_, at) => [
      bob.send("lobby", `bob ${round} ${at}`),
      ann.send("lobby", `ann ${round} ${at}`),
    ]).flat();
    connections.at(-1)!.close();
    await Promise.all(sent);
  }
  assert(await reading > 0);
  assertEquals(seen, Array.from({ length: 20 }, (_, at) => at + 1));
  assertEquals(connections.length, 3);
});

Deno.test("client.ts as a filter says each line, waits for the acknowledgements, and exits 0", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using bob = await ChatClient.connect({ port, name: "bob", room: "ops" });
  await using filter = startFilter(port, ["--room", "ops"]);
  await filter.write("one\n\n  \ntwo\r\nexit\n");
  await filter.write("three, without an end");
  const { code, stdout, stderr } = await filter.finish();
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: [], stderr: [] });
  const { messages } = await bob.history("ops");
  assertEquals(messages.map(({ text }) => text), ["one", "two", "exit", "three, without an end"]);
});

Deno.test("client.ts --json prints every server message, and no token", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using filter = startFilter(port, ["--json"]);
  await filter.write("hel\u202elo\n");
  const { code, stdout } = await filter.finish();
  assertEquals(code, 0);
  assert(!stdout.some((line) => line.includes("\u202e")), "what turns a line round is escaped");
  const messages = stdout.map((line) => JSON.parse(line));
  const types = messages.map(({ type }) => type);
  assertEquals(types.slice(0, 2), ["connect_ack", "joined"]);
  assertEquals(types.slice(2).sort(), ["ack", "message", "room"]);
  assertEquals(messages[0].payload.token, undefined);
  assertEquals(messages.find(({ type }) => type === "message").payload.text, "hel\u202elo");
  assertMatch(messages[0].payload.name, /^guest-[0-9a-f]{8}$/);
});

Deno.test("client.ts --follow prints what is said until it is stopped", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  await using filter = startFilter(port, ["--follow", "--name", "ann"]);
  await filter.write("here I am\n");
  await filter.closeInput();
  await filter.line(/^\[lobby\] ann: here I am$/);
  await bob.send("lobby", "two\nlines\x09and a tab");
  await bob.sendPrivate("ann", "psst");
  await filter.line(/^\[private\] bob: psst$/);
  assertEquals(filter.lines.stdout.slice(1, 3), ["[lobby] bob: two", "  | lines    and a tab"]);
  filter.kill("SIGINT");
  assertEquals((await filter.finish()).code, 0);
});

Deno.test("client.ts as a filter names the lines that it could not send, and sends the others", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  await using filter = startFilter(port);
  await filter.write(`good\n${"x".repeat(200_000)}\n\x1b[2J\nbetter\n`);
  const { code, stderr } = await filter.finish();
  assertEquals(code, 1);
  assertMatch(stderr[0]!, /line 2 was not sent: .* the limit is 16384$/);
  assertMatch(stderr[1]!, /line 3 was not sent: .* U\+001B/);
  assertEquals((await bob.history("lobby")).messages.map(({ text }) => text), ["good", "better"]);
});

Deno.test("client.ts as a filter says in one line what is wrong", async () => {
  const wrong = async (args: readonly string[]) => {
    await using program = Program.start("client.ts", args, { deno: ["-P=client"] });
    const { code, stdout, stderr } = await program.finish();
    assertEquals([stdout.length, stderr.length], [0, 1], program.transcript);
    return [code, stderr[0]!] as const;
  };
  const [server, port] = await startServer();
  await using _server = server;
  server.kill("SIGTERM");
  await server.finish();
  const [failed, refused] = await wrong(["--port", String(port)]);
  assertEquals(failed, 1);
  assertMatch(refused, /^client\.ts: Failed to connect to 127\.0\.0\.1:\d+: nobody listens there/);
  for (
    const [args, pattern] of [
      [["--name", "a b"], /--name: Cannot use "a b" as a name/],
      [["--name", ""], /--name needs a value/],
      [["--room", "#x"], /--room: Cannot use "#x" as a room/],
      [["--port", "0"], /--port cannot be "0"/],
      [["--bogus"], /Unknown option "--bogus"/],
    ] as const
  ) {
    const [code, line] = await wrong(args);
    assertEquals(code, 2);
    assertMatch(line, pattern);
  }
});

Deno.test("client.ts makes a key at its first run, for its owner only, and is known by it", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using config = await configFolder();
  const args = ["--port", String(port), "--name", "ci", "--config", config.folder];
  const sendOnce = async (deno: readonly string[]) => {
    await using filter = Program.start("client.ts", args, { deno, stdin: true });
    await filter.write("hello\n");
    return await filter.finish();
  };
  for (let run = 0; run < 2; run++) {
    assertEquals(await sendOnce(config.deno), { code: 0, stdout: [], stderr: [] });
  }
  assertEquals(Array.from(Deno.readDirSync(config.folder), ({ name }) => name), ["key.json"]);
  const path = `${config.folder}/key.json`;
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  // Without the folder the name is somebody's, and the way out is named.
  const { code, stderr } = await sendOnce(["-P=client"]);
  assertEquals(code, 1);
  assertMatch(stderr[0]!, /-P=client --allow-read=\S+ --allow-write=\S+ client\.ts$/);
  assertMatch(stderr[1]!, /belongs to somebody else/);
  await Deno.chmod(path, 0o644);
  const readable = await sendOnce(config.deno);
  assertEquals([readable.code, readable.stderr.length], [1, 1]);
  assertMatch(readable.stderr[0]!, /its mode is 0644, so that others can read it\..* chmod 600 /);
});

Deno.test("client.ts moves a name over to its key, and forgets the token", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using config = await configFolder();
  const address = { host: "127.0.0.1", port };
  const old = await ChatClient.connect({ ...address, name: "ci" });
  await new Credentials(config.folder).keep(address, "ci", old.token!);
  await old.close();
  const args = ["--port", String(port), "--name", "ci", "--config", config.folder];
  await using filter = Program.start("client.ts", args, { deno: config.deno, stdin: true });
  await filter.write("hello\n");
  assertEquals(await filter.finish(), { code: 0, stdout: [], stderr: [] });
  assertEquals(Array.from(Deno.readDirSync(`${config.folder}/tokens`)), []);
  const late = { ...address, name: "ci", token: old.token! };
  await assertRejects(() => ChatClient.connect(late), ProtocolError, "/link on one that has it");
});

Deno.test("a second device is taken in by /link, listed, and taken out again", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using laptop = await configFolder();
  await using phone = await configFolder();
  const args = `--host 127.0.0.1 --port ${port} --name ann`;
  await using first = openTerminal(laptop, args);
  await first.untilLine("You are in lobby, nobody else is here");
  await first.type("/link\r");
  const CODE = /the code[\s|]+((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})/;
  await first.until(() => CODE.test(first.text));
  const [, code] = CODE.exec(first.text)!;
  await using second = openTerminal(phone, `${args} --link`);
  await second.untilLine("The code that /link shows on your other device:");
  await second.type(`${code!.toLowerCase()}\r`);
  await second.untilLine("You are in lobby, nobody else is here");
  const TAKEN_IN = /The device (\S{23}) is yours from now on/;
  await first.until(() => TAKEN_IN.test(first.text));
  const [, print] = TAKEN_IN.exec(first.text)!;
  await second.type("/fingerprint\r");
  await second.untilLine(`This device is ${print}`);
  await first.type("/devices\r");
  await first.until(() => first.text.includes(`${print} since`));
  await first.type(`/revoke ${print}\r`);
  await first.untilLine(`The device ${print} is not yours any more`);
  await second.untilLine("The session has ended: This device's key was taken from");
  assertEquals(await second.ended(), 1);
  await first.type("/logout\r");
  assertEquals(await first.ended(), 0);
});

Deno.test("client.ts --link off a terminal reads the code from its first line", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using config = await configFolder();
  const { key } = await new KeyFile(config.folder).open();
  await using ann = await ChatClient.connect({ port, name: "ann", key });
  const { code, linked } = await ann.link();
  await using other = await configFolder();
  const args = ["--port", String(port), "--name", "ann", "--config", other.folder, "--link"];
  await using filter = Program.start("client.ts", args, { deno: other.deno, stdin: true });
  await filter.write(`${code}\nhello\n`);
  assertEquals(await filter.finish(), { code: 0, stdout: [], stderr: [] });
  assertEquals(await linked, (await new KeyFile(other.folder).open()).key.publicKey);
});

Deno.test("client.ts as a filter goes on when the server comes back", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using filter = startFilter(port, ["--follow", "--name", "ann"]);
  await filter.write("before\n");
  await filter.line(/ann: before/);
  server.kill("SIGKILL");
  await filter.line(/Disconnected from the server/, "stderr");
  await filter.write("meanwhile\n");
  const [again] = await startServer(port);
  await using _again = again;
  await filter.line(/ann: meanwhile/);
  // The log was in memory: that something is gone is told.
  await filter.line(/some of what was said is gone for good/, "stderr");
  await filter.closeInput();
  filter.kill("SIGTERM");
  assertEquals((await filter.finish()).code, 0);
});

Deno.test("client.ts on a terminal asks for what is missing, and leaves a half-typed line whole", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using config = await configFolder();
  await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  await using terminal = openTerminal(config, "");
  await terminal.untilLine("Server address [127.0.0.1]:");
  await terminal.type("\r");
  await terminal.untilLine("Port [12345]:");
  await terminal.type(`${port}\r`);
  await terminal.untilLine("Your name:");
  await terminal.type("a b\r");
  await terminal.untilLine('Cannot use "a b" as a name');
  await terminal.type("ann\r");
  await terminal.untilLine("You are in lobby, 1 other is here");

  // A line of two rows, the cursor moved back into it.
  const half =
    "half a thought that is long enough to need a second row of a screen that has ninety columns";
  await terminal.type(half + "\x1b[D\x1b[D");
  await terminal.until((lines) => lines.at(-1) === "> " + half.slice(-1) || isTyped(lines, half));
  await bob.send("lobby", "a message in mid-line");
  await terminal.untilLine("bob: a message in mid-line");
  await terminal.until((lines) => isTyped(lines, half));
  await terminal.type("X");
  await terminal.until((lines) => isTyped(lines, half.slice(0, -2) + "X" + half.slice(-2)));
  await terminal.type("\r");
  await terminal.until((lines) => lines.some((line) => /^\d\d:\d\d +ann: half/.test(line)));
  await terminal.untilLine("#2");
  // What was typed is on the screen once: as the message that it became.
  const shown = terminal.lines.join("").split("half a thought").length - 1;
  assertEquals(shown, 1);
  await terminal.type("exit\r");
  assertEquals(await terminal.ended(), 0);
});

/** Whether the last rows of the screen are the prompt and this line. */
function isTyped(lines: readonly string[], line: string): boolean {
  // The last column stays free.
  const rows = Math.ceil((line.length + 2) / 89);
  return lines.slice(-rows).map((row) => row.padEnd(89)).join("").trimEnd() === "> " + line;
}

Deno.test("client.ts on a terminal says that nobody listens, what to check, and asks again", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  const [other, wrongPort] = await startServer();
  await using _other = other;
  other.kill("SIGKILL");
  await other.finish();
  await using config = await configFolder();
  await using terminal = openTerminal(config, `--host 127.0.0.1 --port ${wrongPort} --name ann`);
  await terminal.untilLine(`Failed to connect to 127.0.0.1:${wrongPort}`);
  await terminal.untilLine("Is the server running");
  await terminal.untilLine("Server address [127.0.0.1]:");
  await terminal.type("\r");
  await terminal.untilLine(`Port [${wrongPort}]:`);
  await terminal.type(`${port}\r`);
  await terminal.untilLine("Connected as ann");
  await terminal.type("\x04");
  assertEquals(await terminal.ended(), 0);
});

Deno.test("client.ts on a terminal asks for another name where one is taken", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using config = await configFolder();
  await using _bob = await ChatClient.connect({ port, name: "bob" });
  await using terminal = openTerminal(config, `--host 127.0.0.1 --port ${port} --name bob`);
  await terminal.untilLine("belongs to somebody else");
  await terminal.untilLine("Your name:");
  await terminal.type("ann\r");
  await terminal.untilLine("Connected as ann");
  // Ctrl-C leaves in order.
  await terminal.type("\x03");
  assertEquals(await terminal.ended(), 0);
});

Deno.test("client.ts on a terminal does what the commands say", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using config = await configFolder();
  await using bob = await ChatClient.connect({ port, name: "bob", room: "den" });
  await bob.send("den", "first");
  await using terminal = openTerminal(config, `--host 127.0.0.1 --port ${port} --name ann`);
  await terminal.untilLine("Connected as ann");
  for (
    const [typed, shown] of [
      ["/help", "/join ROOM   /go ROOM|N"],
      ["/help msg", "-- /msg NAME TEXT: write to one person"],
      ["/join den", "You are in den, 1 other is here"],
      ["/who", "---- den: 2 members ----"],
      ["/rooms", "Rooms: den (2), lobby (1)"],
      ["/history 1", "bob: first"],
      ["//quit is a command", "     ann: /quit is a command #2"],
      ["/msg bob psst", "[private to bob] ann: psst #1"],
      ["/msg nobody psst", "Not sent:"],
      ["/msg bob", "It is written /msg NAME TEXT"],
      ["/frob", "There is no /frob: /help lists the commands"],
      ["/histroy", "There is no /histroy: did you mean /history?"],
      ["/leave", "what you type goes to lobby"],
      ["back", "     ann: back #1"],
      ["\x1b[200~a block\r\nof two\x1b[201~", "… of two"],
      ["", "| of two #2"],
    ] as const
  ) {
    await terminal.type(typed + (typed.startsWith("\x1b") ? "" : "\r"));
    await terminal.untilLine(shown);
  }
  await terminal.type("/quit\r");
  assertEquals(await terminal.ended(), 0);
  // The terminal is given back: pastes are not marked any more.
  assert(terminal.raw.lastIndexOf("\x1b[?2004l") > terminal.raw.lastIndexOf("\x1b[?2004h"));
});

Deno.test("client.ts on a terminal comes back to a server that was killed, and tells what it missed", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using config = await configFolder();
  await using terminal = openTerminal(config, `--host 127.0.0.1 --port ${port} --name ann`);
  await terminal.untilLine("You are in lobby");
  server.kill("SIGKILL");
  await terminal.untilLine("Disconnected from the server");
  await terminal.type("typed while away\r");
  await terminal.untilLine("Not connected: it is sent when the server is back");
  const [again] = await startServer(port);
  await using _again = again;
  await terminal.untilLine("Connected again as ann");
  await terminal.untilLine("some of what was said is gone for good");
  await terminal.untilLine("     ann: typed while away #1");
  await terminal.type("exit\r");
  assertEquals(await terminal.ended(), 0);
});

Deno.test("client.ts on a terminal shows a hostile text as text", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using config = await configFolder();
  await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  await using terminal = openTerminal(config, `--host 127.0.0.1 --port ${port} --name ann`);
  await terminal.untilLine("You are in lobby");
  await bob.send("lobby", "12:00\n12:00 [lobby] ann: I owe bob \u202eyenom\u200b");
  await terminal.untilLine("      | 12:00 [lobby] ann: I owe bob yenom");
  await terminal.type("\x1a/quit\r");
  assertEquals(await terminal.ended(), 0);
});

Deno.test("client.ts without a memory of its own tells what was missed since it left, in order, once", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using config = await configFolder();
  const args = `--host 127.0.0.1 --port ${port} --name bob`;
  await using first = openTerminal(config, args);
  await first.untilLine("You are in lobby, nobody else is here");
  assert(!first.text.includes("missed"));
  await first.type("/quit\r");
  assertEquals(await first.ended(), 0);

  await using ann = await ChatClient.connect({ port, name: "ann", room: "lobby" });
  for (const text of ["one", "two", "three"]) await ann.send("lobby", text);
  for (const text of ["psst", "psst again"]) {
    assertEquals((await ann.sendPrivate("BOB", text)).delivered, "queued");
  }

  // Another machine, to which the key alone was copied.
  await using other = await configFolder();
  await Deno.copyFile(`${config.folder}/key.json`, `${other.folder}/key.json`);
  await using second = openTerminal(other, args);
  const day = "(?:today|yesterday) \\d\\d:\\d\\d";
  await second.untilLine("ann: three");
  for (
    const line of [
      `-- Connected as bob; you missed 2 private messages since ${day}\\.`,
      "---- 2 missed private messages ----$",
      "\\d\\d:\\d\\d missed \\[private\\] ann: psst$",
      "\\d\\d:\\d\\d missed \\[private\\] ann: psst again$",
      `-- You are in lobby, 1 other is here; you missed 3 messages since ${day}$`,
      "---- 3 missed messages ----\\n.*     ann: one\\n.*     ann: two\\n.*     ann: three\\n---- now ----$",
    ]
  ) assertMatch(second.text, new RegExp(`^${line}`, "m"));
  await ann.send("lobby", "live");
  await second.until((lines) => lines.some((line) => /^\d\d:\d\d {6}ann: live$/.test(line)));
  await second.type("/quit\r");
  assertEquals(await second.ended(), 0);

  await using third = openTerminal(config, args);
  await third.untilLine("You are in lobby, 1 other is here");
  await third.type("back\r");
  await third.untilLine("     bob: back #5");
  assert(!third.text.includes("missed"), third.text);
  await third.type("/quit\r");
  assertEquals(await third.ended(), 0);
});

Deno.test("a ChatClient with its token and no cursors is told what its name has not seen", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  const first = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  const { token } = first;
  await using ann = await ChatClient.connect({ port, name: "ann", room: "lobby" });
  const { seq } = await ann.send("lobby", "read");
  await ann.send("lobby", "written to the connection, not read");
  for await (const { type } of first.events) if (type === "message") break;
  first.seen("lobby", seq);
  await first.close();
  await ann.send("lobby", "said while away");
  await using again = await ChatClient.connect({ port, name: "bob", room: "lobby", token: token! });
  const texts: string[] = [];
  for await (const { type, payload } of again.events) {
    if (type === "joined") {
      assertEquals(payload.missed, 2);
      assert(Math.abs(Date.now() - payload.missedSince!) < 60_000);
    }
    if (type === "message" && texts.push(payload.text) === 2) break;
  }
  assertEquals(texts, ["written to the connection, not read", "said while away"]);
});

Deno.test("client.ts on a terminal finds messages", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using config = await configFolder();
  await using bob = await ChatClient.connect({ port, name: "Bob", room: "lobby" });
  await bob.join("den");
  await bob.send("lobby", "Café at five");
  await bob.send("den", "no cafe in the den");
  await using terminal = openTerminal(config, `--host 127.0.0.1 --port ${port} --name ann`);
  await terminal.untilLine("You are in lobby");
  await bob.sendPrivate("ann", "the other cafe");
  await terminal.untilLine("[private] Bob: the other cafe");
  await terminal.type("my own café\r");
  await terminal.untilLine("my own café #2");
  for (
    const [typed, ...shown] of [
      [
        "/search cafe",
        "Found 3 messages with cafe, the oldest first",
        "\\d\\d:\\d\\d      Bob: Café at five",
        "\\d\\d:\\d\\d \\[private\\] Bob: the other cafe",
        "\\d\\d:\\d\\d      ann: my own café #2",
        "---- now ----",
      ],
      ['/search from:BOB in:lobby "at five"', 'Found 1 message with "at five", the oldest first'],
      ["/search from:bob own", "Found no message with own"],
      ["/search in:den cafe", 'You are not in "den"'],
      ["/search", "It is written /search WORDS"],
    ] as const
  ) {
    // What comes takes the place of the status line and the prompt.
    const from = terminal.text.lastIndexOf("1:lobby");
    await terminal.type(`${typed}\r`);
    const pattern = new RegExp(shown.join("[^]*").replaceAll("today", "(?:today|yesterday)"));
    await terminal.until(() => pattern.test(terminal.text.slice(from)));
  }
  for (let at = 0; at < 21; at++) await bob.send("lobby", `again ${at}`);
  await terminal.type("/search again\r");
  await terminal.untilLine("Found more; the newest 20 messages with again");
  assertEquals((await bob.search("cafe")).messages.length, 4);
  assertEquals((await bob.search("cafe", { room: "DEN", from: "bob", limit: 1 })).more, false);
  await terminal.type("/quit\r");
  assertEquals(await terminal.ended(), 0);
});

Deno.test("client.ts on a terminal folds a text of many rows, and shows all of it when asked", async () => {
  const [server, port] = await startServer();
  await using _server = server;
  await using config = await configFolder();
  await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  await using terminal = openTerminal(config, `--host 127.0.0.1 --port ${port} --name ann`);
  await terminal.untilLine("You are in lobby");
  await bob.send("lobby", "\n".repeat(16_384));
  await terminal.untilLine("| … all of it: /show lobby 1");
  assert(terminal.lines.length < 60, `${terminal.lines.length} rows`);
  await bob.send("lobby", Array.from({ length: 60 }, (_, row) => `row ${row}`).join("\n"));
  await terminal.untilLine("| … all of it: /show lobby 2");
  assert(terminal.text.includes("| row 39") && !terminal.text.includes("| row 40"));
  await terminal.type("/show lobby 2\r");
  await terminal.untilLine("| row 59");
  await terminal.type("/show lobby 3\r");
  await terminal.untilLine("There is no message 3 in lobby");
  await bob.sendPrivate("ann", "psst\n".repeat(60).trim());
  await terminal.untilLine("| … all of it: /show @ann 1");
  await terminal.type("/show @ann 1\r");
  await terminal.untilLine("[private] bob: psst");
  await terminal.type("/quit\r");
  assertEquals(await terminal.ended(), 0);
});

Deno.test("what is missed, since when, and what is found survive the server's being killed", async () => {
  await using data = new TempFolder();
  await using config = await configFolder();
  const [port, token] = await (async () => {
    await using server = await startOnDisk(data.path);
    const { port } = server;
    await using terminal = openTerminal(config, `--host 127.0.0.1 --port ${port} --name bob`);
    await terminal.untilLine("You are in lobby");
    await terminal.type("/quit\r");
    assertEquals(await terminal.ended(), 0);
    const ann = await ChatClient.connect({ port, name: "ann", room: "lobby" });
    await ann.send("lobby", "tea in the lobby");
    assertEquals((await ann.sendPrivate("bob", "tea for two")).delivered, "queued");
    await killHard(server);
    ann.abort();
    return [port, ann.token!] as const;
  })();
  await using _server = await startOnDisk(data.path, { args: ["--port", String(port)] });
  await using ann = await ChatClient.connect({ port, name: "ann", room: "lobby", token });
  await ann.send("lobby", "tea after the crash");
  await using terminal = openTerminal(config, `--host 127.0.0.1 --port ${port} --name bob`);
  await terminal.untilLine("ann: tea after the crash");
  const day = "(?:today|yesterday) \\d\\d:\\d\\d";
  assertMatch(terminal.text, new RegExp(`you missed 1 private message since ${day}\\.`));
  assertMatch(terminal.text, new RegExp(`you missed 2 messages since ${day}$`, "m"));
  await terminal.type("/search tea\r");
  await terminal.untilLine("Found 3 messages with tea, the oldest first");
  const found = new RegExp(
    `\\d\\d:\\d\\d \\[private\\] ann: tea for two #1\n[^]*after the crash #2\n---- now ----`,
  );
  await terminal.until(() => found.test(terminal.text));
  await terminal.type("/quit\r");
  assertEquals(await terminal.ended(), 0);
});
