import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import type { PutResult, Registry, RegistryChange } from "../../registry/registry.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** What an adapter gives its contract suite. */
export interface RegistrySubject {
  /** The adapter's name, for the tests' names. */
  readonly name: string;
  /** A new, empty registry that takes its time from a clock. */
  open(clock: FakeClock): Promise<Registry>;
}

/** The revision that a put made. */
function revisionOf(result: PutResult): number {
  if (!result.ok) throw new Error("the put was refused");
  return result.revision;
}

/** A watch that is read one change at a time. */
function watching(registry: Registry, prefix: string) {
  const stop = new AbortController();
  const iterator = registry.watch(prefix, stop.signal)[Symbol.asyncIterator]();
  return {
    async next(): Promise<RegistryChange | "the end"> {
      const { done, value } = await iterator.next();
      return done ? "the end" : value;
    },
    stop: () => stop.abort(new Error("enough")),
    leave: () => iterator.return?.(),
    [Symbol.dispose]: () => stop.abort(),
  };
}

/**
 * The contract of `Registry`: every adapter runs it.
 *
 * @param subject The adapter.
 */
export function testRegistry(subject: RegistrySubject): void {
  const test = (says: string, run: (registry: Registry, clock: FakeClock) => Promise<void>) =>
    Deno.test(`${subject.name} ${says}`, async () => {
      const clock = new FakeClock();
      await using registry = await subject.open(clock);
      await run(registry, clock);
    });

  test("gives back what was put", async (registry) => {
    assertEquals(await registry.get("name/änn 漢"), undefined);
    const revision = revisionOf(await registry.put("name/änn 漢", "one\u0000 🐢", 0));
    assertGreater(revision, 0);
    assertEquals(await registry.get("name/änn 漢"), {
      key: "name/änn 漢",
      value: "one\u0000 🐢",
      revision,
    });
    assertEquals(await registry.get("name/änn"), undefined);
  });

  test("puts only at the expected revision, and says what is there instead (I1)", async (registry) => {
    const first = revisionOf(await registry.put("key", "one", 0));
    const current = { key: "key", value: "one", revision: first };
    assertEquals(await registry.put("key", "two", 0), { ok: false, current });
    assertEquals(await registry.put("key", "two", first + 1), { ok: false, current });
    const second = revisionOf(await registry.put("key", "two", first));
    assertGreater(second, first);
    assertEquals((await registry.put("key", "three", first)).ok, false);
    assertEquals((await registry.get("key"))?.value, "two");
    assertEquals(await registry.put("other", "one", 7), { ok: false, current: undefined });
  });

  test("puts at any revision where none is expected (I1)", async (registry) => {
    const first = revisionOf(await registry.put("key", "one", undefined));
    assertGreater(revisionOf(await registry.put("key", "one", undefined)), first);
  });

  test("lets one of several at once win (I1)", async (registry) => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, at) => registry.put("key", `by ${at}`, 0)),
    );
    const winner = results.findIndex(({ ok }) => ok);
    assertEquals(results.filter(({ ok }) => ok).length, 1);
    assertEquals((await registry.get("key"))?.value, `by ${winner}`);
  });

  test("has a key absent when its lease has run out (I2)", async (registry, clock) => {
    await registry.put("leased", "one", 0, 1_000);
    await registry.put("kept", "one", 0);
    clock.advance(999);
    assertEquals((await registry.get("leased"))?.value, "one");
    clock.advance(1);
    assertEquals(await registry.get("leased"), undefined);
    assertEquals((await registry.get("kept"))?.value, "one");
  });

  test("has it absent though no timer has run yet (I2)", async (registry, clock) => {
    const first = revisionOf(await registry.put("leased", "one", 0, 1_000));
    clock.set(clock.now() + 1_000);
    assertEquals(await registry.put("leased", "two", first), { ok: false, current: undefined });
    assertEquals(await registry.get("leased"), undefined);
    const second = revisionOf(await registry.put("leased", "two", 0));
    assertGreater(second, first);
    clock.advance(10_000);
    assertEquals((await registry.get("leased"))?.value, "two");
  });

  test(
    "counts a lease from the newest put, longer, shorter or for ever (I2)",
    async (registry, clock) => {
      await registry.put("longer", "one", 0, 1_000);
      await registry.put("shorter", "one", 0, 10_000);
      await registry.put("for ever", "one", 0, 1_000);
      clock.advance(500);
      await registry.put("longer", "two", undefined, 1_000);
      await registry.put("shorter", "two", undefined, 100);
      await registry.put("for ever", "two", undefined);
      clock.advance(100);
      assertEquals(await registry.get("shorter"), undefined);
      clock.advance(899);
      assertEquals((await registry.get("longer"))?.value, "two");
      clock.advance(1);
      assertEquals(await registry.get("longer"), undefined);
      clock.advance(1_000_000);
      assertEquals((await registry.get("for ever"))?.value, "two");
    },
  );

  test("does not renew a lease by a put that is refused (I2)", async (registry, clock) => {
    await registry.put("key", "one", 0, 1_000);
    clock.advance(500);
    await registry.put("key", "two", 0, 1_000);
    clock.advance(500);
    assertEquals(await registry.get("key"), undefined);
  });

  test("tells a watch what is there, then every change, in order (I3)", async (registry, clock) => {
    await registry.put("p/a", "1", 0);
    await registry.put("q/a", "1", 0);
    await registry.put("p/b", "1", 0, 1_000);
    using watch = watching(registry, "p/");
    const there = [await watch.next(), await watch.next()];
    assertEquals(
      new Set(there.map((change) => change !== "the end" && change.key)),
      new Set(["p/a", "p/b"]),
    );
    const waiting = watch.next();
    await registry.put("q/b", "1", 0);
    await registry.put("p/a", "2", undefined);
    await registry.put("p/a", "3", undefined);
    await registry.put("p/c", "1", 7);
    assertEquals(await waiting, { key: "p/a", value: "2" });
    assertEquals(await watch.next(), { key: "p/a", value: "3" });
    clock.advance(1_000);
    assertEquals(await watch.next(), { key: "p/b", value: undefined });
  });

  test(
    "tells a watch that a lease ran out before it tells of the next put (I2, I3)",
    async (registry, clock) => {
      await registry.put("key", "1", 0, 1_000);
      using watch = watching(registry, "");
      assertEquals(await watch.next(), { key: "key", value: "1" });
      clock.set(clock.now() + 2_000);
      await registry.put("key", "2", 0, 1_000);
      assertEquals(await watch.next(), { key: "key", value: undefined });
      assertEquals(await watch.next(), { key: "key", value: "2" });
    },
  );

  test(
    "tells a watch in time that a lease ran out, though it was longer before (I3)",
    async (registry, clock) => {
      await registry.put("key", "1", 0, 10_000);
      await registry.put("key", "2", undefined, 100);
      using watch = watching(registry, "");
      assertEquals(await watch.next(), { key: "key", value: "2" });
      const waiting = watch.next();
      await clock.advanceAsync(100);
      await registry.put("other", "1", 0);
      assertEquals(await waiting, { key: "key", value: undefined });
    },
  );

  test(
    "lists what is there under a prefix, in order, and nothing that has run out (I2)",
    async (registry, clock) => {
      await registry.put("p/b", "2 🐢", 0);
      await registry.put("p/a", "1", 0);
      await registry.put("p/c", "3", 0, 10);
      await registry.put("q/a", "4", 0);
      const list = async (prefix: string) =>
        (await registry.list(prefix)).map(({ key, value }) => `${key}=${value}`);
      assertEquals(await list("p/"), ["p/a=1", "p/b=2 🐢", "p/c=3"]);
      clock.advance(10);
      assertEquals(await list("p/"), ["p/a=1", "p/b=2 🐢"]);
      assertEquals(await list("p/%"), []);
    },
  );

  test("does not begin a watch with what has run out (I2, I3)", async (registry, clock) => {
    await registry.put("gone", "1", 0, 1_000);
    await registry.put("there", "1", 0);
    clock.set(clock.now() + 1_000);
    using watch = watching(registry, "");
    assertEquals(await watch.next(), { key: "there", value: "1" });
  });

  test("ends a watch without an error when its signal is aborted", async (registry) => {
    using watch = watching(registry, "");
    const waiting = watch.next();
    watch.stop();
    assertEquals(await waiting, "the end");
    await registry.put("key", "1", 0);
    assertEquals(await watch.next(), "the end");
    const early = registry.watch("", AbortSignal.abort(new Error("before")));
    assertEquals(await Array.fromAsync(early), []);
  });

  test("ends one watch and leaves the others", async (registry) => {
    using left = watching(registry, "");
    using stays = watching(registry, "");
    await left.leave();
    await registry.put("key", "1", 0);
    assertEquals(await left.next(), "the end");
    assertEquals(await stays.next(), { key: "key", value: "1" });
  });

  Deno.test(`${subject.name} ends every watch when it is closed, and leaves no timer`, async () => {
    const clock = new FakeClock();
    const registry = await subject.open(clock);
    await registry.put("key", "1", 0, 1_000);
    using watch = watching(registry, "");
    await watch.next();
    const waiting = watch.next();
    await Promise.all([registry.close(), registry.close()]);
    assertEquals(await waiting, "the end");
    assertEquals(clock.pending, 0);
    await assertRejects(() => registry.get("key"), Error, "closed");
    await assertRejects(() => registry.put("key", "1", 0), Error, "closed");
  });
}
