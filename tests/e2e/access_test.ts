import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { KeyFile } from "../../client/key_file.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { fingerprint } from "../../identity/fingerprint.ts";
import { PasswordHash } from "../../identity/password_hash.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import { openTerminal } from "../support/client_terminal.ts";
import { newKey } from "../support/key_peer.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";
import { TestTerminal } from "../support/terminal.ts";

const SERVER = ["--port", "0", "--memory", "--no-web"];

/** Starts a server that may read these files and no other. */
async function startServer(
  args: readonly string[],
  files: readonly string[] = [],
): Promise<[Program, number]> {
  const read = files.length === 0 ? [] : [`--allow-read=${files.join(",")}`];
  const server = Program.start("server.ts", [...SERVER, ...args], { deno: ["-P=server", ...read] });
  const [, port] = await server.line(/^chat listening on 127\.0\.0\.1:(\d+)$/);
  return [server, Number(port)];
}

async function refusal(options: ConstructorParameters<typeof ChatClient>[0]): Promise<string> {
  return (await assertRejects(() => ChatClient.connect(options), ProtocolError)).code;
}

Deno.test("server.ts lets in guests without a key, and names with one; --guests says otherwise", async () => {
  const [guests, port] = await startServer([]);
  await using _guests = guests;
  assertEquals(await refusal({ port, name: "ann" }), "key_needed");
  await using _guest = await ChatClient.connect({ port, name: "guest-ann" });
  await using _ann = await ChatClient.connect({ port, name: "ann", key: await newKey() });
  const [none, other] = await startServer(["--guests", "none"]);
  await using _none = none;
  assertEquals(await refusal({ port: other, name: "guest-ann" }), "key_needed");
});

Deno.test("server.ts --allow-keys lets in those keys alone, and reads the file anew at SIGHUP", async () => {
  await using temp = new TempFolder();
  const path = temp.file("keys");
  const [ann, bob] = [await newKey(), await newKey()];
  await Deno.writeTextFile(path, `${ann.publicKey} # ann\n`);
  const [server, port] = await startServer(["--allow-keys", path], [path]);
  await using _server = server;
  await using anns = await ChatClient.connect({ port, name: "ann", key: ann, reconnect: false });
  assertEquals(await refusal({ port, name: "bob", key: bob }), "key_not_allowed");
  await Deno.writeTextFile(path, `${await fingerprint(bob.publicKey)}\n`);
  Deno.kill(server.pid, "SIGHUP");
  await server.line(/read anew/, "stderr");
  await assertRejects(() => anns.closed, ProtocolError, "has changed");
  await using _bobs = await ChatClient.connect({ port, name: "bob", key: bob });
  await Deno.writeTextFile(path, "nobody\n");
  Deno.kill(server.pid, "SIGHUP");
  await server.line(
    /Cannot use --allow-keys .*: Line 1 is no key.*What was read before stays/,
    "stderr",
  );
});

Deno.test("server.ts says what is wrong with a file of its own, and starts not", async () => {
  await using temp = new TempFolder();
  const path = temp.file("file");
  await Deno.writeTextFile(path, "geheim\n");
  for (const option of ["--allow-keys", "--admins", "--password-file"]) {
    await using server = Program.start("server.ts", [...SERVER, option, path], {
      deno: ["-P=server", `--allow-read=${path}`],
    });
    const { code, stdout, stderr } = await server.finish();
    assertEquals([code, stdout, stderr.length], [1, [], 1], server.transcript);
    assertMatch(stderr[0]!, new RegExp(`Cannot use ${option} ${path}: .*(no key|no password)`));
    assert(!stderr[0]!.includes("geheim"));
  }
  await using server = Program.start("server.ts", [...SERVER, "--admins", path], {
    deno: ["-P=server"],
  });
  const { code, stderr } = await server.finish();
  assertEquals(code, 1);
  assertMatch(stderr[0]!, new RegExp(`Grant it with: .* --allow-read=${path} server.ts`));
});

Deno.test("password.ts makes what server.ts reads, and client.ts shows what its file has", async () => {
  await using temp = new TempFolder();
  await using password = Program.start("password.ts", [], { deno: ["-P=password"], stdin: true });
  await password.write("correct horse\n");
  const { stdout: [line = ""] } = await password.finish();
  assert(await PasswordHash.parse(line).isPassword("correct horse"));
  const [hash, secret] = [temp.file("hash"), temp.file("secret")];
  await Deno.writeTextFile(hash, `${line}\n`);
  await Deno.writeTextFile(secret, "correct horse\nmore\n");
  const [server, port] = await startServer(["--password-file", hash], [hash]);
  await using _server = server;
  const args = ["--port", `${port}`];
  const say = async (more: readonly string[]) => {
    const deno = ["-P=client", `--allow-read=${secret}`];
    await using client = Program.start("client.ts", [...args, ...more], { deno, stdin: true });
    await client.write("hello\n");
    return await client.finish();
  };
  const { code, stderr } = await say([]);
  assertEquals(code, 1);
  assertMatch(stderr[0]!, /it has a password\. Show it with --password-file FILE/);
  assertEquals(await say(["--password-file", secret]), { code: 0, stdout: [], stderr: [] });
  const bot = Program.start("token.ts", ["bot", ...args, "--password-file", secret], {
    deno: ["-P=token", `--allow-read=${secret}`],
  });
  await using _bot = bot;
  assertEquals((await bot.finish()).code, 0);
});

Deno.test("client.ts asks on a terminal for a password that it does not show, until it is right", async () => {
  await using temp = new TempFolder();
  const hash = temp.file("hash");
  await Deno.writeTextFile(hash, await PasswordHash.make("schön"));
  const [server, port] = await startServer(["--password-file", hash], [hash]);
  await using _server = server;
  await using terminal = openTerminal(temp, { port }, "ann");
  await terminal.untilLine("Password of the server:");
  await terminal.type("mensch\r");
  await terminal.untilLine("The password is wrong");
  await terminal.until((lines) => lines.filter((line) => line.startsWith("Password")).length === 2);
  // Mistyped, and mended.
  await terminal.type("schä\x7fön\r");
  await terminal.untilLine("You are in lobby, nobody else is here");
  assert(!terminal.raw.includes("sch"), terminal.raw);
  await terminal.type("/quit\r");
  assertEquals(await terminal.ended(), 0);
});

Deno.test("password.ts asks twice on a terminal, unseen, and prints nothing where they differ", async () => {
  await using temp = new TempFolder();
  const out = temp.file("hash");
  const run = `${Deno.execPath()} run -q -P=password password.ts > ${out}`;
  for (const [again, code] of [["geheim", 0], ["Geheim", 1]] as const) {
    await using terminal = new TestTerminal(`sh -c '${run}'`);
    await terminal.untilLine("Password:");
    await terminal.type("geheim\r");
    await terminal.untilLine("Once more:");
    await terminal.type(`${again}\r`);
    assertEquals(await terminal.ended(), code);
    assert(!/geheim/i.test(terminal.raw));
    const line = await Deno.readTextFile(out);
    if (code === 1) assertEquals(line, "");
    else assert(await PasswordHash.parse(line).isPassword("geheim"));
  }
});

Deno.test("no secret is in a command line, an environment, a log or an error: token, password, code, key", async () => {
  await using temp = new TempFolder();
  const [hash, secret, config] = [temp.file("hash"), temp.file("secret"), temp.file("config")];
  const password = "correct-horse-battery";
  const line = await PasswordHash.make(password);
  await Deno.writeTextFile(hash, line);
  await Deno.writeTextFile(secret, `${password}\n`);
  const args = ["--password-file", hash, "--log-level", "debug", "--web-port", "0"];
  const server = Program.start("server.ts", ["--port", "0", "--memory", ...args], {
    deno: ["-P=server", `--allow-read=${hash}`],
  });
  await using _server = server;
  const port = Number((await server.line(/^chat listening on 127\.0\.0\.1:(\d+)$/))[1]);
  const [, url] = await server.line(/^web listening on (\S+)$/);
  const { key } = await new KeyFile(config).open();
  await using ann = await ChatClient.connect({ port, name: "ann", key, password });
  const { code } = await ann.link();
  const tokens = [ann.token!, await ann.createToken()];
  const bearers = tokens.map((token) => formatBearer({ name: "ann", token }));
  for (const bearer of [...bearers, `${bearers[0]}0`]) {
    const headers = { authorization: `Bearer ${bearer}` };
    await (await fetch(`${url}api/inbox/messages`, { headers })).body?.cancel();
  }
  const deno = ["-P=client", `--allow-read=${secret},${config}`, `--allow-write=${config}`];
  const more = [
    "--port",
    `${port}`,
    "--name",
    "ann",
    "--config",
    config,
    "--password-file",
    secret,
  ];
  await using client = Program.start("client.ts", [...more, "--json", "--follow"], {
    deno,
    stdin: true,
  });
  await client.line(/"joined"/);
  const told = await Promise.all([
    refusal({ port, name: "guest-eve", password: `${password}!` }),
    refusal({ port, name: "ann", password, token: tokens[0]! }),
    refusal({ port, name: "ann", key: await newKey(), password, linkCode: `0000${code.slice(4)}` }),
  ]);
  assertEquals(told, ["wrong_password", "name_taken", "unknown_link"]);
  const kept = JSON.parse(await Deno.readTextFile(`${config}/key.json`));
  const secrets = [password, line, ...tokens, ...bearers, code, kept.key, kept.age];
  const proc = (await Promise.all(
    [server.pid, client.pid].flatMap((pid) =>
      ["cmdline", "environ"].map((file) => Deno.readTextFile(`/proc/${pid}/${file}`))
    ),
  )).join();
  assert(proc.includes("--password-file"));
  client.kill("SIGKILL");
  await client.status;
  const places = { proc, server: server.transcript, client: client.transcript };
  for (const [place, text] of Object.entries(places)) {
    for (const secret of secrets) {
      assert(text.length > 0 && !text.includes(secret), `${place} has a secret: ${secret}`);
    }
  }
});

Deno.test("there is no option that would take a secret from a command line", async () => {
  for (const option of ["--link=ABCD-EFGH-JKMN-PQRS", "--password=a", "--token=a", "--key=a"]) {
    for (const program of ["client.ts", "server.ts", "token.ts"]) {
      await using run = Program.start(program, [option], { deno: [] });
      const { code, stderr } = await run.finish();
      assertEquals([program, option, code, stderr.length], [program, option, 2, 1]);
    }
  }
});
