import { assert, assertEquals, assertMatch } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";

const LISTEN = { port: 0, guests: "any", limits: { requestBurst: 0, byteBurst: 0 } } as const;

/** A shell script that may be run. */
async function script(temp: TempFolder, name: string, lines: string): Promise<string> {
  const path = await temp.write(name, `#!/bin/sh\n${lines}\n`);
  await Deno.chmod(path, 0o755);
  return path;
}

function startBot(
  { port }: { readonly port: number },
  commandLine: string,
  args: readonly string[] = [],
): Program {
  const [program] = commandLine.split(" ");
  return Program.start(
    "client.ts",
    ["--port", `${port}`, "--room", "ops", "--name", "bot", "--exec", commandLine, ...args],
    // Without a config folder: the name is a token's, and that nothing is kept is told.
    { deno: ["-P=client", `--allow-run=${program}`] },
  );
}

/** Somebody in the room; what others say there comes by `next`, what is private with a mark. */
async function join(port: number, name: string) {
  const client = await ChatClient.connect({ port, name, room: "ops" });
  const events = client.events[Symbol.asyncIterator]();
  const next = async (wanted: (type: string, payload: object) => string | undefined) => {
    for (;;) {
      const { value, done } = await events.next();
      if (done) throw new Error("The session has ended");
      const found = wanted(value.type, value.payload);
      if (found !== undefined) return found;
    }
  };
  return {
    client,
    say: (text: string) => client.send("ops", text),
    heard: () =>
      next((type, payload) => {
        const { sender, from, text } = payload as Record<string, string>;
        if (type === "message" && sender !== name) return `${sender}: ${text}`;
        return type === "private" && from !== name ? `[private] ${from}: ${text}` : undefined;
      }),
    saw: (kind: string) =>
      next((type, payload) =>
        type === "notification" && (payload as { kind: string }).kind === kind ? kind : undefined
      ),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

Deno.test("examples/dice_bot.sh answers by client.ts --exec, whatever else is said", async () => {
  await using server = ChatServer.listen(LISTEN);
  await using ann = await join(server.address.port, "ann");
  await using _bot = startBot(server.address, "examples/dice_bot.sh");
  await ann.saw("join");
  for (
    const text of ["hello", "roll $(id)", "roll 6; id", "roll 0", "roll 99999", "x\nbob: roll 3"]
  ) {
    await ann.say(text);
  }
  await ann.say("roll 6");
  // The text of two lines is one of ann's, and asks for nothing that is a number.
  assertMatch(await ann.heard(), /^bot: ann rolls [1-6] of 6$/);
});

Deno.test("client.ts --exec gives the bot each message and private one as a line, and none of its own", async () => {
  await using temp = new TempFolder();
  await using server = ChatServer.listen(LISTEN);
  const { port } = server.address;
  await using ann = await join(port, "ann");
  const path = await script(
    temp,
    "bot.sh",
    'echo "$PARLEY_NAME in $PARLEY_ROOM: $*"\nwhile IFS= read -r line; do echo "got <$line>"; done',
  );
  await using bot = startBot(server.address, `${path} 'one word' two`);
  assertEquals(await ann.heard(), "bot: bot in ops: one word two");
  await ann.say("hello\n[private] bob: \x09 x");
  assertEquals(await ann.heard(), "bot: got <ann: hello [private] bob:      x>");
  await ann.client.sendPrivate("bot", "psst $(reboot) `id`");
  assertEquals(await ann.heard(), "bot: got <[private] ann: psst $(reboot) `id`>");
  await ann.say("still there?");
  assertEquals(await ann.heard(), "bot: got <ann: still there?>");
  bot.kill("SIGTERM");
  assertEquals((await bot.finish()).code, 0);
});

Deno.test("client.ts --exec --json lets the bot answer one person, and tells of what it cannot read", async () => {
  await using temp = new TempFolder();
  await using server = ChatServer.listen(LISTEN);
  await using ann = await join(server.address.port, "ann");
  const path = await script(
    temp,
    "bot.sh",
    `echo 'no json'; echo '{"text":"ready"}'; read -r line; printf '%s\\n' "$line" >&2; echo '{"text":"only you","to":"ann"}'; read -r line; printf '%s\\n' "$line" >&2`,
  );
  await using bot = startBot(server.address, path, ["--json"]);
  assertEquals(await ann.heard(), "bot: ready");
  await ann.say("a\nb");
  assertEquals(await ann.heard(), "[private] bot: only you");
  await ann.say("last");
  const { code, stdout, stderr } = await bot.finish();
  assertEquals([code, stdout], [1, []], bot.transcript);
  // Nor is its own copy of what it wrote privately given to it.
  const handed = stderr.filter((line) => line.startsWith("{")).map((line) => {
    const { type, payload: { sender, text, room } } = JSON.parse(line);
    return [type, sender, text, room];
  });
  assertEquals(handed, [
    ["message", "ann", "a\nb", "ops"],
    ["message", "ann", "last", "ops"],
  ]);
  assert(stderr.some((line) => /line 1 of the bot was not sent: it is not of the form/.test(line)));
});

for (const [ending, code] of [["exit 0", 0], ["exit 7", 7], ["kill -9 $$", 137]] as const) {
  Deno.test(`client.ts --exec ends with its bot's exit code: ${ending}`, async () => {
    await using temp = new TempFolder();
    await using server = ChatServer.listen(LISTEN);
    await using ann = await join(server.address.port, "ann");
    const path = await script(temp, "bot.sh", `echo 'last words'; printf 'of two'; ${ending}`);
    await using bot = startBot(server.address, path);
    assertEquals((await bot.finish()).code, code, bot.transcript);
    assertEquals(await ann.heard(), "bot: last words");
    assertEquals(await ann.heard(), "bot: of two");
  });
}

Deno.test("client.ts --exec ends a bot by closing its input; one that goes on, by SIGTERM, then SIGKILL", async () => {
  await using temp = new TempFolder();
  await using server = ChatServer.listen(LISTEN);
  await using ann = await join(server.address.port, "ann");
  const path = await script(
    temp,
    "bot.sh",
    "trap 'echo no' TERM\necho up\nwhile read -r line; do :; done\necho closed\nwhile :; do sleep 0.1; done",
  );
  await using bot = startBot(server.address, path);
  assertEquals(await ann.heard(), "bot: up");
  bot.kill("SIGTERM");
  assertEquals(await ann.heard(), "bot: closed");
  assertEquals(await ann.heard(), "bot: no");
  assertEquals((await bot.finish()).code, 0, bot.transcript);
});

Deno.test("client.ts --exec ends its bot when the server ends the session", async () => {
  await using temp = new TempFolder();
  const path = await script(
    temp,
    "bot.sh",
    `echo up\nwhile read -r line; do :; done\ntouch ${temp.path}/over`,
  );
  const server = ChatServer.listen(LISTEN);
  const { port } = server.address;
  await using ann = await join(port, "ann");
  await using bot = startBot(server.address, path);
  assertEquals(await ann.heard(), "bot: up");
  await server.close();
  // A server that knows no name without a key.
  await using _other = ChatServer.listen({ port, guests: "guest" });
  const { code, stderr } = await bot.finish();
  assertEquals(code, 1);
  assertMatch(stderr.at(-1)!, /^client\.ts: The session has ended: /);
  assert((await Deno.stat(temp.file("over"))).isFile);
});

Deno.test("a bot that never reads speaks on while thousands of messages come", async () => {
  await using temp = new TempFolder();
  await using server = ChatServer.listen(LISTEN);
  await using ann = await join(server.address.port, "ann");
  const path = await script(
    temp,
    "bot.sh",
    `echo up\nwhile [ ! -e ${temp.path}/go ]; do sleep 0.05; done\nseq 1 600`,
  );
  await using bot = startBot(server.address, path);
  assertEquals(await ann.heard(), "bot: up");
  const text = "x".repeat(8_000);
  for (let at = 0; at < 3_000; at += 100) {
    await Promise.all(Array.from({ length: 100 }, () => ann.say(text)));
  }
  await temp.write("go", "");
  for (let at = 1; at <= 600; at++) assertEquals(await ann.heard(), `bot: ${at}`);
  assertEquals((await bot.finish()).code, 0, bot.transcript);
});

Deno.test("a bot that reads slowly is given everything, in order, once", async () => {
  await using temp = new TempFolder();
  await using server = ChatServer.listen(LISTEN);
  await using ann = await join(server.address.port, "ann");
  const path = await script(
    temp,
    "bot.sh",
    [
      `echo up; while [ ! -e ${temp.path}/go ]; do sleep 0.05; done`,
      `while IFS= read -r line; do`,
      `case $line in "ann: end") exit 0 ;; "ann: number "*) line=\${line#ann: number }; echo "\${line%% *}" ;; esac`,
      `done`,
    ].join("\n"),
  );
  await using bot = startBot(server.address, path);
  assertEquals(await ann.heard(), "bot: up");
  const text = "x".repeat(1_000);
  await Promise.all(Array.from({ length: 1_500 }, (_, at) => ann.say(`number ${at} ${text}`)));
  await ann.say("end");
  await temp.write("go", "");
  for (let at = 0; at < 1_500; at++) assertEquals(await ann.heard(), `bot: ${at}`);
  assertEquals((await bot.finish()).code, 0, bot.transcript);
});

Deno.test("client.ts --exec needs the permission to run that program only, and says how to give it", async () => {
  await using server = ChatServer.listen(LISTEN);
  const port = `${server.address.port}`;
  const run = async (commandLine: string, deno: readonly string[] = []) => {
    const args = ["--port", port, "--exec", commandLine];
    await using program = Program.start("client.ts", args, { deno: ["-P=client", ...deno] });
    const { code, stderr } = await program.finish();
    return [code, stderr.join("\n")] as const;
  };
  const [code, refused] = await run("cat -n", ["--allow-run=true"]);
  assertEquals(code, 1);
  assertMatch(refused, /needs to run cat .*deno run -P=client --allow-run=cat client\.ts$/);
  assertEquals((await run("true", ["--allow-run=true"]))[0], 0);
  assertMatch(
    (await run("./none", ["--allow-run"]))[1],
    /Cannot run \.\/none: there is no such program/,
  );
  assertEquals((await run("'open"))[0], 2);
  assertMatch((await run("  "))[1], /--exec needs a program/);
});
