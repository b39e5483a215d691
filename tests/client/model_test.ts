import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Hub } from "../../chat/hub.ts";
import { ChatClient } from "../../client/chat_client.ts";
import type { Connection } from "../../net/connection.ts";
import { memoryPair } from "../../net/memory.ts";
import type { Ack } from "../../protocol/chat.ts";
import { serveChat } from "../../server/chat_session.ts";
import { cutAfter } from "../support/cut.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import {
  openDiskStorage,
  openMemoryStorage,
  type OpenStorage,
  type TestStorage,
} from "../support/test_storage.ts";

// The model: what is sent is in the list once, in the order in which its sender sent it; whoever
// follows the list sees all of it, once, in order. Cables are pulled at any byte, the server is killed.

/** For a long soak: how many times as many runs. */
const SOAK = Number(Deno.env.get("PARLEY_SOAK") ?? 1);
const NAMES = ["ann", "bob", "cid"];
const ROOMS = ["lobby", "den"];

type Step =
  | { readonly do: "say"; readonly who: number; readonly room: number; readonly bytes: number }
  | { readonly do: "whisper"; readonly who: number; readonly to: number; readonly bytes: number }
  | { readonly do: "stall" | "resume"; readonly who: number }
  | { readonly do: "restart"; readonly how: "close" | "abort"; readonly downMs: number }
  | { readonly do: "pass"; readonly ms: number };

const who = fc.nat(NAMES.length - 1);
const is = <T extends string>(...values: T[]) => fc.constantFrom(...values);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: is("say"),
      who,
      room: fc.nat(ROOMS.length - 1),
      bytes: fc.integer({ min: 1, max: 600 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: is("whisper"),
      who,
      to: who,
      bytes: fc.integer({ min: 1, max: 600 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: is("stall", "resume"), who }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: is("restart"),
      how: is("close", "abort"),
      downMs: fc.constantFrom(0, 3_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: is("pass"), ms: fc.constantFrom(1, 300, 2_000) }),
  },
);

/** After how many bytes the connections of one client break, one after the other. */
const cuts = fc.array(
  fc.record({
    written: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.constant(Infinity)),
    read: fc.oneof(fc.integer({ min: 1, max: 6_000 }), fc.constant(Infinity)),
  }),
  { maxLength: 8 },
);

interface Seen {
  readonly seq: number;
  readonly id: string;
}

/** An application: it sends, and notes each event that it sees. */
class App {
  readonly client: ChatClient;
  readonly seen = new Map<string, Seen[]>();
  readonly acks: { readonly stream: string; readonly ack: Ack }[] = [];
  readonly faults: string[] = [];
  sent = 0;
  #gate: PromiseWithResolvers<void> | undefined;
  readonly #reading: Promise<void>;

  constructor(name: string, clock: FakeClock, dial: () => Promise<Connection>) {
    const options = { rooms: ROOMS, keepTrying: true, maxQueuedEvents: 3 };
    // Hashing a token takes real time, and this clock does not wait for it.
    this.client = new ChatClient({ name, clock, dial, handshakeTimeoutMs: 1e9, ...options });
    this.client.closed.catch((error) => this.faults.push(`closed: ${error}`));
    this.#reading = this.#read().catch((error) => void this.faults.push(`events: ${error}`));
  }

  say(room: string, text: string): void {
    this.#note(room, this.client.send(room, text));
  }

  whisper(to: string, text: string): void {
    this.#note(this.client.inbox, this.client.sendPrivate(to, text));
  }

  stall(): void {
    this.#gate ??= Promise.withResolvers();
  }

  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async over(): Promise<void> {
    this.resume();
    this.client.abort();
    await this.#reading;
  }

  #note(stream: string, sending: Promise<Ack>): void {
    this.sent++;
    sending.then(
      (ack) => this.acks.push({ stream, ack }),
      (error) => this.faults.push(`not sent: ${error}`),
    );
  }

  async #read(): Promise<void> {
    for await (const { type, payload } of this.client.events) {
      await this.#gate?.promise;
      if (type === "message") this.#see(payload.room, payload);
      else if (type === "private") this.#see(this.client.inbox, payload);
      else if (type === "gap" || type === "error" || type === "left") {
        this.faults.push(`${type} ${JSON.stringify(payload)}`);
      } else if ((type === "joined" || type === "connected") && !payload.complete) {
        this.faults.push(`${type} is incomplete`);
      }
    }
  }

  #see(stream: string, { seq, id }: Seen): void {
    const seen = this.seen.get(stream) ?? [];
    seen.push({ seq, id });
    this.seen.set(stream, seen);
  }
}

/** A server that is killed and started again, behind cables that break. */
class Town implements AsyncDisposable {
  readonly apps: App[];
  readonly #clock: FakeClock;
  readonly #storage: TestStorage;
  readonly #serving: Promise<void>[] = [];
  #hub: Hub | undefined;

  constructor(
    clock: FakeClock,
    storage: TestStorage,
    cuts: readonly { readonly written: number; readonly read: number }[][],
  ) {
    this.#clock = clock;
    this.#storage = storage;
    this.#start();
    this.apps = NAMES.map((name, at) => new App(name, clock, this.#dialThrough([...cuts[at]!])));
  }

  /** Connects everybody, over cables that hold until then. */
  async begin(): Promise<void> {
    const online = this.apps.map(({ client }) => client.connect());
    await this.#passUntil(() => this.apps.every(({ client }) => client.isOnline));
    await Promise.all(online);
  }

  async run(step: Step): Promise<void> {
    if (step.do === "pass") return await this.#clock.advanceAsync(step.ms);
    if (step.do === "restart") return await this.#restart(step.how, step.downMs);
    const app = this.apps[step.who]!;
    if (step.do === "say") app.say(ROOMS[step.room]!, "x".repeat(step.bytes));
    else if (step.do === "whisper") app.whisper(NAMES[step.to]!, "x".repeat(step.bytes));
    else app[step.do]();
  }

  /** Waits until everything is acknowledged and seen. */
  async settle(): Promise<ReadonlyMap<string, readonly Seen[]>> {
    for (const app of this.apps) app.resume();
    await this.#passUntil(() => this.apps.every(({ sent, acks }) => acks.length === sent));
    const events = await this.#events();
    await this.#passUntil(() =>
      this.apps.every(({ seen, client }) =>
        [client.inbox, ...ROOMS].every((stream) =>
          seen.get(stream)?.at(-1)?.seq === events.get(stream)?.at(-1)?.seq
        )
      )
    );
    return events;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.apps.map((app) => app.over()));
    this.#hub?.abort("test over");
    for (let seconds = 0; seconds < 3; seconds++) await this.#clock.advanceAsync(1_000);
    await Promise.all(this.#serving);
    await this.#storage[Symbol.asyncDispose]();
  }

  #dialThrough(cuts: { written: number; read: number }[]): () => Promise<Connection> {
    let isFirst = true;
    return () => {
      const hub = this.#hub;
      if (hub === undefined) return Promise.reject(new Deno.errors.ConnectionRefused("down"));
      const [ours, theirs] = memoryPair({ capacityBytes: 2_000 });
      this.#serving.push(serveChat(hub, theirs, this.#clock));
      // All begin with empty rooms, so that all owe the same lists; what the first cable carries until
      // then is not counted.
      const cut = isFirst ? cuts[0] && { read: 3_000 + cuts[0].read } : cuts.shift();
      isFirst = false;
      return Promise.resolve(cut === undefined ? ours : cutAfter(ours, cut));
    };
  }

  #start(): void {
    const { log, registry } = this.#storage;
    const limits = { requestBurst: 0, handshakeTimeoutMs: 1e9, maxFeedBytes: 2_000 };
    this.#hub = new Hub({ log, registry, clock: this.#clock, limits });
  }

  async #restart(how: "close" | "abort", downMs: number): Promise<void> {
    const hub = this.#hub!;
    this.#hub = undefined;
    if (how === "abort") hub.abort("killed");
    else {
      const closing = hub.close();
      await this.#clock.advanceAsync(10_000);
      await closing;
    }
    await this.#storage.restart();
    await this.#clock.advanceAsync(downMs);
    this.#start();
  }

  /** Half a minute is the longest pause between two attempts, and there are up to nine. */
  async #passUntil(ready: () => boolean): Promise<void> {
    for (let seconds = 0; seconds < 400 && !ready(); seconds++) {
      await this.#clock.advanceAsync(1_000);
      await turn();
    }
  }

  async #events(): Promise<Map<string, Seen[]>> {
    const events = new Map<string, Seen[]>();
    for (const stream of [...ROOMS, ...NAMES.map((name) => `@${name}`)]) {
      const page = await this.#storage.log.read(stream, { after: 0, limit: 1e5, maxBytes: 1e9 });
      events.set(stream, page.events.map(({ seq, id }) => ({ seq, id })));
    }
    return events;
  }
}

async function check(openStorage: OpenStorage, steps: readonly Step[], cable: Cuts[]) {
  const clock = new FakeClock();
  await using town = new Town(clock, await openStorage(clock), cable);
  await town.begin();
  for (const step of steps) await town.run(step);
  const events = await town.settle();
  for (const { client, seen, acks, sent, faults } of town.apps) {
    assertEquals(faults, [], client.name);
    assertEquals(acks.length, sent, `${client.name} has an ack for each message`);
    for (const stream of [client.inbox, ...ROOMS]) {
      assertEquals(seen.get(stream) ?? [], events.get(stream), `${client.name}: ${stream}`);
    }
    for (const { stream, ack } of acks) {
      const stored = events.get(stream)!.filter(({ id }) => id === ack.id);
      assertEquals(stored, [{ seq: ack.seq, id: ack.id }], "stored once, as it was acknowledged");
    }
    for (const stream of [client.inbox, ...ROOMS]) {
      const seqs = acks.filter((sent) => sent.stream === stream).map(({ ack }) => ack)
        .toSorted((one, other) => one.id < other.id ? -1 : 1).map(({ seq }) => seq);
      assert(seqs.every((seq, at) => at === 0 || seq > seqs[at - 1]!), "in the order of sending");
    }
  }
}

type Cuts = { readonly written: number; readonly read: number }[];

for (
  const [name, openStorage, runs] of [
    ["memory", openMemoryStorage, 25],
    ["disk", openDiskStorage, 8],
  ] as const
) {
  Deno.test(`an application sees each event once and what it sends arrives once, whatever breaks (${name}; ChatClient I1, I2)`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 80 }),
        fc.tuple(cuts, cuts, cuts),
        (steps, cable) => check(openStorage, steps, cable),
      ),
      { numRuns: runs * SOAK },
    );
  });
}
