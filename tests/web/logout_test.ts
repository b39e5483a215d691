import { assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { KeyList } from "../../identity/key_list.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import { EventReader } from "../support/event_source.ts";
import { newKey } from "../support/key_peer.ts";
import { openWebHouse } from "../support/web_house.ts";

/** ann, with a program that follows her inbox by a token of hers. */
async function openFollowed() {
  const house = await openWebHouse();
  const key = await newKey();
  const ann = await ChatClient.connect({ ...house.server.address, name: "ann", key });
  const token = await ann.createToken();
  const headers = { authorization: `Bearer ${formatBearer({ name: "ann", token })}` };
  const ask = (path: string) => fetch(`${house.url}api/${path}`, { headers });
  const events = new EventReader(await ask("inbox/events"));
  return {
    house,
    key,
    ann,
    ask,
    events,
    async [Symbol.asyncDispose]() {
      await events[Symbol.asyncDispose]();
      await ann.close();
      await house[Symbol.asyncDispose]();
    },
  };
}

/** Reads until the stream is cut off, without a last word. */
async function untilCutOff(events: EventReader): Promise<void> {
  await assertRejects(async () => {
    while (await events.next() !== undefined);
  }, TypeError);
}

Deno.test("logout ends what programs follow, and what they ask is unauthorized", async () => {
  await using followed = await openFollowed();
  await followed.ann.logout();
  await untilCutOff(followed.events);
  const answer = await followed.ask("inbox/messages");
  assertEquals([answer.status, (await answer.json()).code], [401, "unauthorized"]);
});

Deno.test("a list of keys that has not the name's ends what its programs follow", async () => {
  await using followed = await openFollowed();
  const { house, key } = followed;
  house.server.changeAccess({ allowKeys: KeyList.parse(key.publicKey) });
  await untilCutOff(followed.events);
  const again = await followed.ask("inbox/messages");
  await again.body?.cancel();
  assertEquals(again.status, 200);
  house.server.changeAccess({ allowKeys: KeyList.parse((await newKey()).publicKey) });
  const answer = await followed.ask("inbox/messages");
  await answer.body?.cancel();
  assertEquals(answer.status, 401);
});
