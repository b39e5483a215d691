import { assertEquals, assertRejects } from "@std/assert";
import { inlineWorker } from "../../sqlite/inline_worker.ts";
import { eachRow, pack, type Row } from "../../sqlite/flat.ts";
import { WorkerQueue } from "../../sqlite/worker_queue.ts";

interface Parts {
  /** Asked for this, the worker ends. */
  readonly fatal: string;
  readonly pack: typeof pack;
  readonly eachRow: typeof eachRow;
}

/** Answers each request with the batch that it was in. Portable. */
function serve({ fatal, pack, eachRow }: Parts): void {
  const scope = globalThis as unknown as {
    onmessage(event: { data: "close" | Row }): void;
    postMessage(message: unknown): void;
  };
  let batch = 0;
  scope.onmessage = ({ data }) => {
    if (data === "close") return scope.postMessage("closed");
    const words: unknown[] = [];
    eachRow(data, 0, ([word]) => words.push(word));
    if (words.includes(fatal)) throw new Error("a fault of the worker's");
    batch++;
    const errors = words.includes("no") ? { [words.indexOf("no")]: "said no" } : undefined;
    scope.postMessage({ answers: pack(words.map((word) => [`${word} in ${batch}`])), errors });
  };
}

function start(): Worker {
  return inlineWorker(serve, { fatal: "die", pack, eachRow });
}

/** A queue, and how it is asked for one word. */
function queue() {
  const asked = new WorkerQueue(start(), { maxWeight: 3 });
  const ask = (word: string, weight?: number) => asked.ask<string>(word, [], weight);
  return { ask, close: () => asked.close() };
}

Deno.test("WorkerQueue asks in batches, and answers in order (I1, I2)", async () => {
  const asked = queue();
  const answers = ["a", "b", "c", "d", "e"].map((request) => asked.ask(request));
  assertEquals(await Promise.all(answers), ["a in 1", "b in 1", "c in 1", "d in 2", "e in 2"]);
  const heavy = [asked.ask("f"), asked.ask("g", 9), asked.ask("h")];
  assertEquals(await Promise.all(heavy), ["f in 3", "g in 4", "h in 5"]);
  await asked.close();
});

Deno.test("WorkerQueue rejects what failed, and nothing else", async () => {
  const asked = queue();
  const [yes, no, more] = [asked.ask("yes"), asked.ask("no"), asked.ask("more")];
  assertEquals(await yes, "yes in 1");
  await assertRejects(() => no, Error, "said no");
  assertEquals(await more, "more in 1");
  await asked.close();
});

Deno.test("WorkerQueue rejects everything when its worker ends, also what is asked later", async () => {
  const asked = queue();
  const lost = ["a", "b", "die", "c", "d"].map((request) => asked.ask(request));
  for (const { status } of await Promise.allSettled(lost)) assertEquals(status, "rejected");
  await assertRejects(() => asked.ask("e"), Error, "a fault of the worker's");
  await asked.close();
});

Deno.test("WorkerQueue answers everything before it closes, and takes nothing after", async () => {
  const asked = queue();
  const begun = ["a", "b", "c", "d"].map((request) => asked.ask(request));
  const closed = Promise.all([asked.close(), asked.close()]);
  await assertRejects(() => asked.ask("e"), Error, "closed");
  assertEquals((await Promise.all(begun)).length, 4);
  await closed;
});

Deno.test("WorkerQueue takes a whole batch in, in order, before anybody goes on", async () => {
  const seen: string[] = [];
  const asked = new WorkerQueue(start(), {
    maxWeight: 3,
    onAnswers: (_answers, weights) => seen.push(`batch of ${weights}`),
  });
  const requests = ["a", "no", "b", "c"].map((request, at) =>
    asked.ask(request, [], at, ([answer]) => seen.push(`read ${answer}`))
      .then((length) => seen.push(`went on at ${length}`), () => seen.push("failed"))
  );
  await Promise.all(requests);
  assertEquals(seen, [
    ...["read a in 1", "read b in 1", "batch of 0,1,2", "went on at 1", "failed", "went on at 2"],
    ...["read c in 2", "batch of 3", "went on at 7"],
  ]);
  await asked.close();
});
