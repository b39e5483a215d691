import { assertEquals } from "@std/assert";
import { faultsOf } from "../../../web/page/sealed_order.js";
import type { Entry } from "../../../web/page/store.js";

const FIRST = "0".repeat(64);

/** Messages of keys: `a2` is the second of key a, which names the first one; `-` is one that is not sealed. */
function entries(order: readonly string[]): Entry[] {
  return order.map((name, at): Entry => {
    const key = name[0]!;
    const number = Number(name[1]);
    const previous = number === 1 ? FIRST : `${key}${number - 1}`;
    const common = { seq: at + 1, id: `${at}`, sender: "x", text: "", files: [], at: 1 };
    const secret = { state: "open", key, hash: name, previous } as const;
    return { ...common, state: "stored", ...name !== "-" && { secret } };
  });
}

const faults = (
  order: string,
  atStart = false,
) => [...faultsOf(entries(order.split(" ")), atStart)];

Deno.test("Messages that follow each other have no fault, whoever writes between them", () => {
  assertEquals(faults("a1 b1 - a2 b2 b3 a3", true), []);
});

Deno.test("What names a predecessor that is not here misses it, but for the first that is here (I1)", () => {
  assertEquals(faults("a2 a3 a4"), []);
  assertEquals(faults("a2 a4 a5"), [[2, "gap"]]);
  assertEquals(faults("b1 a2 a3", true), [[2, "gap"]]);
});

Deno.test("What comes twice is a repeat (I2)", () => {
  assertEquals(faults("a1 a2 a1 a3 a2"), [[3, "repeat"], [5, "repeat"]]);
});

Deno.test("What comes late is told, and not what follows it (I3)", () => {
  assertEquals(faults("a1 a3 a2 a4"), [[3, "late"]]);
});

Deno.test("What was removed is not missed (I4)", () => {
  const [first, removed, next, last] = entries(["a1", "-", "a3", "a5"]);
  const gone = { ...removed!, removed: { by: "x", at: 1 } };
  assertEquals([...faultsOf([first!, gone, next!, last!], true)], [[4, "gap"]]);
});
