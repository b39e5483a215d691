import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { ChatClient } from "../../client/chat_client.ts";
import { KeyFile } from "../../client/key_file.ts";
import { age } from "../support/age.ts";
import { openTerminal } from "../support/client_terminal.ts";
import { startOnDisk } from "../support/disk_server.ts";
import { Program } from "../support/process.ts";
import { noise, TempFolder } from "../support/temp.ts";

const PASSPHRASE = "correct horse battery";

/** Every file below a folder, as bytes that can be searched. */
async function* contents(folder: string): AsyncGenerator<readonly [path: string, text: string]> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* contents(path);
    else yield [path, new TextDecoder("latin1").decode(await Deno.readFile(path))];
  }
}

/** What a device of a test's sees of its own streams, as the server tells it. */
async function rawHistory(temp: TempFolder, port: number, name: string, room?: string) {
  const { key, recipient } = (await new KeyFile(temp.file(`config-${name}`)).read())!;
  const rooms = room === undefined ? [] : [room];
  await using client = await ChatClient.connect({ port, name, key, recipient, rooms });
  return (await client.history(room ?? client.inbox)).messages;
}

function startFilter(temp: TempFolder, port: number, name: string, args: readonly string[]) {
  const config = temp.file(`config-${name}`);
  return Program.start("client.ts", [
    ...["--port", String(port), "--name", name, "--config", config, ...args],
  ], { deno: ["-P=client", `--allow-read=${temp.path}`, `--allow-write=${config}`], stdin: true });
}

Deno.test("two terminals in a secret room: no echo, a wrong passphrase, and nothing of it anywhere", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"), { args: ["--log-level", "debug"] });
  await using ann = openTerminal(temp, server, "ann");
  await using bob = openTerminal(temp, server, "bob");
  await ann.untilLine("You are in lobby");
  await bob.untilLine("You are in lobby");
  await ann.type("/secret attic\r");
  await ann.untilLine("Passphrase of attic:");
  await ann.type("short\r");
  await ann.untilLine("Cannot use a passphrase of 5 characters: 12 or more are needed");
  await ann.type("/secret attic\r");
  await ann.until((lines) => lines.at(-1)!.startsWith("Passphrase of attic:"));
  await ann.type(`${PASSPHRASE}\r`);
  await ann.until((lines) =>
    lines.at(-1)!.startsWith("There is no attic yet. To make it, the same once more:")
  );
  await ann.type(`${PASSPHRASE}\r`);
  await ann.untilLine("You are in attic");
  await ann.type("the xylophone is here\r");
  await ann.untilText(/\[encrypted\] +ann: the xylophone is here #1/);

  await bob.type("/secret attic\r");
  await bob.untilLine("Passphrase of attic:");
  await bob.type("wrong horse battery\r");
  await bob.untilLine("Cannot unlock the secret room: the passphrase is wrong");
  await bob.type("psst\r");
  await bob.untilLine("Not sent: attic is a secret room. Type /secret attic");
  await bob.type("/secret attic\r");
  await bob.until((lines) => lines.at(-1)!.startsWith("Passphrase of attic:"));
  await bob.type(`${PASSPHRASE}\r`);
  await bob.untilLine("attic is unlocked, and stays so on this device");
  await bob.type("/history\r");
  await bob.untilText(/\[encrypted\] +ann: the xylophone is here/);
  await bob.type("so I hear\r");
  await ann.untilText(/\[encrypted\] +bob: so I hear/);
  await bob.type("/search xylophone\r");
  await bob.untilLine("Found no message with xylophone; what is encrypted is not searched");
  for (const terminal of [ann, bob]) {
    assert(!terminal.raw.includes("horse"), "what is typed there is not shown");
    assert(!terminal.raw.includes("WARNING"), terminal.text);
    await terminal.type("exit\r");
    assertEquals(await terminal.ended(), 0);
  }
  // It is typed once: the next run knows the room.
  await using again = openTerminal(temp, server, "bob", { more: "--room attic" });
  await again.untilLine("You are in attic");
  await again.type("once more\r");
  await again.untilText(/\[encrypted\] +bob: once more/);

  const words = ["xylophone", "so I hear", PASSPHRASE, "horse", "once more"];
  let files = 0;
  for await (const [path, text] of contents(temp.file("data"))) {
    files++;
    for (const word of words) assert(!text.includes(word), `${word} in ${path}`);
  }
  assert(files > 0);
  const { transcript } = server.program;
  assert(transcript.includes("ann"), "there is a log to look at");
  for (const word of words) assert(!transcript.includes(word), word);
  for await (const [path, text] of contents(temp.path)) {
    assert(!text.includes(PASSPHRASE), path);
  }
});

Deno.test("a passphrase that is typed before it is asked for is never said, nor kept", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  await using ann = openTerminal(temp, server, "ann");
  await ann.untilLine("You are in lobby");
  await ann.type(`/secret attic\r${PASSPHRASE}\r${PASSPHRASE}\r`);
  await ann.untilLine("You are in attic");
  // Where there is nothing to ask for again, what was typed for it is dropped.
  await ann.type("/go lobby\r");
  await ann.untilLine("---- lobby");
  await ann.type(`/secret lobby\r${PASSPHRASE}\r${PASSPHRASE}\r`);
  await ann.untilLine("lobby is no secret room");
  await ann.type("said\r");
  await ann.untilLine("ann: said #1");
  assert(!ann.raw.includes("horse"));
  await ann.type("/quit\r");
  assertEquals(await ann.ended(), 0);
  for await (const [path, text] of contents(temp.path)) assert(!text.includes(PASSPHRASE), path);
});

Deno.test("a private message and its file are encrypted, and the age program opens both with the exported identity", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  await Deno.mkdir(temp.file("ann"));
  await Deno.mkdir(temp.file("bob"));
  const bytes = noise(300_000);
  const path = await temp.write("ann/the plan.bin", bytes);
  await using ann = openTerminal(temp, server, "ann", { folders: [temp.file("ann")] });
  await using bob = openTerminal(temp, server, "bob", {
    folders: [temp.file("bob")],
    cwd: temp.file("bob"),
  });
  await ann.untilLine("You are in lobby");
  await bob.untilLine("You are in lobby");
  await ann.type("/msg bob meet me at nine\r");
  await ann.untilLine("[private to bob, encrypted] ann: meet me at nine #1");
  await bob.untilLine("[private, encrypted] ann: meet me at nine");
  await ann.type(`/send "${path}" to bob\r`);
  await bob.untilLine("[1] the plan.bin, 300 kB");
  await bob.type("/get 1\r");
  await bob.untilLine(`Saved the plan.bin as ${temp.file("bob/recv-the plan.bin")}`);
  assertEquals(await Deno.readFile(temp.file("bob/recv-the plan.bin")), bytes);
  await bob.type("exit\r");
  await bob.ended();

  const identity = temp.file("identity");
  const args = ["--config", temp.file("config-bob"), "--export-identity", identity];
  const permissions = `${temp.file("config-bob")},${identity}`;
  await using program = Program.start("client.ts", args, {
    deno: ["-P=client", `--allow-read=${permissions}`, `--allow-write=${permissions}`],
  });
  assertEquals((await program.finish()).code, 0, program.transcript);
  assertEquals((await Deno.stat(identity)).mode! & 0o777, 0o600);
  assert(!program.transcript.includes("AGE-SECRET-KEY"));
  const [message, withFile] = await rawHistory(temp, server.port, "bob");
  assertEquals([message!.text, withFile!.text], ["", ""]);
  const cipher = Uint8Array.fromBase64(message!.sealed!.cipher);
  const plain = new TextDecoder().decode(await age(["-d", "-i", identity], cipher));
  assertEquals(JSON.parse(plain).text, "meet me at nine");
  const [kept] = withFile!.files!;
  assertEquals(kept!.name, "sealed.age");
  const stored = await Deno.readFile(temp.file(`data/files/${kept!.id}`));
  assertEquals(await age(["-d", "-i", identity], stored), bytes);
  for await (const [path, text] of contents(temp.file("data"))) {
    for (const word of ["nine", "the plan"]) assert(!text.includes(word), `${word} in ${path}`);
  }
});

Deno.test("a contact whose key is not the one that is known gets nothing before /trust", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  await using bob = openTerminal(temp, server, "bob");
  await bob.untilLine("You are in lobby");
  {
    await using ann = openTerminal(temp, server, "ann");
    await ann.untilLine("You are in lobby");
    await ann.type("/msg bob one\r");
    await bob.untilLine("[private, encrypted] ann: one");
    await ann.type("exit\r");
    await ann.ended();
  }
  // As it is for ann where bob's key is another one than she has seen.
  for await (const [path, text] of contents(temp.file("config-ann"))) {
    if (!path.includes("/contacts/") || !text.includes('"bob"')) continue;
    const contact = JSON.parse(text);
    contact.keys[0].key = "ab".repeat(32);
    await Deno.writeTextFile(path, JSON.stringify(contact));
  }
  await using ann = openTerminal(temp, server, "ann");
  await ann.untilLine("You are in lobby");
  await ann.type("/msg bob two\r");
  await ann.untilLine("-- Not sent: WARNING: the key of bob has changed.");
  await ann.type("/trust bob\r");
  await ann.untilLine("You trust bob with ");
  await ann.type("/msg bob three\r");
  await bob.untilLine("[private, encrypted] ann: three");
  assert(!bob.text.includes("two"));
});

Deno.test("a script says things in a secret room with --passphrase-file, and reads what is said", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  await using ann = openTerminal(temp, server, "ann");
  await ann.untilLine("You are in lobby");
  await ann.type("/secret attic\r");
  await ann.untilLine("Passphrase of attic:");
  await ann.type(`${PASSPHRASE}\r`);
  await ann.until((lines) =>
    lines.at(-1)!.startsWith("There is no attic yet. To make it, the same once more:")
  );
  await ann.type(`${PASSPHRASE}\r`);
  await ann.untilLine("You are in attic");

  await using strict = startFilter(temp, server.port, "strict", ["--only-encrypted"]);
  await strict.closeInput();
  assertEquals((await strict.finish()).code, 0, strict.transcript);

  const locked = startFilter(temp, server.port, "bot", ["--room", "attic"]);
  await using _locked = locked;
  await locked.write("hello\n");
  await locked.closeInput();
  assertEquals((await locked.finish()).code, 1);
  assertMatch(locked.transcript, /attic is a secret room.*--passphrase-file FILE/);

  const wrong = await temp.write("wrong", "wrong horse battery\n");
  await using mistaken = startFilter(temp, server.port, "bot", [
    ...["--room", "attic", "--passphrase-file", wrong],
  ]);
  await mistaken.closeInput();
  assertEquals((await mistaken.finish()).code, 1);
  assertMatch(mistaken.transcript, /the passphrase is wrong/);
  assert(!mistaken.transcript.includes("horse"));

  const right = await temp.write("right", `${PASSPHRASE}\n`);
  await using bot = startFilter(temp, server.port, "bot", [
    ...["--room", "attic", "--passphrase-file", right, "--follow", "--json"],
  ]);
  await bot.write("beep\n");
  await ann.untilText(/\[encrypted\] +bot: beep/);
  await ann.type("good bot\r");
  const [line] = await bot.line(/^.*"text":"good bot".*$/);
  const { type, payload } = JSON.parse(line!);
  assertEquals([type, payload.sender, payload.secrecy.kind], ["message", "ann", "sealed"]);
  await bot.closeInput();
  bot.kill("SIGINT");
  assertEquals((await bot.finish()).code, 0, bot.transcript);
  assert(!bot.transcript.includes("horse"));
});
