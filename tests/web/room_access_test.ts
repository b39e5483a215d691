import { assertEquals, assertNotEquals } from "@std/assert";
import { formatBearer } from "../../protocol/bearer.ts";
import { EventReader } from "../support/event_source.ts";
import { openWebHouse, type WebHouse } from "../support/web_house.ts";
import { WebPeer } from "../support/web_peer.ts";

/** Somebody who owns the room `den`, and somebody else's program. */
async function open(): Promise<{
  readonly house: WebHouse;
  readonly ann: WebPeer;
  readonly bearer: string;
  moderate(action: string, about?: object): Promise<void>;
  fetch(path: string, body?: object): Promise<[number, string | undefined]>;
  follow(path: string): Promise<Response>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const house = await openWebHouse();
  const ann = await WebPeer.connect(house.url, "ann", { room: "den" });
  const bot = await WebPeer.open(house.url);
  bot.send("connect", { protocol: 1, name: "bot" });
  const { token } = await bot.next("connect_ack");
  bot.send("quit", {});
  await bot.closed;
  const bearer = formatBearer({ name: "bot", token });
  const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
  return {
    house,
    ann,
    bearer,
    async moderate(action, about = {}) {
      ann.send("moderate", { room: "den", action, ...about } as never);
      await ann.next("moderated");
    },
    async fetch(path, body) {
      const response = await fetch(house.url + path, {
        headers,
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      });
      const { code } = await response.json();
      return [response.status, code];
    },
    follow: (path) => fetch(house.url + path, { headers }),
    async [Symbol.asyncDispose]() {
      await ann[Symbol.asyncDispose]();
      await house[Symbol.asyncDispose]();
    },
  };
}

/** Reads a stream of events to its end, or to where it breaks. */
async function ending(reader: EventReader): Promise<undefined> {
  try {
    while (await reader.next() !== undefined);
  } catch {
    // It was cut off.
  }
}

const MESSAGES = "api/rooms/den/messages";
const EVENTS = "api/rooms/den/events";

Deno.test("a program whose name is banned neither says, reads nor follows anything there over HTTP", async () => {
  await using den = await open();
  await den.moderate("ban", { name: "bot" });
  assertEquals(await den.fetch(MESSAGES, { text: "hi" }), [403, "banned"]);
  assertEquals(await den.fetch(MESSAGES), [403, "banned"]);
  assertEquals(await den.fetch(EVENTS), [403, "banned"]);
  await den.moderate("unban", { name: "bot" });
  assertEquals(await den.fetch(MESSAGES), [200, undefined]);
});

Deno.test("a program whose name is muted reads, and says nothing", async () => {
  await using den = await open();
  await den.moderate("mute", { name: "bot" });
  assertEquals(await den.fetch(MESSAGES, { text: "hi" }), [403, "muted"]);
  assertEquals(await den.fetch(MESSAGES), [200, undefined]);
  await den.moderate("unmute", { name: "bot" });
  assertEquals((await den.fetch(MESSAGES, { text: "hi" }))[0], 201);
});

Deno.test("a private room is closed to programs that are not invited, and to their streams of events", async () => {
  await using den = await open();
  await using reader = new EventReader(await den.follow(EVENTS));
  den.ann.send("message", { room: "den", text: "before", id: "m1" });
  await reader.take(1);
  await den.moderate("private");
  // It was following when the room became private: it is no member, and does not stay.
  assertEquals(await ending(reader), undefined);
  assertEquals(await den.fetch(MESSAGES), [403, "invite_only"]);
  assertEquals(await den.fetch(MESSAGES, { text: "hi" }), [403, "invite_only"]);
  assertEquals(await den.fetch(EVENTS), [403, "invite_only"]);
  await den.moderate("invite", { name: "bot" });
  assertEquals(await den.fetch(MESSAGES), [200, undefined]);
});

Deno.test("in a secret room a program says nothing that is not sealed", async () => {
  await using den = await open();
  den.ann.send("create", { room: "safe", secret: "YWdl" });
  assertNotEquals(await den.ann.next("created"), undefined);
  assertEquals(await den.fetch("api/rooms/safe/messages", { text: "hi" }), [403, "sealed_only"]);
});

Deno.test("a message that is removed is told as removed over HTTP, and followers hear of it", async () => {
  await using den = await open();
  await den.fetch(MESSAGES, { text: "the secret recipe", id: "b1" });
  await using reader = new EventReader(await den.follow(`${EVENTS}?after=0`));
  await reader.take(1);
  await den.moderate("delete", { seq: 1 });
  const [told] = await reader.take(1);
  assertEquals(told!.data.removes, 1);
  const answer = await (await den.follow(MESSAGES)).json();
  assertEquals(answer.messages[0].text, "");
  assertEquals(answer.messages[0].removed.by, "ann");
  assertEquals(JSON.stringify(answer).includes("recipe"), false);
});
