import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { ChatClient } from "../../client/chat_client.ts";
import type { SharedFile } from "../../protocol/chat.ts";
import { openTerminal } from "../support/client_terminal.ts";
import { killHard, startOnDisk } from "../support/disk_server.ts";
import { sha256Of } from "../support/file_house.ts";
import { Program } from "../support/process.ts";
import { noise, TempFolder } from "../support/temp.ts";

/** The first message with files that a room gets. */
async function firstFiles(client: ChatClient): Promise<readonly SharedFile[]> {
  for await (const { type, payload } of client.events) {
    if (type === "message" && payload.files !== undefined) return payload.files;
  }
  throw new Error("The events ended before any file");
}

Deno.test("a file goes from one terminal to another: asked for by number, saved beside, with the same bytes", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  await Deno.mkdir(temp.file("ann"));
  await Deno.mkdir(temp.file("bob"));
  const bytes = noise(3_000_000);
  const path = await temp.write("ann/the plan.bin", bytes);
  await temp.write("ann/b.txt", "hello\n");
  await using ann = openTerminal(temp, server, "ann", { folders: [temp.file("ann")] });
  await using bob = openTerminal(temp, server, "bob", {
    folders: [temp.file("bob")],
    cwd: temp.file("bob"),
  });
  await ann.untilLine("You are in lobby");
  await bob.untilLine("You are in lobby");
  await ann.type(`/send "${path}" ${temp.file("ann/b.txt")}\r`);
  await ann.untilLine("[2] b.txt, 6 B");
  await bob.untilLine("[1] the plan.bin, 3.00 MB");
  await bob.untilLine("[2] b.txt, 6 B");
  await bob.type("half a li");
  await bob.type("\x15/get 1\r");
  await bob.untilLine(`Saved the plan.bin as ${temp.file("bob/recv-the plan.bin")}`);
  assertEquals(await Deno.readFile(temp.file("bob/recv-the plan.bin")), bytes);
  await bob.type("/get 1\r");
  await bob.untilLine("recv-the plan (1).bin");
  await Deno.mkdir(temp.file("bob/sub dir"));
  await bob.type('/get [1] "sub dir"\r');
  await bob.untilLine(`as ${temp.file("bob/sub dir/recv-the plan.bin")}`);
  // What is here already is not saved by "all"; of what one has sent oneself nothing is.
  await bob.type("/get all\r");
  await bob.untilLine(`Saved b.txt as ${temp.file("bob/recv-b.txt")}`);
  await bob.type("/get all\r");
  await bob.untilLine("There is no file to save that is not here already");
  await ann.type("/get all\r");
  await ann.untilLine("There is no file to save that is not here already");
  await bob.type("/get 7\r");
  await bob.untilLine("There is no file 7");
  // A private message bears files too, and its numbers go on.
  await bob.type("/send recv-b.txt to ann\r");
  await ann.untilLine("[private, encrypted] bob:");
  await ann.untilLine("[3] recv-b.txt, 6 B");
});

Deno.test("what cannot be sent is told, and nothing is said in the room", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  await Deno.mkdir(temp.file("ann"));
  await using ann = openTerminal(temp, server, "ann", { folders: [temp.file("ann")] });
  await ann.untilLine("You are in lobby");
  await ann.type(`/send ${temp.file("ann")}\r`);
  await ann.untilLine(
    `Not sent: Cannot send ${temp.file("ann")}: it is a folder. Send the files in it`,
  );
  await ann.type(`/send ${temp.file("ann/none")}\r`);
  await ann.untilLine("there is no such file");
  await ann.type("/send\r");
  await ann.untilLine("It is written /send PATH… [to NAME]");
  await ann.type(`/send "open\r`);
  await ann.type("/cancel\r");
  await ann.untilLine("There is nothing to stop");
  await ann.type(`/get 1 ${temp.file("ann/none")}\r`);
  await ann.untilLine("There is no file 1");
  await ann.type("said\r");
  await ann.untilLine("ann: said #1");
});

Deno.test("a person is asked for the file and the folder when they are needed, and goes on typing", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  const path = await temp.write("a.txt", "hello\n");
  const other = await temp.write("b.txt", "hello\n");
  await Deno.mkdir(temp.file("saved"));
  const more = `--downloads ${temp.file("saved")}`;
  await using ann = openTerminal(temp, server, "ann", { more });
  await ann.untilLine("You are in lobby");
  await ann.type(`/send ${path}\r`);
  await ann.untilLine(`client.ts needs read access to ${path} to send it.`);
  await ann.answer(1, "n");
  await ann.untilLine("Not sent: Not permitted");
  assertMatch(ann.text, /Grant it with: deno run -P=client --allow-read=\S+a\.txt client\.ts/);
  await ann.type("still here\r");
  await ann.untilLine("ann: still here #1");
  await ann.type(`/send ${other}\r`);
  await ann.answer(2, "y");
  await ann.untilLine("[1] b.txt, 6 B");
  await ann.type("/get 1\r");
  await ann.answer(3, "y");
  await ann.answer(4, "y");
  await ann.untilLine("Saved b.txt as");
  assertEquals(await Deno.readTextFile(temp.file("saved/recv-b.txt")), "hello\n");
  await ann.type("and still here\r");
  await ann.untilLine("ann: and still here");
});

Deno.test("a server that is killed in the middle of an upload, and started again, gets the whole file", async () => {
  await using temp = new TempFolder();
  const data = temp.file("data");
  const first = await startOnDisk(data);
  await using _first = first;
  await Deno.mkdir(temp.file("ann"));
  const bytes = new Uint8Array(200_000_000);
  bytes.set(noise(1_000_000));
  bytes.set(noise(1_000_000, 7), 150_000_000);
  await temp.write("ann/big.bin", bytes);
  await using ann = openTerminal(temp, first, "ann", { folders: [temp.file("ann")] });
  await ann.untilLine("You are in lobby");
  await ann.type(`/send ${temp.file("ann/big.bin")}\r`);
  await using files = new TempFolder(join(data, "files"));
  const held = () =>
    Math.max(
      0,
      ...[...Deno.readDirSync(files.path)].map(({ name }) => Deno.statSync(files.file(name)).size),
    );
  await files.until(() => held() > 5_000_000);
  await killHard(first);
  const before = held();
  assert(before > 0 && before < bytes.length, `${before} bytes were there`);
  await ann.type("typed meanwhile");
  await using second = await startOnDisk(data, { args: ["--port", String(first.port)] });
  await ann.untilLine("[1] big.bin, 200 MB");
  await ann.untilLine("> typed meanwhile");
  await using bob = await ChatClient.connect({ port: second.port, name: "bob" });
  await bob.join("lobby");
  const { messages } = await bob.history("lobby");
  const [file] = messages[0]!.files!;
  assertEquals(file!.sha256, await sha256Of(bytes));
  await bob.download(file!, temp.path);
  assertEquals(await sha256Of(await Deno.readFile(temp.file("recv-big.bin"))), file!.sha256);
});

Deno.test("how far an upload is stands above the line that is typed, and /cancel ends it", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  await Deno.mkdir(temp.file("ann"));
  await using file = await Deno.open(await temp.write("ann/big.bin", ""), { write: true });
  await file.truncate(1_900_000_000);
  await using ann = openTerminal(temp, server, "ann", { folders: [temp.file("ann")] });
  await ann.untilLine("You are in lobby");
  await ann.type(`/send ${temp.file("ann/big.bin")}\r`);
  await ann.type("half a line");
  await ann.until((lines) => {
    const at = lines.findIndex((line) => /^sending +\d+% .*\/s.*big\.bin$/.test(line));
    return at >= 0 && lines[at + 1]!.startsWith("1:lobby") && lines[at + 2] === "> half a line";
  });
  assertEquals(ann.cursor, { line: "> half a line", column: 13 });
  await ann.type("\x15said meanwhile\r");
  await ann.untilLine("ann: said meanwhile #1");
  await ann.type("/cancel\r");
  await ann.untilLine("Stopped sending big.bin");
  await ann.until((lines) => !lines.some((line) => line.startsWith("sending")));
  // Who leaves in the middle is told, and so is a script.
  await ann.type(`/send ${temp.file("ann/big.bin")}\r`);
  await ann.until((lines) => lines.some((line) => line.startsWith("sending")));
  await ann.type("/quit\r");
  assertEquals(await ann.ended(), 1);
  assertMatch(ann.text, /1 transfer of files ended before it was complete$/);
});

Deno.test("client.ts --send sends one file to the room, prints its receipt, and exits 0", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  const path = await temp.write("a.txt", "hello\n");
  await using bob = await ChatClient.connect({ port: server.port, name: "bob", room: "ops" });
  const send = (args: readonly string[], read = path) =>
    Program.start("client.ts", ["--port", String(server.port), "--room", "ops", ...args], {
      deno: ["-P=client", `--allow-read=${read}`],
    }).finish();
  const files = firstFiles(bob);
  const { code, stdout, stderr } = await send(["--send", path]);
  const [{ id, sha256 }] = await files as [SharedFile];
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: [`sent a.txt as ${id}/a.txt 6 bytes sha256=${sha256}`],
    stderr: [],
  });
  const json = await send(["--send", path, "--json"]);
  const told = json.stdout.map((line) => JSON.parse(line)).find(({ type }) => type === "ack");
  assertEquals([json.code, told.payload.room], [0, "ops"]);
  const missing = await send(["--send", temp.file("none")], temp.path);
  assertEquals([missing.code, missing.stdout], [1, []]);
  assertMatch(missing.stderr[0]!, /Not sent: Cannot read \S+none: there is no such file/);
  const refused = await send(["--send", path], temp.file("elsewhere"));
  assertMatch(refused.stderr[0]!, /deno run -P=client --allow-read=\S+a\.txt client\.ts/);
  assertEquals((await send(["--send", path, "--follow"])).code, 2);
});

Deno.test("client.ts --json prints the files of a message, and --follow their names", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  const { fileSource } = await import("../../transfer/file_source.ts");
  const source = await fileSource(await temp.write("a.txt", "hello\n"));
  await using ann = await ChatClient.connect({ port: server.port, name: "ann", room: "lobby" });
  const follow = (args: readonly string[]) =>
    Program.start("client.ts", ["--port", String(server.port), "--follow", ...args], {
      deno: ["-P=client"],
      stdin: true,
    });
  await using json = follow(["--json"]);
  await using text = follow([]);
  await json.line(/"joined"/);
  await text.write("ready\n");
  await text.line(/ready/);
  const [file] = await ann.upload([{ ...source, name: "a b.txt" }]);
  await ann.send("lobby", "look", { files: [file!.id] });
  const [line] = await json.line(/^.*"files".*$/);
  assertEquals(JSON.parse(line).payload.files, [{ ...file, type: "text/plain" }]);
  await text.line(/^\[lobby\] ann: look$/);
  await text.line(/^ {2}\[file\] a b\.txt, 6 B$/);
});
