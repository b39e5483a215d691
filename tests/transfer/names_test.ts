import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProtocolError } from "../../codec/errors.ts";
import { MAX_SEGMENT_BYTES, safeSegments, savedName } from "../../transfer/names.ts";

/** A name for a test's own name: short, and with nothing in it that moves a cursor. */
const shown = (name: string) =>
  JSON.stringify(name.slice(0, 24))
    .replaceAll(/\p{C}/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
const bytes = (text: string) => new TextEncoder().encode(text).length;

for (
  const name of [
    "photo.jpg",
    "a",
    ".profile",
    "-rf",
    "with space and 'quotes' \"both\"",
    "ein Brief an die Müllers.txt",
    "データ.csv",
    "Ελληνικά",
    "צילום.png",
    "हिन्दी.txt",
    "😀.gif",
    "❤️.txt",
    "葛\u{e0100}城.txt",
    "ᠭᠠ\u180b",
    "a".repeat(250),
    "é".repeat(125),
    "a/b/c.txt",
    "recv-recv-x",
    "100%",
    "$HOME;rm -rf *",
    "....a",
  ]
) {
  Deno.test(`${shown(name)} is saved as it is`, () => {
    assertEquals(safeSegments(name).join("/"), name);
  });
}

for (
  const [name, reason] of [
    ["", "empty segment"],
    [".", 'a segment "."'],
    ["..", 'a segment ".."'],
    ["../x", 'a segment ".."'],
    ["a/../../x", 'a segment ".."'],
    ["a/./b", 'a segment "."'],
    ["a//b", "empty segment"],
    ["a/", "empty segment"],
    ["/etc/passwd", "absolute"],
    ["C:/x", "drive"],
    ["c:x", "drive"],
    ["\\\\host\\share", "U+005C"],
    ["a\\b", "U+005C"],
    ["a\0b", "U+0000"],
    ["a\nb", "U+000A"],
    ["\x1b[2Jx", "U+001B"],
    ["a\x7f", "U+007F"],
    ["a\u009b", "U+009B"],
    ["gpj\u202eexe", "U+202E"],
    ["a\u2066b", "U+2066"],
    ["a\u061cb", "U+061C"],
    ["a\u200bb", "U+200B"],
    ["a\u200db", "U+200D"],
    ["\ufeffa", "U+FEFF"],
    ["a\u00adb", "U+00AD"],
    ["a\u2028b", "U+2028"],
    ["a\u3164b", "U+3164"],
    ["a\u115fb", "U+115F"],
    ["a\u034fb", "U+034F"],
    ["a\u{e0041}b", "U+E0041"],
    ["a\ud800", "surrogate"],
    ["a".repeat(251), "over 250 bytes"],
    ["é".repeat(126), "over 250 bytes"],
    ["a/".repeat(64) + "a", "over 64 levels"],
    [`${"a".repeat(249)}/`.repeat(17) + "a", "over 4096 bytes"],
  ] as const
) {
  Deno.test(`${shown(name)} is refused: ${reason}`, () => {
    const error = assertThrows(() => safeSegments(name), ProtocolError);
    assertEquals(error.code, "invalid_path");
    assertStringIncludes(error.message, reason);
    assert(!/\p{C}/u.test(error.message), "nothing of the name can touch a terminal");
  });
}

for (
  const [name, saved] of [
    ["12:30 notes.txt", "12_30 notes.txt"],
    ["file.txt:stream", "file.txt_stream"],
    ["dots...", "dots___"],
    ["space ", "space_"],
    ["dir./x", "dir_/x"],
    ["CON", "_CON"],
    ["nul.txt", "_nul.txt"],
    ["a/COM1", "a/_COM1"],
    ["lpt²", "_lpt²"],
    ["conin$", "_conin$"],
    ["AUX:", "AUX_"],
  ] as const
) {
  Deno.test(`${JSON.stringify(name)} is escaped to ${JSON.stringify(saved)}`, () => {
    assertEquals(safeSegments(name).join("/"), saved);
  });
}

Deno.test("whatever a peer offers, what is saved stays below the folder", () => {
  const evil = fc.array(
    fc.constantFrom("..", ".", "/", "\\", "a", "C:", "\0", " ", "\u202e", "CON", "é", "."),
    { maxLength: 12 },
  ).map((parts) => parts.join(""));
  fc.assert(fc.property(fc.oneof(evil, fc.string({ unit: "binary" })), (name) => {
    let segments: readonly string[];
    try {
      segments = safeSegments(name);
    } catch (error) {
      assertEquals((error as ProtocolError).code, "invalid_path");
      return;
    }
    for (const segment of segments) {
      assert(segment !== "" && segment !== "." && segment !== "..");
      assert(!/[\p{Cc}/\\:]/u.test(segment));
      assert(bytes(segment) <= MAX_SEGMENT_BYTES + 1);
      assert(bytes(savedName(segment, 12)) <= 255);
    }
  }));
});

for (
  const [segment, copy, saved] of [
    ["photo.jpg", 0, "recv-photo.jpg"],
    ["photo.jpg", 1, "recv-photo (1).jpg"],
    ["archive.tar.gz", 2, "recv-archive.tar (2).gz"],
    [".profile", 1, "recv-.profile (1)"],
    ["noext", 3, "recv-noext (3)"],
    ["a".repeat(250), 0, "recv-" + "a".repeat(250)],
    ["a".repeat(246) + ".jpg", 10, "recv-" + "a".repeat(241) + " (10).jpg"],
    ["é".repeat(125), 1, "recv-" + "é".repeat(123) + " (1)"],
    ["😀".repeat(62), 1, "recv-" + "😀".repeat(61) + " (1)"],
  ] as const
) {
  Deno.test(`copy ${copy} of ${segment.slice(0, 20)} is called ${saved.slice(0, 30)}`, () => {
    assertEquals(savedName(segment, copy), saved);
    assert(bytes(saved) <= 255);
  });
}
