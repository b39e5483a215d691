import { assertEquals } from "@std/assert";
import { inlineWorker } from "../../sqlite/inline_worker.ts";

/** What every worker has. */
declare function postMessage(message: unknown): void;

/** What a worker says first. */
async function firstWord(worker: Worker): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  worker.onmessage = ({ data }) => resolve(data);
  const word = await promise;
  worker.terminate();
  return word;
}

Deno.test("inlineWorker runs functions of this program, and hands them functions and values", async () => {
  const twice = (text: string) => text + text;
  const worker = inlineWorker(
    (parts: {
      readonly nested: { readonly twice: typeof twice };
      readonly list: readonly unknown[];
      readonly absent: undefined;
      readonly path: typeof import("node:path");
    }) => {
      const { nested, list, absent, path } = parts;
      postMessage([nested.twice("ab\n"), list, absent === undefined, path.basename("a/b")]);
    },
    { nested: { twice }, list: [1, "two", { three: null }], absent: undefined },
    { path: "node:path" },
  );
  assertEquals(await firstWord(worker), ["ab\nab\n", [1, "two", { three: null }], true, "b"]);
});

Deno.test("inlineWorker hands on texts whatever is in them", async () => {
  const text = '</script> \u2028 ${x} `\\ " 漢';
  const worker = inlineWorker(({ text }: { text: string }) => postMessage(text), { text });
  assertEquals(await firstWord(worker), text);
});
