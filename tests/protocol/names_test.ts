import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { ProtocolError } from "../../codec/errors.ts";
import { checkName, checkRoom, fold, inboxStream, isName, isRoom } from "../../protocol/names.ts";

/** The code that a check throws; "ok" where it throws none. */
function outcome(check: (text: string) => string, text: string): string {
  try {
    check(text);
    return "ok";
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

Deno.test("checkName takes letters, digits and _ - . of any script", () => {
  for (const name of ["a", "ann", "Ann_2", "a.b-c", "änn", "漢字", "नमस्ते", "مريم", "Ω", "٣", "𝒜"]) {
    assertEquals(outcome(checkName, name), "ok", name);
    assertEquals(outcome(checkRoom, name), "ok", name);
  }
});

Deno.test("checkName refuses what is no name", () => {
  const bad = [
    "",
    " ",
    "a b",
    "@ann",
    "a/b",
    "a\\b",
    "a\u0000",
    "a\n",
    "\u001b[2J",
    "a\u009b",
    "a\u200b", // zero-width space
    "a\u200d", // zero-width joiner
    "a\u202e", // right-to-left override
    "a\u2066",
    "a\ufe0f", // variation selector
    "a\u3164", // hangul filler: a letter that nobody sees
    "a\u{e0061}", // tag
    "a\u2d7f", // joiners, blanks and fillers that Unicode does not call ignorable
    "a\u{1107f}",
    "a\u{11a47}",
    "a\u{11a99}",
    "a\u{13440}",
    "\u{13441}",
    "a\u{13442}b",
    "a\u{16fe4}",
    "\u0301a", // a mark first
    "a\ud83d", // half a pair
    "🐢",
    "#lobby",
  ];
  for (const name of bad) {
    assertEquals(outcome(checkName, name), "invalid_name", JSON.stringify(name));
    assertEquals(outcome(checkRoom, name), "invalid_room", JSON.stringify(name));
  }
});

Deno.test("checkName counts characters, not units, up to 32; checkRoom up to 64", () => {
  for (const char of ["x", "漢", "𝒜"]) {
    assertEquals(outcome(checkName, char.repeat(32)), "ok");
    assertEquals(outcome(checkName, char.repeat(33)), "invalid_name");
    assertEquals(outcome(checkRoom, char.repeat(64)), "ok");
    assertEquals(outcome(checkRoom, char.repeat(65)), "invalid_room");
  }
});

Deno.test("checkName gives one form to what looks the same", () => {
  assertEquals(checkName("a\u0308nn"), "änn");
  assertEquals(checkName("Ann"), "Ann");
});

Deno.test("checkRoom gives a name that it takes again, and gives again", () => {
  assertEquals(checkRoom("Lobby"), "lobby");
  assertEquals(checkRoom("ẞ".repeat(32)), "ss".repeat(32));
  // 33 characters whose folded form is too long for a name that can be asked for again.
  assertEquals(outcome(checkRoom, "ß".repeat(33)), "invalid_room");
  const rooms = fc.string({ unit: "grapheme", minLength: 1, maxLength: 64 });
  fc.assert(fc.property(rooms, (room) => {
    fc.pre(outcome(checkRoom, room) === "ok");
    assertEquals(checkRoom(checkRoom(room)), checkRoom(room));
  }));
});

Deno.test("isName and isRoom say yes to what the checks give, and to nothing else", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 70 }),
    fc.string({ unit: fc.constantFrom(..."abcXYZ09_.- @\n"), maxLength: 40 }),
  );
  fc.assert(fc.property(text, (text) => {
    assertEquals(isName(text), outcome(checkName, text) === "ok" && checkName(text) === text);
    assertEquals(isRoom(text), outcome(checkRoom, text) === "ok" && checkRoom(text) === text);
  }));
  for (const name of ["", " bob", "bob\n", "bob\u200b", "a\u0308nn", "x".repeat(33)]) {
    assertEquals([name, isName(name)], [name, false]);
  }
  assertEquals([isName("Ann"), isRoom("Lobby"), isRoom("lobby")], [true, false, true]);
});

Deno.test("fold makes every letter the same as its upper and lower case, and folds once for all", () => {
  for (let code = 1; code <= 0x10ffff; code++) {
    // After an "a", so that marks are tried too.
    const text = "a" + String.fromCodePoint(code);
    if (!/[\p{L}\p{M}\p{N}]$/u.test(text) || outcome(checkName, text) !== "ok") continue;
    const name = checkName(text);
    const folded = fold(name);
    const others = [folded, name.toUpperCase(), name.toLowerCase()].map(fold);
    if (others.some((other) => other !== folded)) {
      assertEquals(others, [folded, folded, folded], `U+${code.toString(16)}`);
    }
  }
});

Deno.test("fold makes the same what readers take for the same", () => {
  for (
    const [one, other] of [["Ann", "ANN"], ["straße", "STRAẞE"], ["STRASSE", "straße"]] as const
  ) {
    assertEquals(fold(one), fold(other));
  }
  assertEquals(fold("ΟΔΥΣΣΕΥΣ"), fold("οδυσσευς"));
  assertNotEquals(fold("ann"), fold("änn"));
});

Deno.test("inboxStream is no room's name", () => {
  assertEquals(inboxStream("Ann"), "@ann");
  assertEquals(outcome(checkRoom, inboxStream("Ann")), "invalid_room");
});

Deno.test("A refused name is quoted short, and nothing in it moves a cursor", () => {
  const name = "\u001b[2J\u009b\u202e" + "x".repeat(10_000);
  const { message } = assertThrows(() => checkName(name), ProtocolError);
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x1f\x7f-\x9f\u202e]/.test(message), false, message);
  assertEquals(message.length < 250, true, message);
});
