import { assertEquals, assertStringIncludes } from "@std/assert";
import { Credentials } from "../../client/credentials.ts";
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
  await using server = ChatServer.listen({ port: 0 });
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

Deno.test("token.ts gives the token of a name that the terminal client has", async () => {
  await using temp = new TempFolder();
  await using server = ChatServer.listen({ port: 0 });
  const secret = "5".repeat(64);
  const config = temp.file("config");
  await new Credentials(config).keep(server.address, "ann", secret);
  await using first = token(server, ["ann", "--config", config], [`--allow-read=${config}`]);
  const { stdout } = await first.finish();
  assertEquals(parseBearer(stdout[0]!), { name: "ann", token: secret });
  assertEquals(await server.hub.authenticate(stdout[0]!), "ann");
  await using second = token(server, ["bob", "--config", config], [`--allow-read=${config}`]);
  assertEquals((await second.finish()).code, 1);
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
