import { assertEquals } from "@std/assert";
import { Chain, type Link, MAX_KNOWN, type Verdict } from "../../sealed/chain.ts";
import { NO_HASH } from "../../sealed/envelope.ts";

/** The links of a chain: each follows the one before. */
function links(count: number, name = "m", first = NO_HASH): Link[] {
  const made: Link[] = [];
  for (let at = 0; at < count; at++) {
    const previous = made.at(-1)?.hash ?? first;
    made.push({ hash: `${name}${at}`, previous, seq: at + 1, at: 1_000 + at });
  }
  return made;
}

function verdicts(chain: Chain, taken: readonly Link[]): Verdict[] {
  return taken.map((link) => chain.take(link));
}

Deno.test("A chain that comes whole and in order is right, over a restart too", () => {
  const [a, b, c] = links(3);
  const chain = new Chain();
  assertEquals(chain.head, NO_HASH);
  assertEquals(verdicts(chain, [a!, b!]), ["next", "next"]);
  const later = new Chain(JSON.parse(JSON.stringify(chain.record)));
  assertEquals(later.head, b!.hash);
  assertEquals(later.take(c!), "next");
});

Deno.test("One that was left out is missed at the next one (I1)", () => {
  const [a, _b, c, d] = links(4);
  assertEquals(verdicts(new Chain(), [a!, c!, d!]), ["next", "gap", "next"]);
});

Deno.test("Of two that come in another order the first one misses the other, which is told to be late (I1)", () => {
  const [a, b, c, d] = links(4);
  const chain = new Chain();
  assertEquals(verdicts(chain, [a!, c!, b!, d!]), ["next", "gap", "out_of_order", "next"]);
});

Deno.test("One that comes again under another number is a repeat (I1), under its own it is not (I2)", () => {
  const [a, b] = links(2);
  const chain = new Chain();
  verdicts(chain, [a!, b!]);
  assertEquals(chain.take(a!), "known");
  assertEquals(chain.take({ ...a!, seq: 9 }), "repeat");
  assertEquals(chain.head, b!.hash);
});

Deno.test("Where the numbers are another log's, what is known may come once more, which is told, and only once (I2)", () => {
  const [a] = links(1);
  const chain = new Chain();
  chain.take(a!);
  chain.renumber();
  assertEquals(chain.take({ ...a!, seq: 70 }), "again");
  assertEquals(chain.take({ ...a!, seq: 70 }), "known");
  assertEquals(chain.take({ ...a!, seq: 71 }), "repeat");
});

Deno.test("A reader who comes later knows that there was something before", () => {
  const [, b, c] = links(3);
  assertEquals(verdicts(new Chain(), [b!, c!]), ["late_start", "next"]);
});

Deno.test("Two programs with one key may follow the same message", () => {
  const [a, b] = links(2);
  const [x] = links(1, "x", a!.hash);
  const chain = new Chain();
  assertEquals(verdicts(chain, [a!, b!, x!]), ["next", "next", "fork"]);
});

Deno.test("It remembers so many, and what is older than those is too old (I3)", () => {
  const all = links(MAX_KNOWN + 50);
  const chain = new Chain();
  verdicts(chain, all);
  assertEquals(chain.record.known.length, MAX_KNOWN);
  assertEquals(chain.take({ ...all[0]!, seq: 999 }), "too_old");
  assertEquals(chain.take({ ...all[20]!, seq: 1_000 }), "too_old");
});

Deno.test("What is missing is remembered within a bound", () => {
  const chain = new Chain();
  chain.take(links(1)[0]!);
  for (let at = 0; at < 100; at++) {
    chain.take({ hash: `h${at}`, previous: `gone${at}`, seq: at + 2, at: 2_000 + at });
  }
  assertEquals(chain.record.missing.length, 32);
});
