import { setImmediate } from "node:timers";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Hub } from "../../chat/hub.ts";
import type { Limits } from "../../chat/limits.ts";
import { FakeClock, turn as slowTurn } from "../support/fake_clock.ts";
import { assertSawAll, ModelMember, type Seen } from "../support/model_member.ts";
import { openDiskStorage, openMemoryStorage, type OpenStorage } from "../support/test_storage.ts";

// The model: a stream is a list. Whoever follows it has its beginning, and at the end all of it.

/** For a long soak: how many times as many runs. */
const SOAK = Number(Deno.env.get("PARLEY_SOAK") ?? 1);
const NAMES = ["ann", "bob", "cid", "dan"];
const ROOMS = ["lobby", "den"];

type Step =
  | { readonly do: "say"; readonly who: number; readonly room: number; readonly bytes: number }
  | { readonly do: "whisper"; readonly who: number; readonly to: number; readonly bytes: number }
  | { readonly do: "join" | "leave"; readonly who: number; readonly room: number }
  | { readonly do: "away"; readonly who: number; readonly isAway: boolean }
  | { readonly do: "remove"; readonly room: number; readonly nth: number }
  | { readonly do: "stall" | "sip" | "resume"; readonly who: number }
  | { readonly do: "reconnect"; readonly who: number; readonly how: "closed" | "hanging" }
  | { readonly do: "restart"; readonly how: "close" | "abort" }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "turn" };

const who = fc.nat(NAMES.length - 1);
const room = fc.nat(ROOMS.length - 1);
const bytes = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1_000, max: 16_000 }) },
);

function steps(): fc.Arbitrary<Step[]> {
  const one = <S extends Step>(weight: number, step: fc.Arbitrary<S>) => ({
    weight,
    arbitrary: step as fc.Arbitrary<Step>,
  });
  const is = <T extends string>(...values: T[]) => fc.constantFrom(...values);
  const step = fc.oneof(
    one(12, fc.record({ do: is("say"), who, room, bytes })),
    one(4, fc.record({ do: is("whisper"), who, to: who, bytes })),
    one(4, fc.record({ do: is("join", "leave"), who, room })),
    one(2, fc.record({ do: is("away"), who, isAway: fc.boolean() })),
    one(2, fc.record({ do: is("remove"), room, nth: fc.nat() })),
    one(6, fc.record({ do: is("stall", "sip", "resume"), who })),
    one(2, fc.record({ do: is("reconnect"), who, how: is("closed", "hanging") })),
    one(1, fc.record({ do: is("restart"), how: is("close", "abort") })),
    one(1, fc.record({ do: is("pass"), ms: fc.integer({ min: 1, max: 6_000 }) })),
    one(6, fc.record({ do: is("turn") })),
  );
  return fc.array(step, { minLength: 20, maxLength: 250 });
}

/** So small that members are behind, and live again, all the time. */
const limits: fc.Arbitrary<Partial<Limits>> = fc.record({
  maxFeedBytes: fc.constantFrom(600, 3_000, 1_048_576),
  maxFeedBytesInAll: fc.constantFrom(2_000, 67_108_864),
  maxOutboxBytes: fc.constantFrom(1_000, 1_048_576),
  maxOutboxBytesInAll: fc.constantFrom(1_000, 40_000, 268_435_456),
  crowdMembers: fc.constantFrom(2, 100),
});

/** A chat whose server can be started again, and its members. */
class Town implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly members: ModelMember[];
  readonly #storage: Awaited<ReturnType<OpenStorage>>;
  readonly #limits: Partial<Limits>;
  #hub!: Hub;

  constructor(
    clock: FakeClock,
    storage: Awaited<ReturnType<OpenStorage>>,
    limits: Partial<Limits>,
    pipeBytes: number,
  ) {
    this.clock = clock;
    this.#storage = storage;
    // Hashing a token takes real time, and this clock does not wait for it.
    this.#limits = { requestBurst: 0, handshakeTimeoutMs: 1e9, ...limits };
    this.members = NAMES.map((name) => new ModelMember(name, clock, pipeBytes));
    this.#start();
  }

  async run(step: Step): Promise<void> {
    if (step.do === "turn") return await turn();
    if (step.do === "pass") return await this.clock.advanceAsync(step.ms);
    if (step.do === "restart") return await this.#restart(step.how);
    if (step.do === "remove") return await this.#remove(ROOMS[step.room]!, step.nth);
    const member = this.members[step.who]!;
    if (step.do === "say") member.say(ROOMS[step.room]!, step.bytes);
    else if (step.do === "whisper") member.whisper(NAMES[step.to]!, step.bytes);
    else if (step.do === "join" || step.do === "leave") member[step.do](ROOMS[step.room]!);
    else if (step.do === "away") member.away(step.isAway);
    else if (step.do === "reconnect") member.reconnect(step.how);
    else member[step.do]();
  }

  /** Waits until everybody is known. */
  async begin(): Promise<void> {
    while (!this.members.every(({ settled, promised }) => settled && promised.length > 0)) {
      await turn();
    }
  }

  /** Lets everybody read, and waits until nothing is left to be read. */
  async settle(): Promise<ReadonlyMap<string, readonly Seen[]>> {
    for (const member of this.members) member.resume();
    let events = await this.#events();
    let wasThere = false;
    for (let turns = 0; turns < 2_000; turns++) {
      // Ghosts go, and what is told once a second is told.
      if (turns % 50 === 49) await this.clock.advanceAsync(3_000);
      // What takes other threads a moment has its time too.
      await (turns < 500 ? turn() : slowTurn());
      if (turns % 50 !== 0) continue;
      events = await this.#events();
      const isThere = ({ settled, rooms, inbox, cursor }: ModelMember, self: ModelMember) =>
        settled &&
        [inbox, ...rooms].every((stream) =>
          cursor.call(self, stream) === (events.get(stream)?.at(-1)?.seq ?? 0)
        );
      const isSettled = this.members.every((member) => isThere(member, member));
      if (turns > 250 && wasThere && isSettled) break;
      wasThere = turns > 250 && isSettled;
      // Of who came a moment ago the others are told a second later.
      if (wasThere) await this.clock.advanceAsync(3_000);
    }
    return events;
  }

  /** How many members each room has. */
  roomCounts(): Map<string, number> {
    return new Map(
      ROOMS.map((name) =>
        [name, this.members.filter(({ rooms }) => rooms.has(name)).length] as const
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) member.expectEnd();
    this.#hub.abort("test over");
    await Promise.all([...this.members.map((member) => member.over()), this.#passTime()]);
    await this.#storage[Symbol.asyncDispose]();
  }

  #start(): void {
    const { log, registry } = this.#storage;
    this.#hub = new Hub({ log, registry, clock: this.clock, limits: this.#limits });
    for (const member of this.members) member.connect(this.#hub);
  }

  async #restart(how: "close" | "abort"): Promise<void> {
    for (const member of this.members) member.expectEnd();
    if (how === "abort") this.#hub.abort("killed");
    else {
      const closing = this.#hub.close();
      // Who takes nothing is not waited for longer than that.
      await this.clock.advanceAsync(10_000);
      await closing;
    }
    await this.#storage.restart();
    this.#start();
  }

  /** Takes an event's body out, as who moderates does: what members have of it in the making goes. */
  async #remove(stream: string, nth: number): Promise<void> {
    const { log } = this.#storage;
    const { last } = await log.state(stream);
    if (last === 0) return;
    const seq = 1 + nth % last;
    const notice = { sender: "op", id: crypto.randomUUID(), at: this.clock.now() };
    await log.redact({
      ...{ stream, seq, body: '{"text":"","removed":{"by":"op","at":1}}' },
      notice: { ...notice, body: `{"text":"","removes":${seq}}` },
    });
  }

  /** What lingers goes after a second. */
  async #passTime(): Promise<void> {
    for (let turns = 0; turns < 5; turns++) await this.clock.advanceAsync(1_000);
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

/** A turn of the event loop: `setTimeout` would wait a millisecond and more for each. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

for (
  const [name, openStorage, runs] of [
    ["memory", openMemoryStorage, 60],
    ["disk", openDiskStorage, 12],
  ] as const
) {
  Deno.test(`each member sees each event once, in order, without gaps, whatever happens (${name}; Hub I2)`, async () => {
    await fc.assert(
      fc.asyncProperty(
        steps(),
        limits,
        fc.constantFrom(300, 4_096, 65_536),
        async (steps, limits, pipeBytes) => {
          const clock = new FakeClock();
          await using town = new Town(clock, await openStorage(clock), limits, pipeBytes);
          for (const member of town.members) for (const room of ROOMS) member.join(room);
          await town.begin();
          for (const step of steps) await town.run(step);
          const events = await town.settle();
          for (const member of town.members) {
            assertSawAll(member, events);
            assert(member.settled, `${member.name} has all its answers`);
            const expected = town.roomCounts();
            for (const room of member.rooms) {
              assertEquals(member.counts.get(room), expected.get(room), `${member.name}: ${room}`);
            }
          }
        },
      ),
      { numRuns: runs * SOAK },
    );
  });
}
