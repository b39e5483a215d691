import { assertEquals } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("examples/echo_bot.ts says again what others say", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const { host, port } = server.address;
  await using bot = Program.start("examples/echo_bot.ts", [host, `${port}`, "attic"], {
    deno: ["-P=client"],
  });
  const [, name] = await bot.line(/^(echo-\w+) echoes in attic$/);
  await using ann = await ChatClient.connect({ host, port, name: "ann", room: "attic" });
  await ann.send("attic", "marco");
  const heard: string[] = [];
  for await (const { type, payload } of ann.events) {
    if (type === "message") heard.push(`${payload.sender}: ${payload.text}`);
    if (heard.length === 2) break;
  }
  assertEquals(heard, ["ann: marco", `${name}: marco`]);
});

Deno.test("examples/send_me_a_file.ts takes one sender's files and says what came", async () => {
  await using from = new TempFolder();
  await using folder = new TempFolder();
  const path = await from.write("letter.txt", "Dear you");
  await using receiver = Program.start("examples/send_me_a_file.ts", [folder.path], {
    deno: ["-P=receive", `--allow-read=${folder.path}`, `--allow-write=${folder.path}`],
  });
  const [, port] = await receiver.line(/^listening on 127\.0\.0\.1:(\d+)$/);
  await using sender = Program.start("transfer/send.ts", [path, "--port", port!], {
    deno: ["-P=send", `--allow-read=${from.path}`],
  });
  assertEquals((await sender.finish()).code, 0, sender.transcript);
  const { code, stdout } = await receiver.finish();
  assertEquals([code, stdout.slice(2)], [0, [
    "all of it is here, verifying",
    "got recv-letter.txt, 8 bytes",
    "1 files, 8 bytes. Thank you!",
  ]]);
  assertEquals(await Deno.readTextFile(folder.file("recv-letter.txt")), "Dear you");
});
