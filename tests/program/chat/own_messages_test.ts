import { assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../../client/chat_client.ts";
import { SealedChat } from "../../../client/sealed_chat.ts";
import { ProtocolError } from "../../../codec/errors.ts";
import { OwnMessages } from "../../../program/chat/own_messages.ts";
import { PendingMessages } from "../../../program/chat/pending_messages.ts";
import { ChatServer } from "../../../server/chat_server.ts";

Deno.test("OwnMessages keep what is said pending until it has come back, and not what was refused", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const client = await ChatClient.connect({ ...server.address, name: "ann", room: "lobby" });
  await using bob = await ChatClient.connect({ ...server.address, name: "bob", room: "lobby" });
  await using chat = new SealedChat({ client, device: undefined });
  const pending = new PendingMessages(() => {});
  const told: string[] = [];
  let isOnline = true;
  const own = new OwnMessages({
    ...{ chat, pending },
    isOnline: () => isOnline,
    notice: (text) => told.push(text),
    onAway: (name, { text }) => told.push(`${name}: ${text}`),
  });
  const reading = (async () => {
    for await (const { type, payload } of chat.events) {
      if (type === "message" || type === "private") pending.arrived(payload.id);
      if (type === "private") return;
    }
  })();
  const saying = own.say({ room: "lobby" }, "hello");
  assertEquals(pending.all, [{ where: "lobby", text: "hello" }]);
  await saying;
  await bob.away("lunch");
  await own.say({ to: "bob" }, "psst");
  await reading;
  assertEquals([pending.all, told], [[], ["bob: lunch"]]);
  isOnline = false;
  await assertRejects(() => own.say({ to: "nobody" }, "psst"), ProtocolError);
  assertEquals([pending.all, told[1]], [[], "Not connected: it is sent when the server is back"]);
});
