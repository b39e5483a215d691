import { assert, assertEquals, assertRejects } from "@std/assert";
import { NO_RECORD } from "../../chat/room_record.ts";
import { RoomRecords } from "../../chat/room_records.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import type { Registry } from "../../registry/registry.ts";
import { diskRegistry } from "../support/disk_storage.ts";
import { FakeClock } from "../support/fake_clock.ts";

const LEASE_MS = 720_000;

/** The records of one server, and what it was told of changes. */
function records(registry: Registry, clock: FakeClock) {
  const changes: (string | undefined)[] = [];
  const failures: unknown[] = [];
  const own = new RoomRecords({
    registry,
    clock,
    leaseMs: LEASE_MS,
    onChanged: ({ record }) => changes.push(record.topic),
    onFailed: (error) => failures.push(error),
  });
  return Object.assign(own, { changes, failures });
}

/** Resolves when it is so, or the loop has turned often. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo() && turns < 10_000; turns++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert(isSo());
}

const topic = (text: string) => (record: typeof NO_RECORD) => ({ ...record, topic: text });

for (
  const [name, open] of [
    ["memory", (clock: FakeClock) => Promise.resolve(memoryRegistry({ clock }))],
    ["disk", (clock: FakeClock) => diskRegistry({ clock })],
  ] as const
) {
  Deno.test(`RoomRecords on ${name}: what one server changes holds at the other that holds the room (I1)`, async () => {
    const clock = new FakeClock();
    await using registry = await open(clock);
    const [here, there] = [records(registry, clock), records(registry, clock)];
    using held = await here.hold("den");
    using away = await there.hold("den");
    assertEquals([held.isKept, held.rules.record], [false, NO_RECORD]);
    await there.update("den", topic("tea"));
    assertEquals([away.isKept, away.rules.record.topic], [true, "tea"]);
    await until(() => held.rules.record.topic === "tea");
    await here.update("den", topic("coffee"));
    await until(() => away.rules.record.topic === "coffee");
    // Of another room nobody is told.
    await there.update("den2", topic("other"));
    await there.update("den", topic("milk"));
    await until(() => held.rules.record.topic === "milk");
    assertEquals(here.changes, ["tea", "coffee", "milk"]);
    here.close();
    there.close();
    assertEquals([here.failures, there.failures], [[], []]);
  });

  Deno.test(`RoomRecords on ${name}: of many changes at once none is lost (I2)`, async () => {
    const clock = new FakeClock();
    await using registry = await open(clock);
    const servers = [records(registry, clock), records(registry, clock)];
    const names = Array.from({ length: 20 }, (_, at) => `n${at}`);
    await Promise.all(names.map((name, at) =>
      servers[at % 2]!.update("den", (record) => ({
        ...record,
        invited: [...record.invited, { name, since: at }],
      }))
    ));
    using held = await servers[0]!.hold("den");
    assertEquals(held.rules.record.invited.map(({ name }) => name).sort(), names.sort());
    for (const server of servers) server.close();
  });

  Deno.test(`RoomRecords on ${name}: a change that says no, or changes nothing, stores nothing`, async () => {
    const clock = new FakeClock();
    await using registry = await open(clock);
    const own = records(registry, clock);
    await assertRejects(
      () =>
        own.update("den", () => {
          throw new TypeError("no");
        }),
      TypeError,
      "no",
    );
    assertEquals(await own.update("den", (record) => record), NO_RECORD);
    assertEquals(await registry.get("room/den"), undefined);
    own.close();
  });

  Deno.test(`RoomRecords on ${name}: a record lapses when its room is not used, and is kept while it is (I3)`, async () => {
    const clock = new FakeClock();
    await using registry = await open(clock);
    const own = records(registry, clock);
    await own.update("used", topic("tea"));
    await own.update("unused", topic("tea"));
    await own.update("closed", (record) => ({ ...record, isPrivate: true }));
    using _held = await own.hold("used");
    for (let passed = 0; passed < LEASE_MS; passed += LEASE_MS / 10) {
      clock.advance(LEASE_MS / 10);
      own.renew();
      await registry.get("any");
      await registry.put("any", "", undefined);
    }
    assert(await registry.get("room/used") !== undefined);
    assertEquals(await registry.get("room/unused"), undefined);
    assert(await registry.get("room/closed") !== undefined);
    own.close();
  });

  Deno.test(`RoomRecords on ${name}: a record that has lapsed holds no more`, async () => {
    const clock = new FakeClock();
    await using registry = await open(clock);
    const own = records(registry, clock);
    using held = await own.hold("den");
    await own.update("den", topic("tea"));
    assertEquals(held.rules.record.topic, "tea");
    clock.advance(LEASE_MS);
    await until(() => !held.isKept);
    assertEquals(held.rules.record, NO_RECORD);
    await own.update("den", topic("again"));
    assertEquals(held.rules.record.topic, "again");
    own.close();
  });
}

Deno.test("RoomRecords lets go of a room that could not be read", async () => {
  const clock = new FakeClock();
  await using registry = memoryRegistry({ clock });
  const own = records(registry, clock);
  const get = registry.get.bind(registry);
  registry.get = () => Promise.reject(new Error("disk"));
  await assertRejects(() => own.hold("den"), Error, "disk");
  registry.get = get;
  await own.update("den", topic("tea"));
  using held = await own.hold("den");
  assertEquals(held.rules.record.topic, "tea");
  own.close();
});

Deno.test("RoomRecords opens no room whose record it cannot read, keeps what held, and goes on with others", async () => {
  const clock = new FakeClock();
  await using registry = memoryRegistry({ clock });
  const own = records(registry, clock);
  using den = await own.hold("den");
  using tea = await own.hold("tea");
  await own.update("den", (record) => ({ ...record, isPrivate: true }));
  for (
    const [at, strange] of ["[", "{", "null", "7", '{"isPrivate":1}', '{"banned":{}}'].entries()
  ) {
    const room = `strange${at}`;
    await registry.put(`room/${room}`, strange, 0);
    // Also where several come at once, or one right behind the other.
    const both = await Promise.allSettled([
      own.hold(room),
      own.hold(room).catch(() => own.hold(room)),
    ]);
    assertEquals(both.map(({ status }) => status), ["rejected", "rejected"], strange);
  }
  const { revision } = (await registry.get("room/den"))!;
  await registry.put("room/den", '{"banned":0}', revision);
  await until(() => own.failures.length > 0);
  assertEquals(den.rules.record.isPrivate, true);
  await records(registry, clock).update("tea", topic("green"));
  await until(() => tea.rules.record.topic === "green");
  own.close();
});

Deno.test("RoomRecords reads a record that lacks a list as one with nothing in it", async () => {
  const clock = new FakeClock();
  await using registry = memoryRegistry({ clock });
  const { muted: _, ...older } = { ...NO_RECORD, isPrivate: true, topic: "tea" };
  await registry.put("room/den", JSON.stringify(older), 0);
  const own = records(registry, clock);
  using held = await own.hold("den");
  assertEquals(held.rules.record, { ...NO_RECORD, isPrivate: true, topic: "tea" });
  own.close();
});

Deno.test("RoomRecords writes nothing for who looks at a room again and again", async () => {
  const clock = new FakeClock();
  await using registry = memoryRegistry({ clock });
  const own = records(registry, clock);
  await own.update("den", topic("tea"));
  let puts = 0;
  const put = registry.put.bind(registry);
  registry.put = (...args) => {
    puts++;
    return put(...args);
  };
  for (let times = 0; times < 100; times++) (await own.hold("den"))[Symbol.dispose]();
  assertEquals(puts, 1);
  own.close();
});
