import { assertEquals } from "@std/assert";
import { memoryPair } from "../../net/memory.ts";
import { pattern, testConnection } from "../contracts/connection.ts";

testConnection({
  name: "memoryPair",
  pair: () => Promise.resolve(memoryPair()),
  tooManyBytes: 200_000,
});

testConnection({
  name: "memoryPair of 7 bytes",
  pair: () => Promise.resolve(memoryPair({ capacityBytes: 7 })),
  tooManyBytes: 8,
});

Deno.test("memoryPair takes only what it has room for", async () => {
  const [a, b] = memoryPair({ capacityBytes: 10 });
  assertEquals(await a.write(pattern(25)), 10);
  assertEquals(await b.read(new Uint8Array(4)), 4);
  assertEquals(await a.write(pattern(25)), 4);
  a.close();
  b.close();
});
