import { assertEquals, assertMatch } from "@std/assert";
import { fileSource } from "../../transfer/file_source.ts";
import { ChatClient } from "../../client/chat_client.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import { DataFolder } from "../../server/data_folder.ts";
import { LyingServer } from "../support/lying_server.ts";
import { Program } from "../support/process.ts";
import { SealedPeer } from "../support/sealed_house.ts";
import { TempFolder } from "../support/temp.ts";

// What programs and people are told by a server that lies about what is encrypted.

Deno.test("a server cannot have client.ts --json say that a message was encrypted", async () => {
  await using server = new LyingServer();
  await using ann = await ChatClient.connect({ ...server.options, name: "ann", room: "lobby" });
  server.lie = (message) =>
    message.type === "message"
      ? [{
        ...message,
        payload: { ...message.payload, secrecy: { kind: "sealed", key: "aa" } },
      } as ChatMessage]
      : [message];
  const args = ["--port", `${server.port}`, "--follow", "--json"];
  await using bob = Program.start("client.ts", args, { deno: ["-P=client"], stdin: true });
  await bob.line(/"type":"joined"/);
  await ann.send("lobby", "give me money");
  const [line] = await bob.line(/^.*give me money.*$/);
  assertEquals(JSON.parse(line!).payload.secrecy, { kind: "open" });
  await bob.closeInput();
  bob.kill("SIGINT");
  assertEquals((await bob.finish()).code, 0);
});

Deno.test("what a server has one say oneself in the open, to somebody who has a key, stands out", async () => {
  await using server = new LyingServer();
  await using ann = await SealedPeer.connect({ ...server.options, name: "ann" });
  await using _bob = await SealedPeer.connect({ ...server.options, name: "bob" });
  await ann.chat.sendPrivate("bob", "one");
  await ann.privateTexts(1);
  server.lie = (message) => {
    if (message.type !== "private") return [message];
    const { sealed: _sealed, ...payload } = message.payload;
    return [{ ...message, payload: { ...payload, text: "I owe you ten" } }];
  };
  await ann.chat.sendPrivate("bob", "two");
  await ann.privateTexts(2);
  assertEquals(ann.privates[1]!.secrecy, { kind: "open", isUnexpected: true });
  assertMatch(ann.privates[1]!.text, /I owe/);
});

Deno.test("of an encrypted file a server is told neither name, nor time, nor mode", async () => {
  await using folder = new TempFolder();
  await using data = await DataFolder.open(folder.file("data"));
  const { log, registry, files } = data;
  await using server = new LyingServer({ log, registry, files: files! });
  await using ann = await SealedPeer.connect({ ...server.options, name: "ann" });
  await using _bob = await SealedPeer.connect({ ...server.options, name: "bob" });
  const path = await folder.write("salaries.txt", "ann: ten");
  const past = 1_234_567_891_234;
  await Deno.utime(path, past / 1_000, past / 1_000);
  await Deno.chmod(path, 0o641);
  await ann.chat.upload([await fileSource(path)], { target: { to: "bob" } });
  const offer = server.requests.map((request) => request as { type: string; payload: object })
    .find(({ type }) => type === "offer");
  assertMatch(JSON.stringify(offer), /sealed\.age/);
  assertEquals(/salaries|1234567891|"mode"/.exec(server.seen), null);
});
