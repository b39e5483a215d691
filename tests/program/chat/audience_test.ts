import { assertEquals, assertThrows } from "@std/assert";
import { Audience } from "../../../program/chat/audience.ts";
import { ProtocolError } from "../../../codec/errors.ts";

Deno.test("Audience is everybody but who is ignored, or those that one has focused on; and oneself", () => {
  const ignored: string[] = [];
  const audience = new Audience("Ann", () => ignored);
  const shown = (...names: string[]) => names.map((name) => audience.isShown(name));
  assertEquals(shown("ann", "bob", "eve"), [true, true, true]);
  ignored.push("Eve", "ANN");
  assertEquals(shown("ann", "bob", "eve"), [true, true, false]);
  assertEquals([audience.isIgnored("EVE"), audience.isIgnored("ann")], [true, false]);
  audience.focusOn(["Bob", "eve"]);
  // Who is ignored stays so.
  assertEquals(shown("ann", "BOB", "eve", "carl"), [true, true, false, false]);
  assertThrows(() => audience.focusOn(["bob", "a b"]), ProtocolError);
  assertEquals(audience.focus, ["Bob", "eve"]);
  audience.focusOn([]);
  assertEquals(shown("carl"), [true]);
});
