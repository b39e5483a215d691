import { assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { FileStore } from "../../files/file_store.ts";
import { KeyList } from "../../identity/key_list.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import { EventReader } from "../support/event_source.ts";
import { newKey } from "../support/key_peer.ts";
import { TempFolder } from "../support/temp.ts";
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

Deno.test("logout ends an upload that a stolen token has begun, at once and for good", async () => {
  await using temp = new TempFolder();
  const registry = memoryRegistry();
  const files = await FileStore.open(temp.path, { registry, fsync: false });
  await using house = await openWebHouse({ files, registry });
  const key = await newKey();
  await using ann = await ChatClient.connect({ ...house.server.address, name: "ann", key });
  const headers = {
    authorization: `Bearer ${formatBearer({ name: "ann", token: await ann.createToken() })}`,
  };
  const began = Promise.withResolvers<void>();
  const begin = files.begin.bind(files);
  files.begin = (...upload) => {
    began.resolve();
    return begin(...upload);
  };
  // What comes behind the first piece never comes.
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(1_000)),
  });
  const uploading = fetch(`${house.url}api/files/a.txt`, { method: "PUT", headers, body });
  await began.promise;
  await ann.logout();
  const answer = await uploading;
  assertEquals([answer.status, (await answer.json()).code], [401, "unauthorized"]);
});
