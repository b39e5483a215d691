import { createHmac } from "node:crypto";
import { assertEquals } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";
import { openWebHouse } from "../support/web_house.ts";
import { WebPeer } from "../support/web_peer.ts";

Deno.test("examples/echo_bot.ts says again what others say", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const { host, port } = server.address;
  await using bot = Program.start("examples/echo_bot.ts", [host, `${port}`, "attic"], {
    deno: ["-P=client"],
  });
  const [, name] = await bot.line(/^(guest-echo-\w+) echoes in attic$/);
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

Deno.test("examples/webhook_bridge.ts says what signed webhooks say, and forwards what is said", async () => {
  await using house = await openWebHouse();
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  const asker = await WebPeer.open(house.url);
  asker.send("connect", { protocol: 1, name: "bridge" });
  const { token } = await asker.next("connect_ack");
  await asker[Symbol.asyncDispose]();
  const forwarded: { readonly text: string }[] = [];
  const all = Promise.withResolvers<void>();
  await using target = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (got) => {
      if (forwarded.push(await got.json()) === 2) all.resolve();
      return new Response();
    },
  );
  const env = { BEARER: formatBearer({ name: "bridge", token }), SECRET: "s3cret" };
  const args = [house.url.slice(0, -1), "lobby", `http://127.0.0.1:${target.addr.port}/`];
  await using bridge = Program.start("examples/webhook_bridge.ts", args, {
    deno: ["--allow-net=127.0.0.1", "--allow-env=BEARER,SECRET"],
    env,
  });
  const [, url] = await bridge.line(/^taking webhooks on (.+)$/);
  await bridge.line(/^forwarding lobby/);
  const hook = async (body: string, secret: string, headers: Record<string, string> = {}) => {
    const signature = createHmac("sha256", secret).update(body).digest("hex");
    const response = await fetch(url!, {
      method: "POST",
      body,
      headers: { ...headers, "x-hub-signature-256": `sha256=${signature}` },
    });
    await response.body?.cancel();
    return response.status;
  };
  const push = JSON.stringify({
    ref: "refs/heads/main",
    commits: [{ message: "Fix it\n\nat last" }],
    repository: { full_name: "ann/parley" },
    pusher: { name: "ann" },
  });
  assertEquals(await hook('{"text":"forged"}', "guess"), 401);
  assertEquals(await hook("no json", "s3cret"), 400);
  assertEquals(await hook('{"zen":"x"}', "s3cret"), 204);
  assertEquals(await hook('{"text":"Build 7\\u0007 is green"}', "s3cret"), 201);
  const delivery = { "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958" };
  for (let at = 0; at < 2; at++) assertEquals(await hook(push, "s3cret", delivery), 201);
  await all.promise;
  const texts = ["Build 7  is green", "ann pushed 1 commits to ann/parley main: Fix it"];
  assertEquals(forwarded.map(({ text }) => text), texts);
  await ann.until(() => ann.texts().length === 2);
  assertEquals(ann.texts(), texts);
  assertEquals(bridge.transcript.includes("s3cret"), false);
  assertEquals(bridge.transcript.includes(token), false);
});
