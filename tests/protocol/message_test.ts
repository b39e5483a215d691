import { assert, assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { ProtocolError } from "../../codec/errors.ts";
import {
  decodeChatMessage,
  decodeChatRequest,
  decodeReceiverMessage,
  decodeSenderMessage,
} from "../../protocol/message.ts";

const DECODERS = {
  decodeChatRequest,
  decodeChatMessage,
  decodeSenderMessage,
  decodeReceiverMessage,
};

const KEY = "0123456789abcdef".repeat(4);
const SIGNATURE = KEY.repeat(2);

/** One good message for each type, by decoder. */
const GOOD: Readonly<Record<keyof typeof DECODERS, Readonly<Record<string, object>>>> = {
  decodeChatRequest: {
    connect: { protocol: 1, name: "ann", since: { lobby: 3, "@ann": 0 }, ref: "1" },
    join: { room: "lobby", since: 0 },
    leave: { room: "lobby" },
    message: { room: "lobby", text: "hi", id: "01J" },
    private: { to: "bob", text: "hi", id: "01J" },
    history: { stream: "@ann", before: 9, limit: 10 },
    search: { query: "tea", room: "lobby", from: "bob", limit: 100, ref: "1" },
    seen: { stream: "lobby", seq: 3 },
    who: { room: "lobby", details: true },
    rooms: {},
    away: { away: true, text: "lunch", since: 5 },
    create: { room: "den", private: true, secret: "YWdl", topic: "tea" },
    room: { room: "den", after: "ann", limit: 5 },
    moderate: { room: "den", action: "ban", name: "eve", forMs: 60_000, reason: "noise" },
    prove: {
      signature: SIGNATURE,
      recipient: `age1${"q".repeat(58)}`,
      recipientSignature: SIGNATURE,
    },
    keys: { name: "ann" },
    link: { id: "7K2Q" },
    endorse: { key: KEY, endorsement: SIGNATURE },
    revoke: { key: KEY },
    token: { ref: "1" },
    logout: {},
    quit: {},
    ping: { t: 1.5 },
    pong: { t: -1 },
  },
  decodeChatMessage: {
    connect_ack: {
      message: "welcome",
      protocol: 1,
      name: "ann",
      token: "secret",
      log: "a1",
      resumed: false,
      limits: { textBytes: 16_384 },
      inbox: { seq: 0, missed: 0, complete: true },
    },
    joined: { room: "lobby", count: 1, seq: 3, missed: 0, complete: true },
    left: { room: "lobby" },
    ack: { id: "01J", room: "lobby", seq: 1, at: 5, stored: "memory" },
    message: { room: "lobby", sender: "ann", text: "hi", id: "01J", seq: 1, at: 5 },
    private: { from: "ann", to: "bob", text: "hi", id: "01J", seq: 1, at: 5 },
    gap: { stream: "lobby", after: 1, through: 5 },
    history: { stream: "lobby", messages: [], more: false },
    search: { messages: [], more: false },
    who: {
      room: "lobby",
      members: ["ann"],
      people: [{ name: "ann", role: "owner", away: { since: 5 }, since: 1, devices: 2 }],
      more: false,
    },
    away: { away: { text: "lunch", since: 5 } },
    rooms: { rooms: [{ room: "lobby", count: 1 }], more: false },
    created: { room: "den" },
    room: {
      room: "den",
      owner: "ann",
      operators: ["bob"],
      topic: "tea",
      isPrivate: true,
      isSecret: false,
      role: "owner",
      invited: ["cid"],
      banned: [{ name: "eve", until: 5 }],
      muted: [{ name: "dan" }],
      more: false,
    },
    moderated: { room: "den", action: "ban", name: "eve", until: 5 },
    challenge: { nonce: KEY },
    keys: { name: "ann", keys: [{ key: KEY, at: 5, endorsedBy: KEY, endorsement: SIGNATURE }] },
    linking: { id: "7K2Q", expiresAt: 5 },
    link_wanted: { key: KEY, mac: KEY },
    endorsed: { key: KEY },
    revoked: { key: KEY },
    token: { token: "secret" },
    notification: { kind: "join", message: "ann is here" },
    error: { code: "forbidden", message: "no" },
    ping: { t: 1 },
    pong: { t: 1 },
  },
  decodeSenderMessage: {
    hello: { protocol: 1, role: "send", hash: "sha256" },
    welcome: { limits: {}, durable: "disk" },
    offer: { id: 1, key: "0123456789abcdef", name: "a/b", size: null, kind: "file" },
    start: { id: 1, offset: 0 },
    end: { id: 1, size: 0, hash: "0".repeat(64) },
    cancel: { id: 1, code: "cancelled", message: "no" },
    bye: { files: 1, bytes: 2 },
    error: { code: "no_space", message: "no" },
    ping: { t: 1 },
    pong: { t: 1 },
  },
  decodeReceiverMessage: {
    hello: { protocol: 1, role: "receive", hash: "xxh128" },
    welcome: { limits: {}, durable: "none" },
    accept: { id: 1, offset: 0 },
    refuse: { id: 1, code: "exists", message: "no" },
    done: { id: 1, savedAs: "recv-a", size: 0, hash: "0".repeat(32), durable: "disk" },
    bye: { files: 1, bytes: 2 },
    error: { id: 1, code: "no_space", message: "no" },
    ping: { t: 1 },
    pong: { t: 1 },
  },
};

/** The code that a decoder throws. */
function codeOf(decode: (json: Uint8Array | string) => unknown, json: Uint8Array | string): string {
  return assertThrows(() => decode(json), ProtocolError).code;
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

for (const [name, decode] of Object.entries(DECODERS)) {
  const good = GOOD[name as keyof typeof DECODERS];

  Deno.test(`${name} reads each of its messages, as text and as bytes`, () => {
    for (const [type, payload] of Object.entries(good)) {
      const text = JSON.stringify({ type, payload });
      assertEquals<unknown>(decode(text), { type, payload });
      assertEquals<unknown>(decode(bytes(text)), { type, payload });
    }
  });

  Deno.test(`${name} knows no type but its own`, () => {
    const message = assertThrows(() => decode('{"type":"","payload":{}}'), ProtocolError).message;
    const known = message.slice(message.indexOf("allowed here are ") + 17).split(", ");
    assertEquals(new Set(known), new Set(Object.keys(good)));
    const others = ["__proto__", "constructor", "toString", "hasOwnProperty", "Join", "join "];
    for (const type of others) {
      assertEquals(codeOf(decode, JSON.stringify({ type, payload: {} })), "unknown_type", type);
    }
  });

  Deno.test(`${name} ignores unknown fields, in the message and in the payload`, () => {
    for (const [type, payload] of Object.entries(good)) {
      decode(JSON.stringify({ type, payload: { ...payload, added: { later: [] } }, added: 1 }));
    }
  });

  Deno.test(`${name} refuses every message that lacks a field or has it in the wrong shape`, () => {
    for (const [type, payload] of Object.entries(good)) {
      for (const [field, value] of Object.entries(payload)) {
        for (const wrong of [null, [], {}, true, "\u0000".repeat(70_000), -1.5, [[]], [null]]) {
          // A few of these are right for a few fields.
          if (JSON.stringify(wrong) === JSON.stringify(value)) continue;
          if (field === "t" && typeof wrong === "number") continue;
          if (field === "size" && type === "offer" && wrong === null) continue;
          if (typeof value === "boolean" && typeof wrong === "boolean") continue;
          if (JSON.stringify(wrong) === "{}" && /^(since|limits)$/.test(field)) continue;
          if (JSON.stringify(wrong) === "[]" && Array.isArray(value)) continue;
          const text = JSON.stringify({ type, payload: { ...payload, [field]: wrong } });
          assertEquals(codeOf(decode, text), "invalid_message", text.slice(0, 200));
        }
      }
    }
  });

  Deno.test(`${name} throws a ProtocolError or answers, whatever bytes it is given`, () => {
    const either = (json: Uint8Array | string) => {
      try {
        decode(json);
      } catch (error) {
        assert(error instanceof ProtocolError, String(error));
        assert(error.message.length < 1_000, error.message);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), either));
    const types = fc.oneof(fc.constantFrom(...Object.keys(good)), fc.string());
    const messages = fc.record({ type: types, payload: fc.oneof(fc.object(), fc.jsonValue()) });
    fc.assert(fc.property(messages, (message) => either(JSON.stringify(message))));
    fc.assert(fc.property(fc.jsonValue(), (value) => either(JSON.stringify(value))));
  });
}

Deno.test("A message that is no JSON object is invalid_json", () => {
  const bad = [
    "",
    " ",
    "[]",
    "null",
    "1",
    '"text"',
    "true",
    "{",
    "{}{}",
    "{'a':1}",
    "undefined",
    "NaN",
  ];
  for (const text of bad) {
    assertEquals(codeOf(decodeChatRequest, text), "invalid_json", text);
    assertEquals(codeOf(decodeChatRequest, bytes(text)), "invalid_json", text);
  }
});

Deno.test("A message that is no UTF-8 is invalid_json", () => {
  const inText = (...middle: number[]) => {
    const [before, after] = ['{"type":"message","payload":{"room":"a","id":"1","text":"', '"}}'];
    return new Uint8Array([...bytes(before), ...middle, ...bytes(after)]);
  };
  decodeChatRequest(inText(0xc3, 0xa9));
  for (
    const bad of [
      [0xff],
      [0xc3], // cut
      [0xa9], // a continuation alone
      [0xc0, 0x80], // overlong
      [0xed, 0xa0, 0xbd], // a surrogate
      [0xf4, 0x90, 0x80, 0x80], // over U+10FFFF
    ]
  ) assertEquals(codeOf(decodeChatRequest, inText(...bad)), "invalid_json", String(bad));
});

Deno.test("A message without a type or a payload is invalid_message", () => {
  for (
    const text of [
      "{}",
      '{"type":"quit"}',
      '{"type":"quit","payload":null}',
      '{"type":"quit","payload":[]}',
      '{"type":"quit","payload":"{}"}',
      '{"type":1,"payload":{}}',
      '{"type":["quit"],"payload":{}}',
      '{"payload":{}}',
      '{"__proto__":{"type":"quit","payload":{}}}',
      '{"constructor":{"prototype":{}}}',
    ]
  ) assertEquals(codeOf(decodeChatRequest, text), "invalid_message", text);
});

Deno.test("Fields that a payload inherits are not its own", () => {
  const text = '{"type":"join","payload":{"__proto__":{"room":"lobby"}}}';
  assertEquals(codeOf(decodeChatRequest, text), "invalid_message");
  const since = '{"type":"connect","payload":{"protocol":1,"name":"a","since":{"__proto__":5}}}';
  const message = decodeChatRequest(since);
  assert(message.type === "connect");
  assertEquals(Object.entries(message.payload.since!), [["__proto__", 5]]);
  assertEquals(Object.getPrototypeOf({}), Object.prototype);
});

Deno.test("Of two fields of the same name the last one counts", () => {
  const message = decodeChatRequest(
    '{"type":"quit","type":"join","payload":{"room":1,"room":"lobby"}}',
  );
  assertEquals<unknown>(message, { type: "join", payload: { room: "lobby" } });
});

Deno.test("Nesting as deep as a frame allows is refused or ignored, and overflows nothing", () => {
  const deep = "[".repeat(32_000) + "]".repeat(32_000);
  assertEquals(codeOf(decodeChatRequest, deep), "invalid_json");
  decodeChatRequest(`{"type":"quit","payload":{"added":${deep}}}`);
  const objects = '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000);
  assertEquals(codeOf(decodeChatRequest, objects), "invalid_message");
  for (const field of ["room", "since"]) {
    const text = `{"type":"join","payload":{"${field}":${deep}}}`;
    assertEquals(codeOf(decodeChatRequest, text), "invalid_message");
  }
});

Deno.test("Half a surrogate pair comes through as it was escaped: the text rules refuse it later", () => {
  const message = decodeChatRequest(
    '{"type":"message","payload":{"room":"a","id":"1","text":"\\ud83d"}}',
  );
  assert(message.type === "message");
  assertEquals(message.payload.text, "\ud83d");
});

Deno.test("Numbers that JSON can write but nobody can count with are invalid_message", () => {
  for (const number of ["1e400", "-1", "1.5", "9007199254740993", "1e300"]) {
    const text = `{"type":"seen","payload":{"stream":"a","seq":${number}}}`;
    assertEquals(codeOf(decodeChatRequest, text), "invalid_message", number);
  }
  assertEquals(
    codeOf(decodeChatRequest, '{"type":"ping","payload":{"t":1e400}}'),
    "invalid_message",
  );
});

Deno.test("No number that a server tells can be negative, a fraction, or more than can be counted", () => {
  /** Copies of a value, each with one of its numbers replaced. */
  function* replaced(value: unknown, by: number): Generator<unknown> {
    if (typeof value === "number") yield by;
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        // What nobody counts with: one comes back as it is, and limits have further kinds.
        if (["t", "limits", "protocol"].includes(key)) continue;
        for (const one of replaced(inner, by)) {
          yield Array.isArray(value) ? value.with(Number(key), one) : { ...value, [key]: one };
        }
      }
    }
  }
  let count = 0;
  for (const [type, good] of Object.entries(GOOD.decodeChatMessage)) {
    for (const by of [-1, 1.5, 1e300, 2 ** 53]) {
      for (const payload of replaced(good, by)) {
        count++;
        const text = JSON.stringify({ type, payload });
        assertEquals(codeOf(decodeChatMessage, text), "invalid_message", text);
      }
    }
  }
  assert(count > 50);
});

Deno.test("Fields are taken up to their bounds and none over", () => {
  const bounds: readonly [keyof typeof DECODERS, string, string, unknown, unknown][] = [
    ["decodeChatRequest", "join", "ref", "r".repeat(64), "r".repeat(65)],
    ["decodeChatRequest", "connect", "device", "d".repeat(64), "d".repeat(65)],
    ["decodeChatRequest", "connect", "token", "t".repeat(256), "t".repeat(257)],
    ["decodeChatRequest", "message", "id", "i".repeat(64), "i".repeat(65)],
    ["decodeChatRequest", "message", "id", "aZ09_.:-", "a b"],
    ["decodeChatRequest", "message", "id", "i", ""],
    ["decodeChatRequest", "message", "id", "i", "i\n"],
    ["decodeChatRequest", "history", "limit", 1, 0],
    ["decodeChatRequest", "history", "limit", 1_000, 1_001],
    ["decodeChatRequest", "search", "query", "q".repeat(256), "q".repeat(257)],
    ["decodeChatRequest", "search", "limit", 1, 0],
    ["decodeChatRequest", "search", "limit", 100, 101],
    ["decodeChatRequest", "seen", "seq", 2 ** 53 - 1, 2 ** 53],
    // A Date holds no later moment.
    ["decodeChatMessage", "message", "at", 8_640_000_000_000_000, 8_640_000_000_000_001],
    ["decodeSenderMessage", "offer", "mode", 0o7777, 0o10000],
    ["decodeSenderMessage", "offer", "key", "k".repeat(16), "k".repeat(15)],
    ["decodeSenderMessage", "offer", "key", "k".repeat(64), "k".repeat(65)],
    ["decodeSenderMessage", "offer", "name", "n".repeat(4_096), "n".repeat(4_097)],
    ["decodeSenderMessage", "offer", "name", "n", ""],
    ["decodeSenderMessage", "offer", "kind", "directory", "symlink"],
    ["decodeSenderMessage", "end", "hash", "a".repeat(64), "a".repeat(63)],
    ["decodeSenderMessage", "end", "hash", "a".repeat(32), "A".repeat(32)],
    ["decodeReceiverMessage", "done", "durable", "memory", "cloud"],
  ];
  for (const [name, type, field, most, over] of bounds) {
    const text = (value: unknown) =>
      JSON.stringify({ type, payload: { ...GOOD[name][type], [field]: value } });
    DECODERS[name](text(most));
    assertEquals(codeOf(DECODERS[name], text(over)), "invalid_message", `${type}.${field}`);
  }
});

Deno.test("An error about a broken message carries its ref and id back, if they are fit to be", () => {
  const details = (text: string) =>
    assertThrows(() => decodeChatRequest(text), ProtocolError).details;
  assertEquals(details('{"type":"message","payload":{"ref":"r","id":"i"}}'), { ref: "r", id: "i" });
  assertEquals(details('{"type":"huh","payload":{"ref":"r"}}'), { ref: "r" });
  const long = "x".repeat(65);
  assertEquals(details(`{"type":"huh","payload":{"ref":"${long}","id":"${long}"}}`), {});
  assertEquals(details('{"type":"huh","payload":{"ref":1,"id":{}}}'), {});
});

Deno.test("An error quotes nothing of a peer's that could move a cursor", () => {
  const escape = "\u001b[2J\u009b31m\u202e";
  for (
    const message of [
      { type: escape, payload: {} },
      { type: "connect", payload: { protocol: 1, name: "a", since: { [escape]: -1 } } },
      { type: "connect", payload: { protocol: 1, name: "a", since: { ["x".repeat(9_000)]: -1 } } },
    ]
  ) {
    const error = assertThrows(() => decodeChatRequest(JSON.stringify(message)), ProtocolError);
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x1f\x7f-\x9f\u202e]/.test(error.message), error.message);
    assert(error.message.length < 400, error.message);
  }
});
