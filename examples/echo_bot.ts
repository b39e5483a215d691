// An echo bot: says again what others say in a room, until it is stopped.
//
//   deno run -P=client examples/echo_bot.ts [HOST] [PORT] [ROOM]
import { ChatClient } from "../mod.ts";

const [host = "127.0.0.1", port = "12345", room = "lobby"] = Deno.args;
const name = `guest-echo-${crypto.randomUUID().slice(0, 8)}`;

await using client = await ChatClient.connect({ host, port: Number(port), name, room });
// deno-lint-ignore no-console -- a program for people
console.log(`${name} echoes in ${room}`);
for await (const event of client.events) {
  // Bots that answer bots never stop.
  if (event.type !== "message" || event.payload.sender.startsWith("guest-echo-")) continue;
  // Files alone, what is encrypted and what says that something was removed have no text.
  if (event.payload.text === "") continue;
  await client.send(event.payload.room, event.payload.text);
}
