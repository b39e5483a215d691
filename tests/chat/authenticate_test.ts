import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import { openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";

Deno.test("Hub.authenticate knows a name by its token, also when it is not connected", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "Ann");
  const { token } = await ann.next("connect_ack");
  await ann.ask("quit", {});
  await ann.ended;
  assertEquals(await house.hub.authenticate(formatBearer({ name: "ann", token })), "Ann");
});

Deno.test("Hub.authenticate says no to another's token, to a name that nobody has, and to what is no bearer", async () => {
  await using house = openHouse();
  await ChatPeer.connect(house.hub, "ann");
  const bob = await ChatPeer.connect(house.hub, "bob");
  const { token } = await bob.next("connect_ack");
  const bearers: [string, string][] = [
    [formatBearer({ name: "ann", token }), "unauthorized"],
    [formatBearer({ name: "nobody", token }), "unauthorized"],
    [formatBearer({ name: "no name", token }), "invalid_name"],
    ["Bearer", "unauthorized"],
  ];
  for (const [bearer, code] of bearers) {
    const error = await assertRejects(() => house.hub.authenticate(bearer), ProtocolError);
    assertEquals([error.code, error.message.includes(token)], [code, false]);
  }
});
