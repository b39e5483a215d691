import { assert, assertEquals, assertThrows } from "@std/assert";
import { fingerprint } from "../../identity/fingerprint.ts";
import { KeyList } from "../../identity/key_list.ts";

const [ONE, OTHER, THIRD] = ["01", "23", "45"].map((byte) => byte.repeat(32)) as [
  string,
  string,
  string,
];

Deno.test("KeyList has keys by themselves and by their fingerprints, with comments", async () => {
  const print = await fingerprint(OTHER);
  const list = KeyList.parse(
    `# those who may\n${ONE.toUpperCase()}  # ann\n\r\n  ${print.toLowerCase()}\r\n\n`,
  );
  assertEquals(list.size, 2);
  assert(list.has(ONE, await fingerprint(ONE)));
  assert(list.has(OTHER, print));
  assert(!list.has(THIRD, await fingerprint(THIRD)));
});

Deno.test("KeyList says which line is no key", () => {
  for (const line of ["ann", ONE.slice(1), `${ONE} ann`, "7K2QD-0XW3M-9ABCV-HJ4TI", "7K2QD"]) {
    assertThrows(() => KeyList.parse(`# one\n${line}`), TypeError, "Line 2 is no key");
  }
});
