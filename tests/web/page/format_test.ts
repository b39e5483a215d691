import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { mentions, piecesOf, safeAddress } from "../../../web/page/format.js";

/** Kinds and texts, short enough to read. */
function read(text: string, me = "ann"): string[] {
  return piecesOf(text, me).map(({ kind, text }) => `${kind}:${text}`);
}

Deno.test("a text without signs is one piece of text", () => {
  assertEquals(read("hello there\nbob"), ["text:hello there\nbob"]);
  assertEquals(read(""), []);
});

Deno.test("fenced blocks lose their fence, their language and the lines around them", () => {
  assertEquals(read("see\n```ts\nlet a;\n\nlet b;\n```\nthat"), [
    "text:see",
    "block:let a;\n\nlet b;",
    "text:that",
  ]);
  assertEquals(read("```x```"), ["block:x"]);
  assertEquals(read("``` ```"), ["text:``` ```"]);
  assertEquals(read("a ```b `c`"), ["text:a ```b ", "code:c"]);
  assertEquals(read("```a``` ```b"), ["block:a", "text: ```b"]);
});

Deno.test("inline code is within a line, and hides what is in it", () => {
  assertEquals(read("say `ann https://x.example` or `a\nb`"), [
    "text:say ",
    "code:ann https://x.example",
    "text: or `a\nb`",
  ]);
});

Deno.test("links are of the web only, and end before what ends the sentence", () => {
  const addresses = (text: string) =>
    piecesOf(text, "").filter(({ kind }) => kind === "link").map(({ text }) => text);
  assertEquals(
    addresses("see https://a.example/x?y=1#z, (http://b.example/c_(d)) and https://e.example."),
    [
      "https://a.example/x?y=1#z",
      "http://b.example/c_(d)",
      "https://e.example",
    ],
  );
  for (
    const text of [
      "javascript:alert(1)",
      "data:text/html,x",
      "https://",
      "http://[",
      "ftp://a.example",
      "xhttps://a.example",
      "file:///etc/passwd",
    ]
  ) assertEquals(addresses(text), [], text);
  assertEquals(addresses('https://a.example/"onmouseover="x'), ["https://a.example/"]);
  assertEquals(addresses("https://a.example/\u202egpj.exe"), ["https://a.example/"]);
  assertEquals(safeAddress("JavaScript:alert(1)"), undefined);
});

Deno.test("one's own name is a mention, as a whole word and in any case", () => {
  assert(mentions("Ann, are you there?", "ann"));
  assert(mentions("hello @ANN.", "ann"));
  assert(mentions("(ann)", "ann"));
  assert(mentions("ask bob.b.", "bob.b"));
  for (const text of ["annie", "joann", "ann-lee", "`ann`", "https://a.example/ann", "ann.lee"]) {
    assert(!mentions(text, "ann"), text);
  }
  assertEquals(read("so @ann, yes"), ["text:so ", "mention:@ann", "text:, yes"]);
});

Deno.test("nothing of a text is lost or made up, whatever it is", () => {
  const part = fc.constantFrom(
    "`",
    "```",
    "\n",
    " ",
    "ann",
    "@",
    "https://a.example/(",
    ")",
    ".",
    "ts",
  );
  const texts = fc.array(fc.oneof(part, fc.string({ maxLength: 4 })), { maxLength: 40 })
    .map((parts) => parts.join(""));
  fc.assert(fc.property(texts, (text) => {
    let rest = 0;
    for (const { kind, text: shown, href } of piecesOf(text, "ann")) {
      const at = text.indexOf(shown, rest);
      assert(at >= rest, `${JSON.stringify(shown)} is not in order`);
      assert(/^[\s`]*$|^```[\w+#-]{0,20}\n$/.test(text.slice(rest, at).replace(/[\w+#-]+\n/, "")));
      assertEquals(href !== undefined, kind === "link");
      if (href !== undefined) assert(/^https?:/.test(href));
      rest = at + shown.length;
    }
    assert(/^[\s`]*$/.test(text.slice(rest)));
  }));
});

Deno.test("a text that is made to be slow is not", () => {
  for (const sign of ["`", "```", "``` ", "https://", "https://a(", "ann.", "@", "((((", "[]"]) {
    const text = sign.repeat(16_384 / sign.length);
    piecesOf(text, "ann");
  }
});

for (
  const [what, text] of [
    ["closing brackets behind a link", "http://a/" + ")]}".repeat(200_000)],
    ["full stops in a word", "a" + ".".repeat(600_000) + "b"],
  ] as const
) {
  Deno.test(`${what} by the hundred thousand take no time that a page would feel`, () => {
    // Looked through once for each, it would take minutes.
    assertEquals(piecesOf(text, "ann").map(({ text }) => text).join(""), text);
  });
}
