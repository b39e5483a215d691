import { assert, assertEquals } from "@std/assert";
import { PipeOutput } from "../../../program/chat/pipe_output.ts";

/** A pipe whose reader takes what it is told to. */
function pipe() {
  let taken = "";
  let take = Promise.withResolvers<number>();
  let wanted = Promise.withResolvers<Uint8Array>();
  const broken: Error[] = [];
  const output = new PipeOutput((bytes) => {
    wanted.resolve(bytes);
    return take.promise;
  }, (error) => broken.push(error));
  return {
    output,
    broken,
    get taken() {
      return taken;
    },
    /** Takes some bytes of the write under way, once there is one. */
    async take(count = Infinity) {
      const bytes = await wanted.promise;
      const [settled, length] = [take, Math.min(count, bytes.length)];
      [wanted, take] = [Promise.withResolvers(), Promise.withResolvers()];
      taken += new TextDecoder().decode(bytes.subarray(0, length));
      settled.resolve(length);
    },
    async leave(error: Error) {
      await wanted.promise;
      take.reject(error);
    },
  };
}

Deno.test("PipeOutput writes lines in order, those of a turn together, also where a write takes only some", async () => {
  const slow = pipe();
  slow.output.add("one");
  slow.output.add("zwei ü");
  await slow.take(5);
  await slow.take(4);
  slow.output.add("three");
  await slow.take();
  await slow.take();
  await slow.output.flush();
  assertEquals(slow.taken, "one\nzwei ü\nthree\n");
});

Deno.test("PipeOutput is ready again when the reader has taken what waits (I1)", async () => {
  const slow = pipe();
  slow.output.add("first");
  await slow.output.ready();
  slow.output.add("x".repeat(65_536));
  let isReady = false;
  const ready = slow.output.ready().then(() => isReady = true);
  await slow.take(3);
  assert(!isReady);
  await slow.take();
  await slow.take();
  await ready;
});

Deno.test("PipeOutput tells once that nobody reads any more, and throws the lines away (I2)", async () => {
  const gone = pipe();
  gone.output.add("a");
  gone.output.add("b".repeat(100_000));
  const error = new Deno.errors.BrokenPipe("gone");
  await gone.leave(error);
  await gone.output.ready();
  await gone.output.flush();
  gone.output.add("c");
  await gone.output.ready();
  assertEquals([gone.broken, gone.output.broken, gone.taken], [[error], error, ""]);
});
