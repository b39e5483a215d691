import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { openTerminal } from "../support/client_terminal.ts";
import { startOnDisk } from "../support/disk_server.ts";
import { TempFolder } from "../support/temp.ts";
import type { TestTerminal } from "../support/terminal.ts";

/** Waits until the screen ends with these lines; times are `HH:MM` there, and latencies left out. */
async function untilScreen(terminal: TestTerminal, wanted: readonly string[]): Promise<void> {
  await terminal.until(() => {
    const lines = terminal.text.split("\n").map((line) =>
      line.trimEnd().replace(/^\d\d:\d\d/, "HH:MM").replace(/ {2}\d+ ms$/, "")
    );
    return lines.slice(-wanted.length).join("\n") === wanted.join("\n");
  });
}

/** A chat of ann's in a real terminal, and of bob's beside it. */
async function openChat(more = "") {
  const temp = new TempFolder();
  const server = await startOnDisk(temp.file("data"));
  const bob = await ChatClient.connect({ port: server.port, name: "bob", room: "lobby" });
  const reading = Array.fromAsync(bob.events);
  const terminal = openTerminal(temp, server, "ann", { more });
  await terminal.untilLine("You are in lobby");
  return {
    ...{ temp, server, bob, terminal },
    async [Symbol.asyncDispose]() {
      await terminal[Symbol.asyncDispose]();
      await bob.close();
      await reading;
      await server[Symbol.asyncDispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
}

Deno.test("while hundreds of messages come, every key gets into the line, and every message onto the screen", async () => {
  await using chat = await openChat();
  const { bob, terminal } = chat;
  const typed = "the quick brown fox jumps over the lazy dog, 日本語 and 👍 too";
  const texts = Array.from({ length: 600 }, (_, at) => `message ${at} of many`);
  const saying = (async () => {
    for (const text of texts) await bob.send("lobby", text);
  })();
  // A key at a time, each when an acknowledgement has come: typing lasts about as long as the messages do.
  for (const key of typed) {
    await terminal.type(key);
    await bob.ping();
  }
  await saying;
  await terminal.untilLine(texts.at(-1)!);
  await terminal.until((lines) => lines.at(-1) === `> ${typed}`);
  await terminal.type("\x1b[H\x1b[1;5CX");
  await terminal.until((lines) => lines.at(-1) === `> theX${typed.slice(3)}`);
  // The scrollback has each once, in order, and nothing of the rows that were drawn below them.
  const shown = terminal.text.split("\n").filter((line) => line.includes("of many"));
  assertEquals(shown.map((line) => line.replace(/^\d\d:\d\d {6}bob: /, "")), texts);
  assertEquals(terminal.lines.filter((line) => line.includes("1:lobby")).length, 1);
  assertEquals(terminal.lines.filter((line) => line.startsWith("> ")).length, 1);
});

Deno.test("a room that one is not in is counted, and shown when one turns there", async () => {
  await using chat = await openChat();
  const { bob, terminal } = chat;
  await terminal.type("/join tea\r");
  await terminal.untilLine("You are in tea");
  await bob.send("lobby", "one");
  await bob.send("lobby", "two, ann?");
  await terminal.untilLine("1:lobby(2!)");
  assert(!terminal.text.includes("bob: one"));
  await terminal.type("\x1b1");
  await untilScreen(terminal, [
    "-- You are in tea, nobody else is here; it is yours",
    "---- lobby: 2 unread messages ----",
    "HH:MM      bob: one",
    "HH:MM      bob: two, ann?",
    "1:lobby  2 here  2:tea",
    ">",
  ]);
  await terminal.type("/go 9\r");
  await terminal.untilLine("There is no room 9: you are in 2 rooms");
  await terminal.type("/go t\t\r");
  await terminal.untilLine("---- tea ----");
  await terminal.type("/leave\r");
  await terminal.untilLine("what you type goes to lobby");
});

Deno.test("Tab completes commands, rooms, names and what people say", async () => {
  await using chat = await openChat();
  const { bob, terminal } = chat;
  await bob.send("lobby", "hello");
  await terminal.untilLine("bob: hello");
  const end = (line: string) => terminal.until((lines) => lines.at(-1) === line);
  await terminal.type("b\t");
  await end("> bob: ");
  await terminal.type("I am here\r");
  await terminal.untilLine("ann: bob: I am here #2");
  await terminal.type("/ms\tB\tpsst");
  await end("> /msg bob psst");
  await terminal.type("\r");
  await terminal.untilLine("ann: psst #1");
  await terminal.type("/set be\tm\t\r");
  await terminal.untilLine("-- bell is mentions");
  // Rooms that one is not in, too.
  await bob.join("biscuits");
  await terminal.type("/join bis\t");
  await end("> /join biscuits ");
  await terminal.type("\x15/r\x1b[A\x1b[A");
  await end("> /msg bob psst");
});

Deno.test("a pasted block of 200 lines is shown as one, and sent as one message after Enter", async () => {
  await using chat = await openChat();
  const { bob, terminal } = chat;
  const block = Array.from({ length: 200 }, (_, at) => `line ${at}`).join("\n");
  await terminal.type(`\x1b[200~${block.replaceAll("\n", "\r")}\x1b[201~`);
  await terminal.untilLine("line 199");
  assertEquals((await bob.history("lobby", { limit: 1 })).messages, []);
  assert(terminal.lines.length <= 24, "the block does not push the chat off the screen");
  await terminal.type("\r");
  await terminal.untilLine("| … all of it: /show lobby 1");
  const { messages } = await bob.history("lobby", { limit: 5 });
  assertEquals(messages.map(({ text }) => text), [block]);
});

Deno.test("a terminal that gets another size in mid-line keeps what is typed, and what was said", async () => {
  await using chat = await openChat();
  const { bob, terminal } = chat;
  const texts = Array.from({ length: 30 }, (_, at) => `said ${at}: ${"x".repeat(at * 5)}.`);
  for (const text of texts) await bob.send("lobby", text);
  await terminal.untilLine(texts.at(-1)!.slice(-20));
  const half = "half a thought, 日本語, that goes on for some more than one row of it";
  await terminal.type(half + "\x1b[D\x1b[D");
  const isTyped = (columns: number) => (lines: readonly string[]) => {
    const from = lines.findLastIndex((line) => line.startsWith("> "));
    const rows = lines.slice(from);
    return rows.every((row) => row.length < columns) && rows.join("") === `> ${half}`;
  };
  for (const [columns, rows] of [[100, 24], [61, 20], [33, 12], [120, 30], [47, 10]] as const) {
    await terminal.resize(columns, rows);
    await terminal.until(isTyped(columns));
    await terminal.until((lines) =>
      lines.filter((line) => line.startsWith("1:lobby")).length === 1
    );
  }
  await terminal.type("!");
  await terminal.until((lines) =>
    lines.join("").endsWith(`${half.slice(0, -2)}!${half.slice(-2)}`)
  );
  for (const text of texts) {
    assertStringIncludes(terminal.text.replaceAll(/\n +\| /g, ""), text.slice(0, 8));
  }
});

Deno.test("what one says is there at once, dim until the server has it", async () => {
  await using chat = await openChat();
  const { server, terminal } = chat;
  server.program.kill("SIGSTOP");
  await terminal.type("is anybody there?\r");
  await terminal.until((lines) => lines.at(-3) === "    …      ann: is anybody there?");
  assertEquals(terminal.lines.at(-1), "> ");
  server.program.kill("SIGCONT");
  await terminal.untilLine("ann: is anybody there? #1");
  await terminal.until((lines) => !lines.some((line) => line.includes("…")));
});

Deno.test("/rename goes on under another name, in the same rooms, and what was typed before is kept", async () => {
  await using chat = await openChat();
  const { bob, terminal } = chat;
  await terminal.type("/join tea\r");
  await terminal.untilLine("You are in tea");
  await terminal.type("/rename bob\r");
  await terminal.untilLine('You are still ann. Cannot connect as "bob"');
  await bob.send("lobby", "unread");
  await bob.sendPrivate("ann", "psst");
  await terminal.untilLine("[private] bob: psst");
  await terminal.type("/away tea\r");
  await terminal.untilLine("You are away");
  await terminal.type("/rename anna\r");
  await terminal.untilLine("Connected as anna");
  await terminal.untilLine("2:tea");
  await terminal.type("still here\r");
  await terminal.untilLine("anna: still here #1");
  await terminal.until((lines) => /2:tea .*1:lobby\(1\).*away/.test(lines.at(-2)!));
  await terminal.type("/r here I am\r");
  await terminal.untilLine("[private to bob] anna: here I am");
  await terminal.type("\x1ba");
  await terminal.untilLine("bob: unread");
  assertEquals((await Array.fromAsync(bob.who("lobby"))).sort(), ["anna", "bob"]);
  await terminal.type("/quit\r");
  assertEquals(await terminal.ended(), 0);
});

Deno.test("the client remembers where one was, bookmarks, settings and what was typed", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  {
    await using first = openTerminal(temp, server, "ann");
    await first.untilLine("You are in lobby");
    await first.type("/join tea\r");
    await first.untilLine("You are in tea");
    for (
      const line of [
        "/set times off",
        "/ignore eve",
        "/focus bob",
        "/away lunch",
        "/bookmark tea",
        "said before",
      ]
    ) {
      await first.type(`${line}\r`);
    }
    await first.untilLine("said before #1");
    await first.type("/go lobby\r/quit\r");
    assertEquals(await first.ended(), 0);
  }
  const config = temp.file("config-ann");
  const open = (args: string) =>
    openTerminal(temp, server, "ann", { only: `--config ${config} ${args}` });
  {
    await using again = open("");
    // Nothing is asked, and all rooms are entered that one was in.
    await again.untilLine("You are in lobby");
    await again.untilLine("1:lobby  1 here  2:tea");
    await again.untilLine("You are still away: lunch");
    await again.untilLine("away  focus: bob");
    await again.type("/back\r/focus\r");
    await again.untilLine("Everybody is shown");
    await again.type("\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A");
    await again.until((lines) => lines.at(-1) === "> said before");
    await again.type("\r");
    await again.until((lines) => lines.some((line) => line === "     ann: said before #1"));
    await again.type("/ignore\r");
    await again.untilLine("Ignored: eve");
    await again.type("/quit\r");
    assertEquals(await again.ended(), 0);
  }
  await using marked = open("tea");
  await marked.untilLine("You are in tea");
  await marked.type("/quit\r");
  assertEquals(await marked.ended(), 0);
  await using unknown = open("coffee");
  await unknown.untilLine("there are tea");
  assertEquals(await unknown.ended(), 1);
});

Deno.test("Ctrl-X Ctrl-E takes what is typed into an editor, and back", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  const editor = await temp.write(
    "my-editor",
    '#!/bin/sh\nprintf "a key, please: " && read key && echo "$key and more" >> "$1"\n',
  );
  await Deno.chmod(editor, 0o755);
  await using terminal = openTerminal(temp, server, "ann", { env: { EDITOR: editor } });
  await terminal.untilLine("You are in lobby");
  await terminal.type("begun here\x18\x05");
  // It was not permitted yet: Deno asks, and has the terminal for it.
  await terminal.answer(1, "y");
  await terminal.untilLine("a key, please:");
  await terminal.type("ended there\n");
  await terminal.until((lines) => lines.at(-1) === "… ended there and more");
  await terminal.type("\r");
  await terminal.untilLine("| ended there and more #1");
});

Deno.test("a client that is asked to end while $EDITOR is open ends, and leaves nothing of the text", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  const editor = await temp.write(
    "my-editor",
    `#!/bin/sh\ntrap "" TERM HUP\necho editing\nexec sleep 60\n`,
  );
  await Deno.chmod(editor, 0o755);
  for (const name of ["ann", "bob"]) {
    await using terminal = openTerminal(temp, server, name, { env: { EDITOR: editor } });
    await terminal.untilLine("You are in lobby");
    await terminal.type("the secret of the attic\x18\x05");
    await terminal.answer(1, "y");
    await terminal.untilLine("editing");
    const texts = () =>
      [...Deno.readDirSync(temp.file(`config-${name}`))].filter(({ name }) =>
        name.startsWith("message-")
      );
    assertEquals(texts().length, 1);
    if (name === "ann") {
      await terminal.signal("SIGTERM");
      await terminal.ended();
    } else await terminal.hangUp();
    assertEquals(texts(), []);
  }
});

Deno.test("--plain is linear: no sequence at all is written, and nothing breaks into what is typed", async () => {
  await using chat = await openChat("--plain");
  const { bob, terminal } = chat;
  await terminal.type("half a li");
  await terminal.until((lines) => lines.at(-1) === "half a li");
  await bob.send("lobby", "held back");
  await bob.send("lobby", "and this");
  await bob.ping();
  await terminal.type("ne");
  await terminal.until((lines) => lines.at(-1) === "half a line");
  assert(!terminal.text.includes("held back"));
  await terminal.type("\r");
  await terminal.untilLine("ann: half a line #3");
  const text = terminal.text;
  assert(text.indexOf("held back") < text.indexOf("and this"));
  await terminal.type("/quit\r");
  assertEquals(await terminal.ended(), 0);
  assert(!terminal.raw.includes("\x1b"), JSON.stringify(terminal.raw));
});

Deno.test("away is told to who writes and to who looks, and to nobody twice", async () => {
  await using chat = await openChat();
  const { bob, terminal } = chat;
  await bob.away("lunch");
  await terminal.untilLine("bob is away: lunch");
  await terminal.type("/msg bob are you there?\r");
  await terminal.untilLine("ann: are you there? #1");
  await terminal.type("/who\r");
  await terminal.untilLine("---- lobby: 2 members ----");
  await terminal.untilLine("lunch");
  await terminal.type("/away\r");
  await terminal.untilLine("You are away");
  await terminal.until((lines) => /1:lobby .*away/.test(lines.at(-2)!));
  await terminal.type("/back\r");
  await terminal.untilLine("You are back");
});

Deno.test("without a server nothing is asked of it, what is typed is kept, and one can leave", async () => {
  await using chat = await openChat();
  const { server, terminal } = chat;
  server.program.kill("SIGKILL");
  await terminal.until((lines) => lines.at(-2)!.includes("offline"));
  await terminal.type("/secret attic\r");
  await terminal.untilLine("Not connected: try it again when the server is back");
  await terminal.type("/rename anna\r");
  await terminal.untilLine("You are still ann. Failed to connect");
  await terminal.type("/ping\r");
  await terminal.untilLine("There is no /ping");
  await terminal.type("kept\r");
  await terminal.until((lines) => lines.some((line) => line === "    …      ann: kept"));
  await terminal.signal("SIGTERM");
  assertEquals(await terminal.ended(), 1);
  assertStringIncludes(terminal.text, "1 message may not have reached the server");
});

Deno.test("a command that waits for the server keeps nobody from leaving", async () => {
  await using chat = await openChat();
  const { server, terminal } = chat;
  server.program.kill("SIGSTOP");
  await terminal.type("/rename anna\r");
  await terminal.until((lines) => lines.at(-1) === "> ");
  await terminal.signal("SIGTERM");
  assertEquals(await terminal.ended(), 0);
  server.program.kill("SIGCONT");
});

Deno.test("in the linear mode nothing is hidden in another room, and /rooms tells one's own", async () => {
  await using chat = await openChat("--plain");
  const { bob, terminal } = chat;
  await terminal.type("/join tea\r");
  await terminal.untilLine("You are in tea");
  await bob.send("lobby", "over here");
  await terminal.untilLine("[lobby] bob: over here");
  await terminal.type("/rooms\r");
  await terminal.untilLine("You are in 1:lobby, 2:tea");
});

Deno.test("what goes wrong with a file of the client's is told on the screen, and does not disturb it", async () => {
  await using chat = await openChat();
  const { temp, terminal } = chat;
  await Deno.writeTextFile(temp.file("config-ann/config.json"), "{");
  await terminal.type("/set bell all\r");
  await terminal.untilLine("-- Cannot read");
  await terminal.untilLine("-- bell is all");
  await terminal.type("half");
  await terminal.until((lines) =>
    lines.at(-1) === "> half" && lines.filter((line) => line.startsWith("1:lobby")).length === 1
  );
});
