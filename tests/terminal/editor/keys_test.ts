import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Key, KeyDecoder } from "../../../terminal/editor/keys.ts";

const encoder = new TextEncoder();

/** The keys of some chunks, texts that follow one another as one. */
function decode(...chunks: readonly (string | Uint8Array)[]): Key[] {
  const decoder = new KeyDecoder();
  const keys = chunks.flatMap((chunk) =>
    decoder.push(typeof chunk === "string" ? encoder.encode(chunk) : chunk)
  );
  return joined([...keys, ...decoder.flush()]);
}

function joined(keys: readonly Key[]): Key[] {
  const all: Key[] = [];
  for (const key of keys) {
    const last = all.at(-1);
    if (key.kind === "text" && last?.kind === "text") {
      all[all.length - 1] = { kind: "text", text: last.text + key.text };
    } else all.push(key);
  }
  return all;
}

/** Keys in short: `a`, `ctrl+left`, `paste:text`. */
function names(...chunks: readonly string[]): string[] {
  return decode(...chunks).map((key) => {
    if (key.kind === "text") return key.text;
    if (key.kind === "paste") return `paste:${key.text}`;
    if (key.kind === "position") return `at:${key.row},${key.column}`;
    const held = (["ctrl", "alt", "shift"] as const).filter((name) => key[name]);
    return [...held, key.name].join("+");
  });
}

const ASK: readonly (readonly [string, ...string[]])[] = [
  ["ü字🎉\u200d\ufeff", "ü字🎉\u200d\ufeff"],
  ["a\rb\nc\td", "a", "enter", "b", "ctrl+j", "c", "tab", "d"],
  ["\x01\x17\x00\x1f\x1a", "ctrl+a", "ctrl+w", "ctrl+ ", "ctrl+_", "ctrl+z"],
  ["\x7f\b", "backspace", "backspace"],
  ["\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", "up", "down", "right", "left", "home", "end"],
  [
    "\x1bOA\x1bOH\x1bOP\x1bO5C\x1bO1;3D\x1bOc",
    "up",
    "home",
    "f1",
    "ctrl+right",
    "alt+left",
    "ctrl+right",
  ],
  [
    "\x1b[1~\x1b[3~\x1b[4~\x1b[5~\x1b[6~\x1b[15~",
    "home",
    "delete",
    "end",
    "pageup",
    "pagedown",
    "f5",
  ],
  ["\x1b[1;5C\x1b[1;3D\x1b[1;2A\x1b[3;5~", "ctrl+right", "alt+left", "shift+up", "ctrl+delete"],
  ["\x1b[1;8H\x1b[d", "ctrl+alt+shift+home", "shift+left"],
  ["\x1bb\x1bF\x1b1\x1b.\x1bß", "alt+b", "alt+shift+f", "alt+1", "alt+.", "alt+ß"],
  ["\x1b\x7f\x1b\r\x1b\t\x1b\x01", "alt+backspace", "alt+enter", "alt+tab", "ctrl+alt+a"],
  ["\x1b[Z", "shift+tab"],
  ["\x1b[13;2u\x1b[13;3u\x1b[27;2;13~\x1b[13u", "shift+enter", "alt+enter", "shift+enter", "enter"],
  ["\x1b[97;5u\x1b[97u\x1b[27;5;119~\x1b[98;1:3u\x1b[99;3:1u", "ctrl+a", "a", "ctrl+w", "alt+c"],
  ["\x1b[57414;5u\x1b[57399u\x1b[99999999u\x1b[u\x1b[55296u", "ctrl+enter"],
  ["\x1b\x1b[D\x1b\x1bOA", "alt+left", "alt+up"],
  ["\x1b", "escape"],
  ["\x1b\x1b", "escape", "escape"],
  ["\x1b\x1bx", "escape", "alt+x"],
  ["\x1b\x1b[200~a\rb\x1b[201~c", "escape", "paste:a\nb", "c"],
  ["\x1b\x1b[<0;1;1Mx", "escape", "x"],
  [`\x1b\x1b[${"1;".repeat(1_000)}Ax`, "escape", "x"],
  [`\x1b\x1bO${"1".repeat(1_000)}Ax`, "escape", "x"],
  ["\x1b[", "alt+["],
  ["\x1bO", "alt+shift+o"],
  ["\x1b]", "alt+]"],
  ["\x1bp\x1bP", "alt+p", "alt+shift+p"],
  ["\x1b[[A\x1b[[E\x1b[[x", "f1", "f5", "x"],
  ["\x1b[12;34R", "at:12,34"],
  ["\x9bA\x8fB\x85\x9c", "up", "down"],
];

Deno.test("KeyDecoder knows the keys that terminals send", () => {
  for (const [input, ...wanted] of ASK) assertEquals(names(input), wanted, JSON.stringify(input));
});

Deno.test("KeyDecoder swallows what it does not know, whole (I2)", () => {
  for (
    const sequence of [
      ...["\x1b[?1;2c", "\x1b[>0;276;0c", "\x1b[I", "\x1b[O", "\x1b[201~", "\x1b[99~", "\x1b[1 q"],
      ...["\x1b[<0;12;13M", "\x1b[0n", "\x1b[?2004;1$y", "\x1bOz", "\x1b]11;rgb:00/00/00\x07"],
      ...["\x1b]11;rgb:ffff/ffff/ffff\x1b\\", "\x1bP1$r0m\x1b\\", "\x1bP>|xterm(3)\x1b\\"],
      ...["\x1b_Gi=1;OK\x1b\\", `\x1b[${"1;".repeat(1_000)}A`],
      ...[`\x1bO${"1".repeat(1_000)}A`, `\x1bO${"1".repeat(500)};${"1".repeat(500)}A`],
    ]
  ) assertEquals(names(`a${sequence}b`), ["ab"], JSON.stringify(sequence));
  // One that is broken off is gone, and what broke it off is there.
  assertEquals(names("\x1b[12\rx"), ["enter", "x"]);
  assertEquals(names("\x1b[12ü"), ["ü"]);
  assertEquals(names("\x1b[1;\x1b[A"), ["up"]);
  assertEquals(names("\x1b]0;title\rx"), ["enter", "x"]);
});

Deno.test("KeyDecoder gives a pasted block as one, with newlines, without keys (I3)", () => {
  const paste = (text: string) => names(`\x1b[200~${text}\x1b[201~`);
  assertEquals(paste("one\r\ntwo\rthree\n\nfour\n"), ["paste:one\ntwo\nthree\n\nfour\n"]);
  assertEquals(paste("\tx"), ["paste:\tx"]);
  assertEquals(paste("rm\x03\x1b[A\x15 x"), ["paste:rm[A x"]);
  assertEquals(paste(""), ["paste:"]);
  assertEquals(names("a\x1b[200~b\x1b", "[20", "1~c"), ["a", "paste:b", "c"]);
});

Deno.test("KeyDecoder waits for the rest of a sequence, and takes a lone escape for the key when asked to", () => {
  const decoder = new KeyDecoder();
  assertEquals(decoder.push(encoder.encode("\x1b")), []);
  assert(decoder.isWaiting);
  assertEquals(decoder.push(encoder.encode("[")), []);
  assertEquals(joined(decoder.push(encoder.encode("A"))).length, 1);
  assert(!decoder.isWaiting);
  assertEquals(decoder.flush(), []);
  // In a paste nothing is forced: it may come slowly.
  decoder.push(encoder.encode("\x1b[200~half\x1b"));
  assert(!decoder.isWaiting);
  assertEquals(decoder.flush(), []);
  assertEquals(decoder.push(encoder.encode("[201~")), [{ kind: "paste", text: "half" }]);
});

Deno.test("KeyDecoder goes on with a paste that was taken for ended where its rest comes late", () => {
  const decoder = new KeyDecoder();
  const push = (text: string) => decoder.push(encoder.encode(text));
  assertEquals(push("\x1b[200~one\r"), []);
  assert(decoder.isPasting);
  assertEquals(decoder.endPaste(), [{ kind: "paste", text: "one\n" }]);
  assert(!decoder.isPasting);
  assertEquals(push("two\rthree\x1b[201~"), [{ kind: "paste", text: "two\nthree" }]);
  push("\x1b[200~one\r");
  decoder.endPaste();
  const long = "x\r".repeat(50);
  assertEquals(push(long), []);
  assertEquals(decoder.endPaste(), [{ kind: "paste", text: long.replaceAll("\r", "\n") }]);
  // What somebody types then is keys, and nothing is of a paste any more.
  assertEquals(push("x"), [{ kind: "text", text: "x" }]);
  assertEquals(push(long).length, 100);
  assertEquals(decoder.endPaste(), []);
});

Deno.test("KeyDecoder holds little of what has no end (I4)", () => {
  // Held whole, this would take minutes: the test would not end.
  const chunk = encoder.encode("1".repeat(65_536));
  for (const begin of ["\x1bO", "\x1bO1;", "\x1b[", "\x1b\x1bO", "\x1b\x1b["]) {
    const decoder = new KeyDecoder();
    decoder.push(encoder.encode(begin));
    for (let times = 0; times < 2_000; times++) decoder.push(chunk);
    assertEquals(joined(decoder.push(encoder.encode("Ax"))).at(-1), { kind: "text", text: "x" });
  }
  // It ends where it would have ended in one piece.
  const long = `\x1bO1;${"1".repeat(300)}`;
  assertEquals([names(`${long};x`), names(long, ";x")], [["x"], ["x"]]);
});

const PARTS = [
  ...ASK.map(([input]) => input),
  ...[
    "\x1b[200~",
    "\x1b[201~",
    "\r\n",
    "字",
    "👩‍👩‍👧",
    "\x1b[1;",
    "\x1b]0;",
    "\x07",
    "\x1b\\",
    "\x1bP1",
    "\x1b",
    `\x1b[${"1".repeat(300)}`,
    `\x1bO${"1".repeat(300)}`,
    `\x1bO1;${"1".repeat(300)}`,
  ],
];
const input = fc.array(
  fc.oneof(fc.constantFrom(...PARTS), fc.string({ unit: "binary" }), fc.string()),
);

Deno.test("KeyDecoder gives the same for every chunking, characters of several bytes cut too (I1)", () => {
  fc.assert(
    fc.property(input, fc.array(fc.nat(300)), (parts, cuts) => {
      const bytes = encoder.encode(parts.join(""));
      const places = [...new Set(cuts)].filter((at) => at < bytes.length).sort((a, b) => a - b);
      const chunks = [0, ...places].map((at, index) => bytes.subarray(at, places[index]));
      assertEquals(decode(...chunks), decode(bytes));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("KeyDecoder never throws on any bytes, and lets no control character into text (I3, I4)", () => {
  const check = (chunks: readonly Uint8Array[]) => {
    for (const key of decode(...chunks)) {
      // deno-lint-ignore no-control-regex
      if (key.kind === "text") assert(!/[\x00-\x1f\x7f-\x9f]/.test(key.text));
      // deno-lint-ignore no-control-regex
      if (key.kind === "paste") assert(!/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(key.text));
    }
  };
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), check));
  fc.assert(fc.property(input, (parts) => check(parts.map((part) => encoder.encode(part)))));
});
