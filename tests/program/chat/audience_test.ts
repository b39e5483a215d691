import { assertEquals } from "@std/assert";
import { Audience } from "../../../program/chat/audience.ts";

Deno.test("Audience is everybody but who is ignored, or those that one has focused on; and oneself", () => {
  const chosen = { ignored: [] as string[], focus: [] as string[] };
  const audience = new Audience("Ann", chosen);
  const shown = (...names: string[]) => names.map((name) => audience.isShown(name));
  assertEquals(shown("ann", "bob", "eve"), [true, true, true]);
  chosen.ignored.push("Eve", "ANN");
  assertEquals(shown("ann", "bob", "eve"), [true, true, false]);
  assertEquals([audience.isIgnored("EVE"), audience.isIgnored("ann")], [true, false]);
  chosen.focus.push("Bob", "eve");
  // Who is ignored stays so.
  assertEquals(shown("ann", "BOB", "eve", "carl"), [true, true, false, false]);
  chosen.focus.length = 0;
  assertEquals(shown("carl"), [true]);
});
