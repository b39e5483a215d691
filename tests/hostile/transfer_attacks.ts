import {
  apart,
  type Attack,
  type BadSender,
  either,
  ends,
  escapedOrRefused,
  failed,
  type OfferOptions,
  refused,
  saved,
} from "./attack.ts";

/** What a bad sender may do to a receiver, each with what it must read: docs/ATTACKS.md tells of it. */
export const TRANSFER_ATTACKS: readonly Attack[] = [
  ...frames(),
  ...firstWords(),
  ...orders(),
  ...badNames(),
  ...escapedNames(),
  ...equalNames(),
  ...sizes(),
  ...contents(),
  ...floods(),
  ...silences(),
];

/** Names that are refused, by what is wrong with them. */
function badNames(): Attack[] {
  const char = (code: number) => `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const holding = (code: number) =>
    [`hostile${String.fromCodePoint(code)}x`, `that holds ${char(code)}`] as const;
  return ([
    ["..", "that is the folder above"],
    ["../hostile", "in the folder above"],
    ["a/../../hostile", "that goes up from a folder below"],
    ["a/..", "that ends with the folder above"],
    [".", "that is the folder itself"],
    ["./hostile", "that begins with a dot segment"],
    ["a/./hostile", "with a dot segment in its midst"],
    ["a//hostile", "with an empty segment"],
    ["hostile/", "that ends with a slash"],
    ["/hostile-absolute", "that is absolute"],
    ["//server/share/hostile", "of a share, with slashes"],
    ["\\\\server\\share\\hostile", "of a share, with backslashes"],
    ["C:/hostile", "with a drive"],
    ["c:hostile", "with a drive and no slash"],
    ["..\\hostile", "in the folder above, with a backslash"],
    ["a\\b", "that holds a backslash"],
    ["\\hostile", "that begins with a backslash"],
    ...[0x00, 0x01, 0x07, 0x08, 0x09, 0x0a, 0x0d, 0x1b, 0x1f].map(holding),
    ...[0x7f, 0x80, 0x85, 0x9b, 0x9d, 0x9f].map(holding),
    ...[0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e].map(holding),
    ...[0x2066, 0x2067, 0x2068, 0x2069].map(holding),
    ...[0x00ad, 0x034f, 0x115f, 0x180e, 0x200b, 0x200c, 0x200d, 0x2060, 0x3164, 0xfeff].map(
      holding,
    ),
    ...[0x2028, 0x2029, 0xfff9, 0xe0001, 0xe0041].map(holding),
    ["\x1b]0;owned\x07\x1b[2J\x1b[H", "that sets a terminal's title and clears it"],
    ["hostile\ud800", "with half a surrogate pair"],
    ["a".repeat(251), "of which a segment has 251 bytes"],
    ["é".repeat(126), "of which a segment has 252 bytes in 126 characters"],
    [`a/${"b".repeat(251)}/c`, "of which a segment in the midst has 251 bytes"],
    [`${"é".repeat(124)}/`.repeat(17) + "a", "of 4,234 bytes"],
    ["a/".repeat(64) + "a", "of 65 levels"],
  ] as const).map(([name, what]) => ({
    name: `a name ${what}`,
    act: async (sender) => {
      await sender.offer(name);
      // Its bytes follow: they are read past.
      await sender.file(name, "abc");
      await sender.offer(name, { kind: "directory", size: 0 });
    },
    reads: refused("invalid_path", 3),
  }));
}

/** Names that people have, and that some system would take for something else. */
function escapedNames(): Attack[] {
  return [
    "CON",
    "nul",
    "Aux.txt",
    "PRN.tar.gz",
    "com1",
    "COM9.log",
    "lpt1",
    "LPT\u00b3",
    "conin$",
    "CONOUT$.x",
    "nul.",
    "nul ",
    "aux:",
    "file.txt:stream",
    "12:30",
    ":",
    "dot.",
    "dots...",
    "space ",
    "both. . ",
    "...",
    " ",
    "dir./hostile",
    "dir /hostile",
    "CON/hostile",
    "a:b/hostile",
  ].map((name) => ({
    name: `a name that some system takes for another: ${JSON.stringify(name)}`,
    act: (sender) => sender.file(sender.named(name), "abc"),
    reads: escapedOrRefused,
  }));
}

/** Names of one batch that are one name on some system, or are made one by what is escaped. */
function equalNames(): Attack[] {
  return ([
    ["equal", "same.txt", "same.txt"],
    ["equal but for their case", "Readme.txt", "README.txt"],
    ["equal but for the case of a folder", "Docs/a.txt", "docs/a.txt"],
    ["equal when composed (NFC)", "caf\u00e9.txt", "cafe\u0301.txt"],
    ["equal when decomposed, in a folder", "\u00c5/a.txt", "\u212b/a.txt"],
    ["equal when a colon is escaped", "10:00", "10_00"],
    ["equal when a trailing dot is escaped", "tail.", "tail_"],
    ["equal when a device's name is escaped", "CON", "_CON"],
  ] as const).map(([what, one, other]) => ({
    name: `two names in one batch that are ${what}`,
    act: async (sender) => {
      await sender.file(sender.named(one), `the first of ${what}`);
      await sender.file(sender.named(other), `the second of ${what}`);
    },
    reads: apart(2),
  }));
}

/** Lengths that are none, and those that are not true. */
function sizes(): Attack[] {
  const shapes = ([
    ["a negative size", { size: -1 }],
    ["a size of minus two to the 53rd", { size: -(2 ** 53) }],
    ["a fractional size", { size: 1.5 }],
    ["an unsafe size", { size: 2 ** 53 }],
    ["a size beyond all numbers", { size: 1e308 }],
    ["a size that is text", { size: "3" }],
    ["a size that is an object", { size: {} }],
    ["no size", { size: undefined }],
    ["a kind that does not exist", { kind: "symlink" }],
    ["permission bits beyond all bits", { mode: 0o10000 }],
    ["permission bits below none", { mode: -1 }],
    ["a time that is text", { mtime: "now" }],
    ["a key that is a path", { key: "../../../../hostile" }],
  ] as readonly (readonly [string, OfferOptions])[]).map(([what, options]): Attack => ({
    name: `an offer with ${what}`,
    act: (sender) => sender.offer(sender.named("shape"), options),
    reads: ends("invalid_message"),
  }));
  return [
    ...shapes,
    ...([-1, 0.5, 2 ** 53, "0"] as const).map((offset): Attack => ({
      name: `a start at ${JSON.stringify(offset)}`,
      act: async (sender) => await sender.start(await sender.offer(sender.named("offset")), offset),
      reads: ends("invalid_message"),
    })),
    ...([-1, 0.5, 2 ** 53, "0"] as const).map((id): Attack => ({
      name: `an offer with the number ${JSON.stringify(id)}`,
      act: (sender) => sender.offer(sender.named("number"), { id: id }),
      reads: ends("invalid_message"),
    })),
    {
      name: "a file of more bytes than were offered",
      act: (sender) => wholeFile(sender, { size: 2 }, "abc"),
      reads: failed("size_mismatch"),
    },
    {
      name: "a file of more bytes than were offered, in many frames and to a true end",
      async act(sender) {
        const id = await sender.offer(sender.named("more"), { size: 2 });
        await sender.start(id);
        for (let at = 0; at < 100; at++) await sender.data("0123456789");
        await sender.end(id, "0123456789".repeat(100));
      },
      reads: failed("size_mismatch"),
    },
    {
      name: "a file of fewer bytes than were offered",
      act: (sender) => wholeFile(sender, { size: 4 }, "abc"),
      reads: failed("size_mismatch"),
    },
    {
      name: "a file of which nothing comes",
      async act(sender) {
        const id = await sender.offer(sender.named("nothing"));
        await sender.start(id);
        await sender.end(id, "abc");
      },
      reads: failed("size_mismatch"),
    },
    {
      name: "a file that is said to be smaller at its end than what came",
      act: (sender) => wholeFile(sender, { size: null }, "abc", { size: 2 }),
      reads: failed("size_mismatch"),
    },
    {
      name: "a file that is said to be larger at its end than what came",
      act: (sender) => wholeFile(sender, { size: null }, "abc", { size: 2 ** 40 }),
      reads: failed("size_mismatch"),
    },
    {
      name: "a folder with bytes of its own",
      act: (sender) => wholeFile(sender, { kind: "directory" }, "abc"),
      reads: either(failed("size_mismatch"), refused("invalid_message", 1)),
    },
    {
      name: "a file with a time beyond all calendars",
      act: (sender) => sender.file(sender.named("time"), "abc", { mtime: 1e300 }),
      reads: either(saved(1), failed("write_failed")),
    },
    {
      name: "a file with a time before all calendars",
      act: (sender) => sender.file(sender.named("time"), "abc", { mtime: -1e300 }),
      reads: either(saved(1), failed("write_failed")),
    },
  ];
}

/** What is said of a file, and is not so. */
function contents(): Attack[] {
  return [
    {
      name: "a hash that does not match",
      act: (sender) => wholeFile(sender, {}, "abd", { hash: HASH_OF_ABC }),
      reads: failed("hash_mismatch"),
    },
    {
      name: "a hash of another kind",
      act: (sender) => wholeFile(sender, {}, "abc", { hash: "06b05ab6733a618578af5f94892f3950" }),
      reads: failed("hash_mismatch"),
    },
    {
      name: "a hash that is a path",
      act: (sender) => wholeFile(sender, {}, "abc", { hash: "../../hostile" }),
      reads: ends("invalid_message"),
    },
    {
      name: "a hash in capitals",
      act: (sender) => wholeFile(sender, {}, "abc", { hash: HASH_OF_ABC.toUpperCase() }),
      reads: ends("invalid_message"),
    },
    {
      name: "a key that another file had",
      async act(sender) {
        const key = crypto.randomUUID();
        await sender.file(sender.named("key-one"), "one", { key });
        await sender.file(sender.named("key-two"), "two", { key });
      },
      reads: apart(2),
    },
    {
      name: "two names in one batch that are equal, under one key and of two sizes",
      async act(sender) {
        const key = crypto.randomUUID();
        await sender.file(sender.named("key"), "one", { key });
        await sender.file(sender.named("key"), "three", { key });
      },
      reads: apart(2),
    },
    {
      name: "a program that is to run as somebody else (setuid)",
      act: (sender) => sender.file(sender.named("setuid"), "abc", { mode: 0o6777 }),
      reads: saved(1),
    },
    {
      name: "a file under the name of a folder, and a file in it",
      async act(sender) {
        await sender.file(sender.named("both"), "a file");
        await sender.file(sender.named("both/below"), "below a file");
      },
      reads: apart(2),
    },
    {
      name: "a file that is cancelled in its midst, with a reason that clears a terminal",
      async act(sender) {
        const id = await sender.offer(sender.named("cancelled\u{1f600}"));
        await sender.start(id);
        await sender.data("ab");
        const message = "\x1b[2J\x1b]0;owned\x07\u202e\nreceived x as recv-x";
        await sender.wire.send("cancel", { id, code: "\x1b[31mread_failed", message });
      },
      reads: saved(0),
    },
  ];
}

/** What comes where it may not. */
function orders(): Attack[] {
  const misplaced = ends("unexpected_message");
  return [
    {
      name: "data before an offer",
      act: (sender) => sender.data("abc"),
      reads: ends("unexpected_data"),
    },
    {
      name: "an empty data frame before an offer",
      act: (sender) => sender.data(""),
      reads: ends("unexpected_data"),
    },
    {
      name: "data between an offer and its start",
      async act(sender) {
        await sender.offer(sender.named("early"));
        await sender.data("abc");
      },
      reads: ends("unexpected_data"),
    },
    {
      name: "data after a cancel",
      async act(sender) {
        const id = await sender.offer(sender.named("cancelled"));
        await sender.start(id);
        await sender.cancel([id]);
        await sender.data("abc");
      },
      reads: ends("unexpected_data"),
    },
    {
      name: "two offers with one number",
      async act(sender) {
        await sender.offer(sender.named("one"), { id: 5 });
        await sender.file(sender.named("two"), "abc", { id: 5 });
      },
      reads: misplaced,
    },
    {
      name: "offers whose numbers fall",
      async act(sender) {
        await sender.offer(sender.named("one"), { id: 5 });
        await sender.file(sender.named("two"), "abc", { id: 4 });
      },
      reads: misplaced,
    },
    {
      name: "a start inside of another file, of which a part could be kept",
      async act(sender) {
        const [one, two] = [
          await sender.offer(sender.named("1"), { mtime: 5 }),
          await sender.offer(sender.named("2")),
        ];
        await sender.start(one);
        await sender.data("ab");
        await sender.start(two);
      },
      reads: misplaced,
    },
    {
      name: "a second start of the same file",
      async act(sender) {
        const id = await sender.offer(sender.named("twice"));
        await sender.start(id);
        await sender.start(id);
      },
      reads: misplaced,
    },
    {
      name: "a start inside of a file that was refused",
      async act(sender) {
        const one = await sender.offer("../hostile", { inline: true });
        await sender.start(one);
        await sender.start(one);
      },
      reads: misplaced,
    },
    {
      name: "a start without an offer",
      async act(sender) {
        await sender.start(0);
        await sender.end(0, "");
      },
      reads: misplaced,
    },
    {
      name: "a start of an offer that is still to come",
      async act(sender) {
        const id = await sender.offer(sender.named("1")) + 1;
        await sender.start(id);
        await sender.end(id, "");
      },
      reads: misplaced,
    },
    {
      name: "a start at an offset that nobody agreed to",
      act: async (sender) => await sender.start(await sender.offer(sender.named("offset")), 2),
      reads: misplaced,
    },
    {
      name: "an end outside of its file",
      act: async (sender) => await sender.end(await sender.offer(sender.named("end")), "abc"),
      reads: misplaced,
    },
    {
      name: "an end of another file",
      async act(sender) {
        const [one, two] = [
          await sender.offer(sender.named("1")),
          await sender.offer(sender.named("2")),
        ];
        await sender.start(one);
        await sender.data("abc");
        await sender.end(two, "abc");
      },
      reads: misplaced,
    },
    {
      name: "a cancel of what was never offered",
      act: (sender) => sender.wire.send("cancel", { id: 3, code: "cancelled", message: "x" }),
      reads: misplaced,
    },
    {
      name: "a bye inside of a file",
      async act(sender) {
        await sender.start(await sender.offer(sender.named("bye")));
        await sender.wire.send("bye", { files: 0, bytes: 0 });
      },
      reads: misplaced,
    },
    {
      name: "a bye inside of a file that was refused",
      async act(sender) {
        await sender.start(await sender.offer("../hostile", { inline: true }));
        await sender.wire.send("bye", { files: 0, bytes: 0 });
      },
      reads: misplaced,
    },
    {
      name: "a bye while an offer is open",
      async act(sender) {
        await sender.offer(sender.named("bye"));
        await sender.wire.send("bye", { files: 0, bytes: 0 });
      },
      reads: misplaced,
    },
    { name: "a second hello", act: (sender) => sender.hello(), reads: misplaced },
    {
      name: "a welcome",
      act: (sender) => sender.wire.send("welcome", { limits: {}, durable: "disk" }),
      reads: misplaced,
    },
    ...(["accept", "refuse", "done"] as const).map((type): Attack => ({
      name: `what only a receiver says: ${type}`,
      act: (sender) => sender.wire.send(type, { id: 0, offset: 0, code: "exists", message: "x" }),
      reads: ends("unknown_type"),
    })),
    {
      name: "the same file twice under one offer",
      async act(sender) {
        const id = await sender.file(sender.named("again"), "abc");
        await sender.start(id);
        await sender.data("abc");
        await sender.end(id, "abc");
      },
      reads: either(saved(1), misplaced),
    },
    {
      name: "the end of its input while an offer is open",
      isLast: true,
      async act(sender) {
        await sender.offer(sender.named("open"));
        await sender.wire.closeWrite();
      },
      reads: ends("truncated_frame"),
    },
    {
      name: "the end of its input in mid-file",
      isLast: true,
      async act(sender) {
        await sender.start(await sender.offer(sender.named("open")));
        await sender.data("ab");
        await sender.wire.closeWrite();
      },
      reads: ends("truncated_frame"),
    },
  ];
}

/** What is said before, or instead of, hello. */
function firstWords(): Attack[] {
  const instead = (
    name: string,
    act: Attack["act"],
    ...codes: readonly string[]
  ): Attack => ({ name, greets: false, act, reads: ends(...codes) });
  const said = (type: string, payload: object) => (sender: BadSender) =>
    sender.wire.send(type, payload);
  const hello = { protocol: 1, role: "send", hash: "sha256" };
  return [
    instead("an offer before hello", (sender) => sender.offer("hostile"), "unexpected_message"),
    instead("a bye before hello", said("bye", { files: 0, bytes: 0 }), "unexpected_message"),
    instead("data before hello", (sender) => sender.data("abc"), "unexpected_data"),
    instead("a ping before hello", said("ping", { t: 1 }), "unexpected_message"),
    instead("a chat's connect", said("connect", { protocol: 1, name: "ann" }), "unknown_type"),
    instead("an HTTP request", (sender) => sender.wire.text("GET / HTTP/1.1\r\n\r\n"), "bad_frame"),
    instead(
      "a TLS hello",
      (sender) => sender.wire.raw(new Uint8Array([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc])),
      "bad_frame",
    ),
    instead(
      "a version that is not spoken",
      said("hello", { ...hello, protocol: 2 }),
      "unsupported_protocol",
    ),
    instead(
      "a hello of who wants files where none are given",
      said("hello", { ...hello, role: "receive" }),
      "unexpected_message",
    ),
    instead(
      "a hash that is not known",
      said("hello", { ...hello, hash: "md5" }),
      "invalid_message",
    ),
    instead("a hello without anything", said("hello", {}), "invalid_message"),
    {
      name: "the end of its input before hello",
      greets: false,
      isLast: true,
      act: (sender) => sender.wire.closeWrite(),
      reads: ends("truncated_frame"),
    },
  ];
}

/** Bytes that are no frames, and frames that hold no messages. */
function frames(): Attack[] {
  const raw = (name: string, bytes: readonly number[], code: string): Attack => ({
    name,
    act: (sender) => sender.wire.raw(new Uint8Array(bytes)),
    reads: ends(code),
  });
  const json = (name: string, text: string, code: string): Attack => ({
    name,
    act: (sender) => sender.json(text),
    reads: ends(code),
  });
  return [
    raw("a frame of kind 3", [0, 0, 0, 1, 3, 0], "unknown_frame_kind"),
    raw("a frame of kind 0", [0, 0, 0, 0, 0], "unknown_frame_kind"),
    raw("a frame of kind 255", [0, 0, 0, 1, 255, 0], "unknown_frame_kind"),
    raw("a frame of 4 GiB", [255, 255, 255, 255, 2], "bad_frame"),
    raw("a data frame of 16 MiB", [0, 255, 255, 255, 2], "frame_too_large"),
    raw("a data frame one byte too long", [0, 0x10, 0, 1, 2], "frame_too_large"),
    raw("a json frame one byte too long", [0, 1, 0, 1, 1], "frame_too_large"),
    raw("text instead of frames", [0x68, 0x65, 0x6c, 0x6c, 0x6f], "bad_frame"),
    raw("a message in broken UTF-8", [0, 0, 0, 4, 1, 0x22, 0xc3, 0x28, 0x22], "invalid_json"),
    json("an empty message", "", "invalid_json"),
    json("a message that is no JSON", "{", "invalid_json"),
    json("a message that is an array", "[]", "invalid_json"),
    json("a message that is null", "null", "invalid_json"),
    json("a message that is text", '"offer"', "invalid_json"),
    json("arrays nested 60,000 deep", "[".repeat(60_000), "invalid_json"),
    json(
      "a message nested 10,000 deep",
      `{"type":"offer","payload":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`,
      "invalid_message",
    ),
    json("a message without a type", '{"payload":{}}', "invalid_message"),
    json("a message whose payload is an array", '{"type":"offer","payload":[]}', "invalid_message"),
    json("a type that does not exist", '{"type":"dance","payload":{}}', "unknown_type"),
    json("a type of the prototype's", '{"type":"__proto__","payload":{}}', "unknown_type"),
    json("a type that clears a terminal", '{"type":"\\u001b[2J","payload":{}}', "unknown_type"),
    json(
      "an offer in the payload's prototype",
      '{"type":"offer","payload":{"__proto__":{"id":0,"name":"x","size":0,"kind":"file"}}}',
      "invalid_message",
    ),
    {
      name: "an empty name",
      act: (sender) => sender.offer(""),
      reads: either(ends("invalid_message"), refused("invalid_path", 1)),
    },
    {
      name: "a name of 5,000 characters",
      act: (sender) => sender.offer("a".repeat(5_000)),
      reads: either(ends("invalid_message"), refused("invalid_path", 1)),
    },
    {
      name: "half a frame and the end of its input",
      isLast: true,
      async act(sender) {
        await sender.wire.raw(new Uint8Array([0, 0, 0, 9, 1, 0x7b]));
        await sender.wire.closeWrite();
      },
      reads: ends("truncated_frame"),
    },
    {
      name: "half a frame's header and the end of its input",
      isLast: true,
      async act(sender) {
        await sender.wire.raw(new Uint8Array([0, 0, 0]));
        await sender.wire.closeWrite();
      },
      reads: ends("truncated_frame"),
    },
    {
      name: "half a data frame and the end of its input",
      isLast: true,
      async act(sender) {
        await sender.start(await sender.offer(sender.named("half")));
        await sender.wire.raw(new Uint8Array([0, 0, 0, 3, 2, 97]));
        await sender.wire.closeWrite();
      },
      reads: ends("truncated_frame"),
    },
  ];
}

/** Much of something. */
function floods(): Attack[] {
  return [
    {
      name: "ten thousand offers without data",
      async act(sender) {
        for (let at = 0; at < 10_000; at++) await sender.offer(sender.named(`flood/${at}`));
      },
      reads: ends("too_many_offers"),
    },
    {
      name: "ten thousand offers of small files without data",
      async act(sender) {
        for (let at = 0; at < 10_000; at++) {
          await sender.offer(sender.named(`flood/${at}`), { inline: true });
        }
      },
      reads: ends("too_many_offers"),
    },
    {
      name: "ten thousand offers of folders that never end",
      async act(sender) {
        for (let at = 0; at < 10_000; at++) {
          await sender.offer(sender.named(`flood/${at}`), { kind: "directory", size: 0 });
        }
      },
      reads: ends("too_many_offers"),
    },
    {
      name: "256 offers, every one cancelled",
      async act(sender) {
        for (let round = 0; round < 4; round++) {
          const ids: number[] = [];
          for (let at = 0; at < 256; at++) ids.push(await sender.offer(sender.named(`c/${at}`)));
          await sender.cancel(ids);
        }
      },
      reads: saved(0),
    },
    {
      name: "a thousand names that are refused",
      async act(sender) {
        for (let at = 0; at < 1_000; at++) await sender.offer(`../hostile-${at}`);
      },
      reads: refused("invalid_path", 1_000),
    },
    {
      name: "ten thousand pings",
      async act(sender) {
        for (let at = 0; at < 10_000; at++) await sender.wire.send("ping", { t: at });
      },
      reads: saved(0),
    },
    {
      name: "ten thousand empty data frames in a file",
      async act(sender) {
        const id = await sender.offer(sender.named("empty-frames"));
        sender.sent.set(id, { content: "abc", hash: HASH_OF_ABC });
        await sender.start(id);
        for (let at = 0; at < 10_000; at++) await sender.data("");
        await sender.data("abc");
        await sender.end(id, "abc");
      },
      reads: saved(1),
    },
  ];
}

/** Little of something, for long: these take time. */
function silences(): Attack[] {
  const HANDSHAKE = 15;
  const IDLE = 80;
  return [
    {
      name: "no word at all",
      greets: false,
      isLast: true,
      seconds: HANDSHAKE,
      act: (sender) => sender.pause(HANDSHAKE * 1_000),
      reads: ends("handshake_timeout"),
    },
    {
      name: "half a hello and silence",
      greets: false,
      isLast: true,
      seconds: HANDSHAKE,
      async act(sender) {
        await sender.wire.raw(new Uint8Array([0, 0, 0, 50, 1, 0x7b]));
        await sender.pause(HANDSHAKE * 1_000);
      },
      reads: ends("handshake_timeout"),
    },
    {
      name: "a hello of one byte a second",
      greets: false,
      isLast: true,
      seconds: HANDSHAKE,
      act: (sender) => slowly(sender, [0, 0, 0, 99, 1, 0x7b], 1_000, HANDSHAKE),
      reads: ends("handshake_timeout"),
    },
    {
      name: "a hello and silence",
      isLast: true,
      seconds: IDLE,
      act: (sender) => sender.pause(IDLE * 1_000),
      reads: ends("idle_timeout"),
    },
    {
      name: "half a frame and silence",
      isLast: true,
      seconds: IDLE,
      async act(sender) {
        await sender.wire.raw(new Uint8Array([0, 0, 0, 50, 1, 0x7b]));
        await sender.pause(IDLE * 1_000);
      },
      reads: ends("idle_timeout"),
    },
    {
      name: "a message of one byte a minute",
      isLast: true,
      seconds: 180,
      act: (sender) => slowly(sender, [0, 0, 0, 99, 1, 0x7b], 60_000, 180),
      reads: ends("idle_timeout"),
    },
    {
      name: "a file of one byte a minute",
      isLast: true,
      seconds: 180,
      async act(sender) {
        await sender.start(await sender.offer(sender.named("slow"), { size: 1_000 }));
        await slowly(sender, [0, 0, 3, 0xe8, 2], 60_000, 180);
      },
      reads: ends("idle_timeout"),
    },
    {
      name: "silence in the midst of a file",
      isLast: true,
      seconds: IDLE,
      async act(sender) {
        await sender.start(await sender.offer(sender.named("stalled")));
        await sender.data("ab");
        await sender.pause(IDLE * 1_000);
      },
      reads: ends("idle_timeout"),
    },
  ];
}

const HASH_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/** A file that is offered, sent and ended, with something wrong about it. */
async function wholeFile(
  sender: BadSender,
  options: OfferOptions,
  content: string,
  end: object = {},
): Promise<void> {
  const id = await sender.offer(sender.named("whole"), options);
  await sender.start(id);
  await sender.data(content);
  await sender.end(id, content, end);
}

/** A frame of which one byte comes at a time, for so many seconds: a header, then dots without end. */
async function slowly(
  sender: BadSender,
  header: readonly number[],
  everyMs: number,
  seconds: number,
): Promise<void> {
  for (let at = 0; at * everyMs < seconds * 1_000; at++) {
    await sender.wire.raw(new Uint8Array([header[at] ?? 0x2e]));
    await sender.pause(everyMs);
  }
}
