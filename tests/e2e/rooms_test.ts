import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { openTerminal } from "../support/client_terminal.ts";
import { killHard, startOnDisk } from "../support/disk_server.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";

/** What all files below a folder hold. */
function contentOf(folder: string): string {
  const latin = new TextDecoder("latin1");
  return [...Deno.readDirSync(folder)].map(({ name, isFile, isDirectory }) =>
    isDirectory
      ? contentOf(`${folder}/${name}`)
      : isFile
      ? latin.decode(Deno.readFileSync(`${folder}/${name}`))
      : ""
  ).join("\n");
}

Deno.test("on a terminal one owns a room, moderates it, and is told what others may not", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  await using ann = openTerminal(temp, server, "ann", { more: "--room den" });
  await ann.untilLine("You are in den, nobody else is here; it is yours");
  await using bob = openTerminal(temp, server, "bob", { more: "--room den" });
  await bob.untilLine("You are in den, 1 other is here");

  await bob.type("/topic mine\r");
  await bob.untilLine('Cannot do this in "den": only its owner (ann) and operators may');
  await ann.type("/topic green tea\r");
  await bob.untilLine("ann set the topic of den: green tea");
  await bob.type("/topic\r");
  await bob.untilLine("The topic of den: green tea");

  await bob.type("some advertisement\r");
  // Who may moderate sees the number of each message.
  await ann.untilLine("     bob: some advertisement #1");
  await bob.type("/mute ann\r");
  await bob.untilLine("only its owner (ann) and operators may");
  await ann.type("/delete 1\r");
  await bob.untilLine("ann removed message #1 of den");
  await bob.type("/history\r");
  await bob.untilLine("     bob: (removed by ann) #1");

  await ann.type("/mute bob 10m too many words\r");
  await bob.untilLine("ann muted bob in den until");
  await bob.type("let me\r");
  await bob.untilLine('Not sent: Cannot say this in "den": you are muted there until');
  await ann.type("/room\r");
  await ann.untilLine("Muted: bob (until");
  await ann.type("/unmute bob\r");
  await bob.untilLine("ann lets bob speak again in den");

  await ann.type("/kick bob calm down\r");
  await bob.untilLine('ann removed you from "den": calm down. You may join it again');
  await bob.type("/join den\r");
  await bob.untilLine("its topic is: green tea");
  await ann.type("/ban bob 2h\r");
  await bob.untilLine("You are no longer in den");
  await bob.type("/join den\r");
  await bob.untilLine('Cannot be in "den": you are banned from it until');

  await ann.type("/private\r");
  await ann.untilLine("ann made den private");
  await ann.type("/unban bob\r");
  await ann.untilLine("bob may join den again");
  await bob.type("/join den\r");
  await bob.untilLine('Cannot enter "den": it is private');
  await ann.type("/invite bob\r");
  await ann.untilLine("bob is invited to den");
  await bob.untilLine("ann invites you to den");
  await bob.type("/join den\r");
  await bob.until(() => bob.text.includes("it is private; its topic is: green tea"));

  await ann.type("/op bob\r");
  await bob.untilLine("ann made bob an operator of den");
  await bob.type("/kick ann\r");
  await bob.untilLine('Cannot do this to ann: nobody may act against the owner of "den"');
  await bob.type("/op ann\r");
  await bob.untilLine('Cannot do this in "den": only its owner (ann) and the server\'s admins may');
  for (const one of [ann, bob]) {
    await one.type("/quit\r");
    assertEquals(await one.ended(), 0);
  }
});

Deno.test("a removed message is in no file of the server, no later backup, and does not come back after a crash", async () => {
  await using temp = new TempFolder();
  const data = temp.file("data");
  const text = "the quixotry of xylophones";
  {
    await using server = await startOnDisk(data);
    await using ann = await ChatClient.connect({ port: server.port, name: "ann", room: "den" });
    const { seq } = await ann.send("den", text);
    await ann.send("den", "what stays");
    assertEquals((await ann.search("quixotry")).messages.length, 1);
    await ann.moderate("den", "delete", { seq });
    // As a power cut would, right behind the answer.
    await killHard(server);
    assertEquals(contentOf(`${data}`).includes("what stays"), true);
    for (const file of ["parley.db", "parley.db-wal"]) {
      const content = new TextDecoder("latin1").decode(Deno.readFileSync(`${data}/${file}`));
      assertEquals(content.includes("quixotry"), false, file);
    }
  }
  await using server = await startOnDisk(data);
  await using bob = await ChatClient.connect({ port: server.port, name: "bob", room: "den" });
  const { messages } = await bob.history("den");
  assertEquals(messages.map((one) => one.text), ["", "what stays", ""]);
  assert("removed" in messages[0]! && messages[0].removed?.by === "ann");
  assert("removes" in messages[2]! && messages[2].removes === messages[0]!.seq);
  assertEquals((await bob.search("quixotry")).messages, []);
  const copy = temp.file("copy");
  await using backup = Program.start("backup.ts", [data, copy], {
    deno: ["-P=backup", `--allow-read=${temp.path}`, `--allow-write=${temp.path}`],
  });
  assertEquals((await backup.finish()).code, 0, backup.transcript);
  assertEquals(contentOf(copy).includes("xylophones"), false);
  assertEquals(contentOf(copy).includes("what stays"), true);
});

Deno.test("what holds in a room holds after the server was started again", async () => {
  await using temp = new TempFolder();
  const data = temp.file("data");
  let token: string | undefined;
  {
    await using server = await startOnDisk(data);
    await using ann = await ChatClient.connect({ port: server.port, name: "ann", room: "den" });
    await using eve = await ChatClient.connect({ port: server.port, name: "eve" });
    token = eve.token;
    await ann.moderate("den", "topic", { topic: "tea" });
    await ann.moderate("den", "ban", { name: "eve" });
    await killHard(server);
  }
  await using server = await startOnDisk(data);
  await using eve = await ChatClient.connect({ port: server.port, name: "eve", token: token! });
  const error = await assertRejects(() => eve.join("den"), ProtocolError);
  assertEquals(error.code, "banned");
  await using bob = await ChatClient.connect({ port: server.port, name: "bob" });
  const { topic, role } = await bob.join("den");
  assertEquals([topic, role], ["tea", undefined]);
  assertEquals((await bob.roomInfo("den")).owner, "ann");
});
