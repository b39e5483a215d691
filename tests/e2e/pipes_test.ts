import { assert, assertEquals, assertMatch } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { memoryLog } from "../../log/memory.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";

const root = new URL("../../", import.meta.url).pathname;
const NO_PACE = { requestBurst: 0, byteBurst: 0 };

/** A shell's pipeline with `$CLIENT`, as somebody types it; its exit code, and what it printed. */
async function shell(port: number, script: string): Promise<{
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}> {
  const client = `${Deno.execPath()} run -q -P=client client.ts --port ${port}`;
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `CLIENT='${client}'\n${script}`],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function startFilter(port: number, args: readonly string[] = []): Program {
  return Program.start("client.ts", ["--port", String(port), ...args], {
    deno: ["-P=client"],
    stdin: true,
  });
}

/** Waits for what is said; the texts so far. */
async function heard(client: ChatClient, until: (texts: readonly string[]) => boolean) {
  const texts: string[] = [];
  for await (const { type, payload } of client.events) {
    if (type === "message") texts.push(payload.text);
    if (until(texts)) return texts;
  }
  return texts;
}

Deno.test("tail -f log | client.ts says each line when it is written, and ends with the pipe", async () => {
  await using temp = new TempFolder();
  await using server = ChatServer.listen({ port: 0, guests: "any" });
  const { port } = server.address;
  await using bob = await ChatClient.connect({ port, name: "bob", room: "ops" });
  const log = await temp.write("log", "");
  const pidFile = temp.file("pid");
  const running = shell(
    port,
    `(tail -n +1 -f ${log} & echo $! > ${pidFile}; wait) | $CLIENT --room ops`,
  );
  const append = (text: string) => Deno.writeTextFile(log, text, { append: true });
  await append("first\n");
  assertEquals(await heard(bob, (texts) => texts.length === 1), ["first"]);
  await append("second\nthi");
  assertEquals(await heard(bob, (texts) => texts.length === 1), ["second"]);
  await append("rd\n");
  assertEquals(await heard(bob, (texts) => texts.length === 1), ["third"]);
  Deno.kill(Number(await Deno.readTextFile(pidFile)), "SIGTERM");
  assertEquals(await running, { code: 0, stdout: "", stderr: "" });
});

Deno.test("client.ts --follow --json | head ends quietly when its reader has enough", async () => {
  await using server = ChatServer.listen({ port: 0, guests: "any" });
  const { port } = server.address;
  await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  const running = shell(
    port,
    "$CLIENT --follow --json < /dev/null | head -n 3; echo ${PIPESTATUS[0]}",
  );
  const talking = (async () => {
    for (let at = 0; bob.isOnline; at++) {
      const said = await bob.send("lobby", `line ${at}`).catch(() => undefined);
      if (said === undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const { code, stdout, stderr } = await running;
  await bob.close();
  await talking;
  const lines = stdout.trimEnd().split("\n");
  assertEquals([code, stderr, lines.length], [0, "", 4]);
  assertEquals(lines.slice(0, 2).map((line) => JSON.parse(line).type), ["connect_ack", "joined"]);
  assertEquals(lines[3], "1");
});

Deno.test("client.ts --json whose reader has gone before it began ends quietly, too", async () => {
  await using server = ChatServer.listen({ port: 0, guests: "any" });
  const { stdout, stderr } = await shell(
    server.address.port,
    "echo hello | $CLIENT --json | true; echo ${PIPESTATUS[1]}",
  );
  assertEquals([stdout, stderr], ["1\n", ""]);
});

Deno.test("client.ts --follow before a reader that is slow loses nothing, stays small, and can be stopped", async () => {
  const COUNT = 3_000;
  const limits = { ...NO_PACE, writeTimeoutMs: 700 };
  const log = memoryLog({ maxBytesPerStream: 1e9, maxBytes: 1e9 });
  await using server = ChatServer.listen({ port: 0, guests: "any", limits, log });
  const { port } = server.address;
  await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P=client", "client.ts", "--port", `${port}`, "--follow"],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complaints = new Response(process.stderr).text();
  await heardJoin(bob);
  // 36 MB that nobody reads; the first lines are enough to fill the pipe.
  const text = "x".repeat(12_000);
  for (let at = 0; at < COUNT; at += 100) {
    const batch = Array.from({ length: 100 }, (_, i) => bob.send("lobby", `${at + i} ${text}`));
    await Promise.all(batch);
  }
  // The server has given it up meanwhile, as it does with whoever takes nothing.
  await untilAlone(bob);
  const peak = peakKiB(process.pid);
  assert(peak < 240 * 1024, `${peak} KiB`);
  const numbers: number[] = [];
  let rest = "";
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    numbers.push(...lines.map((line) => Number(/^\[lobby\] bob: (\d+) x/.exec(line)?.[1])));
    if (numbers.length === COUNT) process.kill("SIGTERM");
  }
  assertEquals(numbers, Array.from({ length: COUNT }, (_, at) => at));
  assertEquals((await process.status).code, 0);
  assertMatch(await complaints, /Disconnected from the server/);
});

/** Waits until somebody joins. */
async function heardJoin(client: ChatClient): Promise<void> {
  for await (const { type, payload } of client.events) {
    if (type === "notification" && payload.kind === "join") return;
  }
}

/** Waits until somebody is alone. Who has much to read is not told of each who leaves. */
async function untilAlone(client: ChatClient): Promise<void> {
  while ((await Array.fromAsync(client.who("lobby"))).length > 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The most memory that a process had, in KiB. */
function peakKiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]);
}

Deno.test("client.ts whose standard output is not read is ended by one SIGTERM", async () => {
  await using server = ChatServer.listen({ port: 0, guests: "any", limits: NO_PACE });
  const { port } = server.address;
  await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P=client", "client.ts", "--port", `${port}`, "--follow"],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  await heardJoin(bob);
  await Promise.all(Array.from({ length: 200 }, () => bob.send("lobby", "x".repeat(8_000))));
  process.kill("SIGTERM");
  const { code, signal } = await process.status;
  await process.stdout.cancel();
  assertEquals([code, signal], [0, null]);
});

Deno.test("client.ts waits offline for the server, when its input has ended too", async () => {
  const options = { guests: "any", limits: NO_PACE } as const;
  const first = ChatServer.listen({ port: 0, ...options });
  const { port } = first.address;
  await using filter = startFilter(port, ["--json"]);
  await filter.line(/"joined"/);
  await first.close();
  await filter.line(/Disconnected from the server/, "stderr");
  await filter.write("said while nobody listened\n");
  await filter.closeInput();
  await using second = ChatServer.listen({ port, ...options });
  const { code } = await filter.finish();
  assertEquals(code, 0, filter.transcript);
  await using bob = await ChatClient.connect({
    port: second.address.port,
    name: "bob",
    room: "lobby",
  });
  const { messages } = await bob.history("lobby");
  assertEquals(messages.map(({ text }) => text), ["said while nobody listened"]);
});

Deno.test("client.ts takes whatever standard input holds: junk is told by its line, the rest is said", async () => {
  await using server = ChatServer.listen({ port: 0, guests: "any", limits: NO_PACE });
  const { port } = server.address;
  const { code, stderr } = await shell(
    port,
    String
      .raw`(printf 'good\n\n  \t\n'; printf 'caf\xe9\n'; printf 'a\0b\n'; head -c 30000000 /dev/zero; printf '\n'; ` +
      String
        .raw`head -c 20000 /dev/zero | tr '\0' y; printf '\n\xef\xbb\xbfbetter\r\nlast') | $CLIENT`,
  );
  assertEquals(code, 1);
  const complaints = stderr.trimEnd().split("\n");
  assertEquals(complaints.length, 3, stderr);
  for (const [at, line] of [5, 6, 7].entries()) {
    assertMatch(complaints[at]!, new RegExp(`^client\\.ts: line ${line} was not sent: `));
  }
  await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
  const { messages } = await bob.history("lobby");
  assertEquals(messages.map(({ text }) => text.toWellFormed().replace("\ufeff", "")), [
    "good",
    "caf\ufffd",
    "better",
    "last",
  ]);
});

Deno.test("client.ts with a standard input that is closed or empty ends at once with 0", async () => {
  await using server = ChatServer.listen({ port: 0, guests: "any" });
  const { port } = server.address;
  assertEquals(await shell(port, "$CLIENT < /dev/null"), { code: 0, stdout: "", stderr: "" });
  assertEquals(await shell(port, "$CLIENT <&-"), { code: 0, stdout: "", stderr: "" });
});

Deno.test("client.ts BOOKMARK speaks to the bookmark's server, as its name and in its room", async () => {
  await using temp = new TempFolder();
  await using server = ChatServer.listen({ port: 0, guests: "guest" });
  const { port } = server.address;
  const work = { host: "127.0.0.1", port, name: "ci", room: "ops" };
  await temp.write("config.json", JSON.stringify({ bookmarks: { work } }));
  const { code, stdout, stderr } = await shell(
    1,
    `CLIENT="\${CLIENT% client.ts*} --allow-read=${temp.path} --allow-write=${temp.path} client.ts --config ${temp.path}"\n` +
      "echo hello | $CLIENT work; echo $?; echo hello | $CLIENT play; echo $?",
  );
  assertEquals([code, stdout], [0, "0\n1\n"], stderr);
  assertMatch(stderr, /^client\.ts: There is no bookmark "play": there are work\..*\n$/);
  await using bob = await ChatClient.connect({ port, name: "guest-bob", room: "ops" });
  const { messages: [message] } = await bob.history("ops");
  assertEquals([message && "sender" in message && message.sender, message?.text], ["ci", "hello"]);
});

Deno.test("client.ts tells by its exit code whether all was said, something failed, or it was asked wrongly", async () => {
  await using server = ChatServer.listen({ port: 0, guests: "any" });
  const { port } = server.address;
  const codes = await shell(
    port,
    [
      "echo fine | $CLIENT; echo $?",
      String.raw`printf 'a\033b\n' | $CLIENT 2>/dev/null; echo $?`,
      "echo x | $CLIENT --name taken/name 2>/dev/null; echo $?",
      "echo x | $CLIENT one two 2>/dev/null; echo $?",
      "echo x | $CLIENT --exec true --follow 2>/dev/null; echo $?",
    ].join("\n"),
  );
  assertEquals(codes.stdout, "0\n1\n2\n2\n2\n");
});
