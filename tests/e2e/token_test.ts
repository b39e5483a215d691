import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { Credentials } from "../../client/credentials.ts";
import { KeyFile } from "../../client/key_file.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { parseBearer } from "../../protocol/bearer.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";

/** Runs the program with no more than it says that it needs. */
function token(server: ChatServer, args: readonly string[], deno: readonly string[] = []) {
  const port = `${server.address.port}`;
  return Program.start("token.ts", [...args, "--port", port], { deno: ["-P=token", ...deno] });
}

Deno.test("token.ts takes a name on a running server, and prints the token that shows it, once", async () => {
  await using server = ChatServer.listen({ port: 0, guests: "guest" });
  await using program = token(server, ["build-bot"]);
  const { code, stdout, stderr } = await program.finish();
  assertEquals([code, stdout.length], [0, 1], program.transcript);
  assertEquals(await server.hub.authenticate(stdout[0]!), "build-bot");
  assertEquals(stderr.join().includes(parseBearer(stdout[0]!).token), false);
});

Deno.test("token.ts gives nobody a name that is somebody's", async () => {
  await using server = ChatServer.listen({ port: 0 });
  await using first = token(server, ["bot"]);
  assertEquals((await first.finish()).code, 0);
  await using second = token(server, ["BOT"]);
  const { code, stdout, stderr } = await second.finish();
  assertEquals([code, stdout], [1, []]);
  assertStringIncludes(stderr.join(), "belongs to somebody already");
});

Deno.test("token.ts gives a token of a name that the terminal client has, until its logout", async () => {
  await using temp = new TempFolder();
  await using server = ChatServer.listen({ port: 0, guests: "guest" });
  const config = temp.file("config");
  const { key } = await new KeyFile(config).open();
  await using ann = await ChatClient.connect({ ...server.address, name: "ann", key });
  await using first = token(server, ["ann", "--config", config], [`--allow-read=${config}`]);
  const { stdout: [bearer = ""] } = await first.finish();
  assertEquals(await server.hub.authenticate(bearer), "ann");
  await ann.logout();
  const { code } = await assertRejects(() => server.hub.authenticate(bearer), ProtocolError);
  assertEquals(code, "unauthorized");
});

Deno.test("token.ts moves a name over that the terminal client has by a token of earlier times", async () => {
  await using temp = new TempFolder();
  await using server = ChatServer.listen({ port: 0 });
  const config = temp.file("config");
  const secret = "5".repeat(64);
  await using old = await ChatClient.connect({ ...server.address, name: "ann", token: secret });
  await new Credentials(config).keep(server.address, "ann", secret);
  await using without = token(server, ["ann", "--config", config], [`--allow-read=${config}`]);
  assertEquals((await without.finish()).code, 1);
  const { key } = await new KeyFile(config).open();
  await using first = token(server, ["ann", "--config", config], [`--allow-read=${config}`]);
  const { stdout: [bearer = ""] } = await first.finish();
  assertEquals(await server.hub.authenticate(bearer), "ann");
  await assertRejects(() => old.closed, ProtocolError);
  await using _again = await ChatClient.connect({ ...server.address, name: "ann", key });
});

Deno.test("token.ts says what is wrong with a name, or that nobody listens", async () => {
  const server = ChatServer.listen({ port: 0 });
  await using bad = token(server, ["a b"]);
  assertEquals((await bad.finish()).code, 2);
  await server.close();
  await using late = token(server, ["bot"]);
  const { code, stderr } = await late.finish();
  assertEquals(code, 1);
  assertStringIncludes(stderr.join(), "nobody listens there");
});
