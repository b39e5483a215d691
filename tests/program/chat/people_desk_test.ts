import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../../client/chat_client.ts";
import { ProtocolError } from "../../../codec/errors.ts";
import { Audience } from "../../../program/chat/audience.ts";
import { PeopleDesk } from "../../../program/chat/people_desk.ts";
import { Settings } from "../../../program/chat/settings.ts";
import { ChatServer } from "../../../server/chat_server.ts";

/** A desk of ann's, with bob in the same room, and what it has told. */
async function openDesk() {
  const server = ChatServer.listen({ port: 0 });
  const ann = await ChatClient.connect({ ...server.address, name: "ann", room: "den" });
  const bob = await ChatClient.connect({ ...server.address, name: "bob", room: "den" });
  const told: string[] = [];
  const settings = await Settings.open({ folder: undefined, tell: () => {} });
  const audience = new Audience("ann", settings);
  let changes = 0;
  const desk = new PeopleDesk({
    client: ann,
    settings,
    name: "ann",
    table: (room, people, isCut) => {
      assert(!isCut);
      told.push(`${room}: ${people.map(({ name, away }) => `${name} ${away?.text}`).join(", ")}`);
    },
    notice: (...texts) => told.push(...texts),
    onChange: () => changes++,
  });
  return {
    ...{ ann, bob, desk, audience, settings },
    take: () => told.splice(0),
    changes: () => changes,
    async [Symbol.asyncDispose]() {
      await ann.close();
      await bob.close();
      await server.close();
    },
  };
}

Deno.test("PeopleDesk tells who is there, and that one is away and back", async () => {
  await using house = await openDesk();
  const { desk, bob, ann, take } = house;
  await desk.do({ kind: "away", text: "lunch" });
  assertEquals(take(), ["You are away; /back tells that you are here again"]);
  assertEquals((await bob.sendPrivate("ann", "are you there?")).away?.text, "lunch");
  await desk.who("den");
  assertEquals(take(), ["den: ann lunch, bob undefined"]);
  // Also in the next run.
  assertEquals(house.settings.away, { text: "lunch" });
  await ann.back();
  await desk.stayAway();
  assertEquals(ann.awayState?.text, "lunch");
  assertEquals(take(), ["You are still away: lunch; /back tells that you are here again"]);
  await desk.do({ kind: "back" });
  assertEquals([take(), ann.awayState, house.changes()], [["You are back"], undefined, 3]);
  assertEquals(house.settings.away, undefined);
  await desk.stayAway();
  assertEquals(take(), []);
  await assertRejects(() => desk.do({ kind: "away", text: "a\nb" }), ProtocolError);
});

Deno.test("PeopleDesk tells the names alone where the server is an older one", async () => {
  await using house = await openDesk();
  const { ann, take } = house;
  const told: unknown[] = [];
  const old = new PeopleDesk({
    client: {
      away: () => Promise.reject(new Error("unknown")),
      back: () => Promise.reject(new Error("unknown")),
      who: (room) => ann.who(room),
      // deno-lint-ignore require-yield -- it tells nothing
      async *whoDetails() {
        throw new ProtocolError("unexpected_message", "the server is an older one");
      },
    },
    settings: await Settings.open({ folder: undefined, tell: () => {} }),
    name: "ann",
    table: (...table) => told.push(table),
    notice: () => {},
    onChange: () => {},
  });
  await old.who("den");
  assertEquals([told, take()], [[["den", [{ name: "ann" }, { name: "bob" }], false]], []]);
});

Deno.test("PeopleDesk ignores people, and focuses on some, until it is told otherwise", async () => {
  await using house = await openDesk();
  const { desk, audience, take } = house;
  await desk.do({ kind: "ignore" });
  await desk.do({ kind: "ignore", name: "eve" });
  await desk.do({ kind: "ignore", name: "EVE" });
  await desk.do({ kind: "ignore" });
  assertEquals(take(), [
    "Nobody is ignored",
    "eve is ignored; /unignore eve ends it",
    "EVE is ignored already",
    "Ignored: eve",
  ]);
  assertEquals([audience.isShown("eve"), audience.isShown("bob")], [false, true]);
  await desk.do({ kind: "unignore", name: "Eve" });
  await desk.do({ kind: "unignore", name: "Eve" });
  assertEquals(take(), ["Eve is shown again", "Eve was not ignored"]);
  await desk.do({ kind: "focus", names: ["carl"] });
  assertEquals([audience.isShown("eve"), audience.isShown("carl")], [false, true]);
  await desk.do({ kind: "focus", names: [] });
  assertEquals(audience.isShown("eve"), true);
  assertEquals(take()[1], "Everybody is shown");
  await assertRejects(() => desk.do({ kind: "ignore", name: "a b" }), ProtocolError);
  await assertRejects(() => desk.do({ kind: "ignore", name: "ANN" }), TypeError);
  await assertRejects(() => desk.do({ kind: "focus", names: ["bob", "a b"] }), ProtocolError);
});
