import { assert, assertEquals } from "@std/assert";
import { Allowance } from "../../chat/allowance.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { openHouse } from "../support/chat_house.ts";

Deno.test("Allowance gives each so much at once, then so much a second", () => {
  const allowance = new Allowance(2, 1);
  assertEquals([1, 2, 3, 4].map(() => allowance.take("a", 0)), [0, 0, 1_000, 1_000]);
  assertEquals(allowance.take("b", 0), 0);
  assertEquals([allowance.take("a", 400), allowance.take("a", 1_000)], [600, 0]);
});

Deno.test("Allowance forgets those who have everything back", () => {
  const allowance = new Allowance(1, 1);
  for (let at = 0; at < 100_000; at++) allowance.take(`${at}`, at * 10);
  assert(allowance.size <= 2_048, `${allowance.size} are remembered`);
});

Deno.test("an address may take so many new names, and then so many an hour; known ones always", async () => {
  await using house = openHouse({ limits: { newNameBurst: 2, newNamesPerHour: 3_600 } });
  const connect = async (name: string, origin: string, token?: string) => {
    const peer = new ChatPeer(house.hub, { origin });
    await peer.ask("connect", { protocol: 1, name, ...(token === undefined ? {} : { token }) });
    await peer.until(() => peer.received.length > 0);
    return peer;
  };
  const [ann] = [await connect("ann", "here"), await connect("bob", "here")];
  const { code, retryAfterMs } = await (await connect("cid", "here")).next("error");
  assertEquals([code, retryAfterMs], ["too_many_connections", 1_000]);
  const { token } = await ann.next("connect_ack");
  await (await connect("ann", "here", token)).next("connect_ack");
  await (await connect("cid", "elsewhere")).next("connect_ack");
  await house.clock.advanceAsync(1_000);
  await (await connect("dan", "here")).next("connect_ack");
});
