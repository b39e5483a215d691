import { assertEquals, assertRejects } from "@std/assert";
import { Hub } from "../../chat/hub.ts";
import { ChatClient } from "../../client/chat_client.ts";
import { DisconnectedError } from "../../client/disconnected.ts";
import type { ChatEvent } from "../../client/events.ts";
import type { ChatClientOptions } from "../../client/options.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { memoryLog } from "../../log/memory.ts";
import type { Connection } from "../../net/connection.ts";
import { memoryPair } from "../../net/memory.ts";
import type { RoomMember } from "../../protocol/chat.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import { serveChat } from "../../server/chat_session.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { ScriptedServer } from "./scripted_server.ts";

/** A chat in memory whose cables can be pulled and whose server can be started again. */
class House implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly #log = memoryLog({ clock: this.clock });
  readonly #registry = memoryRegistry({ clock: this.clock });
  readonly #clients: ChatClient[] = [];
  readonly #serving: Promise<void>[] = [];
  #hub = this.#open();

  /** A client that is online, and a way to break its connection. */
  async connect(name: string, options: Partial<ChatClientOptions> = {}) {
    const cables: Connection[] = [];
    const dial = () => {
      const [ours, theirs] = memoryPair();
      cables.push(ours);
      this.#serving.push(serveChat(this.#hub, theirs, this.clock));
      return Promise.resolve(ours);
    };
    const rest = { clock: this.clock, handshakeTimeoutMs: 1e9, ...options };
    const client = await ChatClient.connect({ name, dial, room: "lobby", ...rest });
    this.#clients.push(client);
    return { client, token: client.token!, pull: () => cables.at(-1)!.close() };
  }

  /** The server is killed and started again. */
  restart(): void {
    this.#hub.abort("killed");
    this.#hub = this.#open();
  }

  /** Lets time pass until something is so. */
  async until(ready: () => boolean): Promise<void> {
    for (let times = 0; times < 1_000 && !ready(); times++) {
      await this.clock.advanceAsync(100);
      await turn();
    }
    assertEquals(ready(), true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.abort();
    this.#hub.abort("test over");
    for (let seconds = 0; seconds < 3; seconds++) await this.clock.advanceAsync(1_000);
    await Promise.all(this.#serving);
    await this.#log.close();
    await this.#registry.close();
  }

  #open(): Hub {
    const limits = { requestBurst: 0, handshakeTimeoutMs: 1e9 };
    return new Hub({ log: this.#log, registry: this.#registry, clock: this.clock, limits });
  }
}

/** What somebody knows of who is away. */
async function awayIn(client: ChatClient, name: string): Promise<RoomMember["away"]> {
  const people = await Array.fromAsync(client.whoDetails("lobby"));
  return people.find((one) => one.name === name)?.away;
}

/** Notes the events of a client. */
function noting(client: ChatClient): ChatEvent[] {
  const events: ChatEvent[] = [];
  const read = async () => {
    for await (const event of client.events) events.push(event);
  };
  read().catch(() => {});
  return events;
}

Deno.test("ChatClient goes away and comes back, and whoever writes to it learns that", async () => {
  await using house = new House();
  const { client: ann } = await house.connect("ann");
  const { client: bob } = await house.connect("bob");
  const since = house.clock.now();
  await ann.away("lunch");
  assertEquals(ann.awayState, { text: "lunch", since });
  const ack = await bob.sendPrivate("ann", "hello");
  assertEquals([ack.delivered, ack.away], ["live", { text: "lunch", since }]);
  assertEquals(await awayIn(bob, "ann"), { text: "lunch", since });
  await ann.away();
  assertEquals(await awayIn(bob, "ann"), { since: house.clock.now() });
  await ann.back();
  assertEquals([ann.awayState, await awayIn(bob, "ann")], [undefined, undefined]);
  assertEquals((await bob.sendPrivate("ann", "hello")).away, undefined);
});

Deno.test("ChatClient checks what is said about being away before it sends it", async () => {
  await using house = new House();
  const { client: ann } = await house.connect("ann");
  for (const text of ["two\nlines", "\x1b[2J", "x".repeat(201)]) {
    const error = await assertRejects(() => ann.away(text), ProtocolError);
    assertEquals(error.code, "invalid_text");
  }
  assertEquals([ann.unanswered, ann.awayState], [0, undefined]);
});

Deno.test("ChatClient fails what is too often, and knows what holds", async () => {
  await using house = new House();
  const { client: ann } = await house.connect("ann");
  for (let times = 0; times < 6; times++) await ann.away(`${times}`);
  const error = await assertRejects(() => ann.back(), ProtocolError, "very often");
  assertEquals([error.code, ann.awayState?.text], ["rate_limited", "5"]);
});

Deno.test("ChatClient says again that it is away when the connection is back, or the server (I5)", async () => {
  await using house = new House();
  const { client: ann, pull } = await house.connect("ann");
  const { client: bob } = await house.connect("bob");
  const events = noting(ann);
  const connections = () => events.filter(({ type }) => type === "connected").length;
  const since = house.clock.now();
  await ann.away("lunch");
  pull();
  await house.until(() => connections() === 2 && ann.isOnline);
  assertEquals(await ann.ping(), 0);
  assertEquals(await awayIn(bob, "ann"), { text: "lunch", since });
  house.restart();
  await house.until(() => connections() === 3 && ann.isOnline && bob.isOnline);
  await ann.ping();
  assertEquals(await awayIn(bob, "ann"), { text: "lunch", since });
  assertEquals(ann.awayState, { text: "lunch", since });
  assertEquals(events.filter(({ type }) => type === "error"), []);
});

Deno.test("ChatClient does not say again what another device has taken back meanwhile (I5)", async () => {
  await using house = new House();
  const { client: laptop, token, pull } = await house.connect("ann");
  const { client: phone } = await house.connect("ann", { token, rooms: [] });
  await laptop.away("lunch");
  await phone.ping();
  assertEquals(phone.awayState?.text, "lunch", "another device of one's own is told");
  const events = noting(laptop);
  pull();
  await phone.back();
  await house.until(() => events.filter(({ type }) => type === "connected").length === 2);
  await house.until(() => laptop.isOnline);
  await laptop.ping();
  assertEquals(laptop.awayState, undefined);
  assertEquals(await awayIn(phone, "ann"), undefined);
});

Deno.test("ChatClient that connects as another device learns that the name is away", async () => {
  await using house = new House();
  const { client: laptop, token } = await house.connect("ann");
  await laptop.away("lunch");
  const { client: phone } = await house.connect("ann", { token });
  assertEquals(phone.awayState?.text, "lunch");
  await laptop.back();
  await phone.ping();
  assertEquals(phone.awayState, undefined);
});

Deno.test("ChatClient sends what it said without a connection when there is one, the last word last", async () => {
  const server = new ScriptedServer();
  const clock = new FakeClock();
  const client = new ChatClient({ name: "ann", dial: server.dial, clock });
  const connecting = client.connect();
  const first = await server.welcome();
  await connecting;
  const went = client.away("lunch");
  const { ref = "" } = await first.expect("away");
  first.send("away", { away: { text: "lunch", since: 5 }, ref });
  await went;
  first.break();
  const back = client.back();
  await clock.advanceAsync(5_000);
  const second = await server.welcome();
  const request = await second.expect("away");
  assertEquals([request.away, request.text], [false, undefined]);
  second.send("away", { ref: request.ref! });
  await back;
  client.abort();
});

Deno.test("ChatClient takes nobody else's being away for its own", async () => {
  const server = new ScriptedServer();
  const client = new ChatClient({ name: "ann", dial: server.dial, clock: new FakeClock() });
  const connecting = client.connect();
  const side = await server.welcome();
  await connecting;
  const away = { text: "x", since: 1 };
  side.send("notification", { kind: "away", name: "bob", away, message: "bob is away" });
  side.send("notification", { kind: "away", room: "den", name: "ann", away, message: "?" });
  const ping = client.ping();
  side.send("pong", { t: 0, ref: (await side.expect("ping")).ref! });
  await ping;
  assertEquals(client.awayState, undefined);
  client.abort();
});

Deno.test("ChatClient tells the details of who is in a room, page by page", async () => {
  const server = new ScriptedServer();
  const client = new ChatClient({ name: "ann", dial: server.dial, clock: new FakeClock() });
  const connecting = client.connect();
  const side = await server.welcome();
  await connecting;
  const person = (name: string) => ({ name, since: 1, devices: 1 });
  const who = Array.fromAsync(client.whoDetails("Lobby"));
  const first = await side.expect("who");
  assertEquals([first.room, first.details, first.after], ["lobby", true, undefined]);
  const page = { room: "lobby", more: true, ref: first.ref! };
  side.send("who", { ...page, members: ["ann"], people: [person("ann")] });
  const second = await side.expect("who");
  assertEquals([second.details, second.after], [true, "ann"]);
  side.send("who", {
    ...{ room: "lobby", more: false, ref: second.ref! },
    ...{ members: ["bob"], people: [person("bob")] },
  });
  assertEquals(await who, [person("ann"), person("bob")]);
  const old = Array.fromAsync(client.whoDetails("lobby"));
  const { ref = "" } = await side.expect("who");
  side.send("who", { room: "lobby", members: ["ann"], more: false, ref });
  await assertRejects(() => old, ProtocolError, "an older one");
  client.abort();
});

Deno.test("ChatClient.ping fails without a connection, and when it goes, and leaves nothing behind", async () => {
  const server = new ScriptedServer();
  const clock = new FakeClock();
  const client = new ChatClient({ name: "ann", dial: server.dial, clock });
  await assertRejects(() => client.ping(), DisconnectedError);
  const connecting = client.connect();
  await assertRejects(() => client.ping(), DisconnectedError);
  const first = await server.welcome();
  await connecting;
  const pending = client.ping();
  await first.expect("ping");
  first.break();
  await assertRejects(() => pending, DisconnectedError, "lost");
  // Every 15 s while there is no connection.
  for (let times = 0; times < 10; times++) {
    await assertRejects(() => client.ping(), DisconnectedError, "no connection");
  }
  assertEquals(client.unanswered, 0);
  await clock.advanceAsync(5_000);
  const second = await server.welcome();
  await turn();
  const late = client.ping();
  // Nothing that was asked before comes first.
  const { t, ref = "" } = await second.expect("ping");
  assertEquals(t, clock.now());
  clock.advance(42);
  second.send("pong", { t, ref });
  assertEquals(await late, 42);
  client.abort();
  await assertRejects(() => client.ping(), DisconnectedError);
});

Deno.test("ChatClient.ping asks once, however often it is called before the answer", async () => {
  const server = new ScriptedServer();
  const clock = new FakeClock();
  const client = new ChatClient({ name: "ann", dial: server.dial, clock, maxQueuedEvents: 1 });
  const connecting = client.connect();
  const side = await server.welcome();
  await connecting;
  const times = Array.from({ length: 20 }, () => client.ping());
  assertEquals(client.unanswered, 1);
  const { t, ref = "" } = await side.expect("ping");
  clock.advance(7);
  side.send("pong", { t, ref });
  assertEquals(new Set(await Promise.all(times)), new Set([7]));
  const again = client.ping();
  side.send("pong", { t: 0, ref: (await side.expect("ping")).ref! });
  assertEquals(await again, 0);
  client.abort();
});

Deno.test("ChatClient.ping is answered while events wait that nobody reads", async () => {
  const server = new ScriptedServer();
  const clock = new FakeClock();
  const options = { name: "ann", room: "lobby", maxQueuedEvents: 2, dial: server.dial, clock };
  const client = new ChatClient(options);
  const connecting = client.connect();
  const side = await server.welcome({ lobby: { seq: 10 } });
  await connecting;
  for (let seq = 11; seq <= 20; seq++) side.say(seq);
  await turn();
  const time = client.ping();
  side.send("pong", { t: 0, ref: (await side.expect("ping")).ref! });
  assertEquals([await time, client.unanswered], [0, 0]);
  client.abort();
});
