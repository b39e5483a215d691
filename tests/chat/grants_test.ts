import { assertEquals, assertRejects } from "@std/assert";
import { Grants } from "../../chat/grants.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import { openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { EventStreamSession } from "../../web/event_stream.ts";

const OVER = new ProtocolError("unauthorized", "over");
const [ANN, BOB] = ["Ann", "bob"].map((name) => formatBearer({ name, token: "t" })) as [
  string,
  string,
];

Deno.test("Grants ends what was given for a token that is over, and nothing else", async () => {
  const over = new Set<string>();
  const verify = (bearer: string) =>
    over.has(bearer) ? Promise.reject(OVER) : Promise.resolve({ name: "whoever" });
  const grants = new Grants(verify);
  using anns = await grants.give(ANN);
  using bobs = await grants.give(BOB);
  over.add(ANN).add(BOB);
  await grants.recheck("ann");
  assertEquals([anns.signal.aborted, bobs.signal.aborted], [true, false]);
  assertEquals(anns.signal.reason.code, "unauthorized");
  await grants.recheck();
  assertEquals(bobs.signal.aborted, true);
});

Deno.test("Grants gives nothing for a token that ends while it is looked at (I1), and forgets what is done", async () => {
  const [first, second] = [Promise.withResolvers<{ name: string }>(), Promise.reject(OVER)];
  second.catch(() => {});
  const answers = [first.promise, second];
  const grants = new Grants(() => answers.shift()!);
  const giving = grants.give(ANN);
  // The registry has read the old owner, and not said so yet.
  await grants.recheck("ANN");
  first.resolve({ name: "Ann" });
  assertEquals((await assertRejects(() => giving, ProtocolError)).code, "unauthorized");
  assertEquals(grants.size, 0);
  const done = new Grants(() => Promise.resolve({ name: "Ann" }));
  (await done.give(ANN))[Symbol.dispose]();
  assertEquals(done.size, 0);
});

Deno.test("a program whose token ends before it follows something follows nothing", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  const { token } = await ann.next("connect_ack");
  const program = await house.hub.program(formatBearer({ name: "ann", token }), "memory:2");
  await ann.ask("logout", {});
  const session = new EventStreamSession("memory:2", () => {});
  const refused = await assertRejects(() => program.followInbox(session), ProtocolError);
  assertEquals(refused.code, "unauthorized");
  await assertRejects(() => session.body.getReader().read());
});
