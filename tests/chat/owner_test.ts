import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  hashToken,
  hasToken,
  isSameHash,
  newToken,
  type Owner,
  withKey,
  withoutKey,
  withoutTokens,
  withToken,
} from "../../chat/owner.ts";
import { ProtocolError } from "../../codec/errors.ts";

const [OLD, NEW, OTHER] = ["01", "23", "45"].map((byte) => byte.repeat(32)) as [
  string,
  string,
  string,
];
const OWNER: Owner = { name: "ann", inbox: { log: "a", seq: 0 }, keys: [{ key: OLD, at: 1 }] };

function codeOf(change: () => unknown): string {
  return assertThrows(change, ProtocolError).code;
}

Deno.test("a key is added by one that is the name's at that moment, and stands once", () => {
  const card = { key: NEW, at: 2, endorsedBy: OLD };
  const both = withKey(OWNER, card);
  assertEquals(both.keys?.map(({ key }) => key), [OLD, NEW]);
  assertEquals(withKey(both, card).keys?.length, 2);
  assertEquals(codeOf(() => withKey(OWNER, { ...card, endorsedBy: OTHER })), "forbidden");
  assertEquals(codeOf(() => withKey(OWNER, { key: NEW, at: 2 })), "forbidden");
  const { keys: _, ...keyless } = OWNER;
  assertEquals(codeOf(() => withKey(keyless, card)), "forbidden");
});

Deno.test("a key is taken away, except the last one and one that is not there", () => {
  const both = withKey(OWNER, { key: NEW, at: 2, endorsedBy: OLD });
  assertEquals(withoutKey(both, OLD).keys?.map(({ key }) => key), [NEW]);
  assertEquals(codeOf(() => withoutKey(OWNER, OLD)), "forbidden");
  assertEquals(codeOf(() => withoutKey(both, OTHER)), "unknown_key");
});

Deno.test("tokens are known by their hashes, until all are ended", () => {
  const [own, bots] = [newToken(), newToken()];
  const owner = withToken({ ...OWNER, tokenHash: hashToken(own) }, { hash: hashToken(bots) });
  for (const token of [own, bots]) assert(hasToken(owner, hashToken(token)));
  assertEquals(hasToken(owner, hashToken(newToken())), false);
  assert(!JSON.stringify(owner).includes(own) && !JSON.stringify(owner).includes(bots));
  const ended = withoutTokens(owner);
  for (const token of [own, bots]) assertEquals(hasToken(ended, hashToken(token)), false);
  assertEquals(ended, OWNER);
});

Deno.test("a key that is taken away takes the tokens along that its device asked for", () => {
  const both = withKey(OWNER, { key: NEW, at: 2, endorsedBy: OLD });
  const [olds, news, nobodys] = [newToken(), newToken(), newToken()];
  const tokens = [{ hash: hashToken(olds), key: OLD }, { hash: hashToken(news), key: NEW }, {
    hash: hashToken(nobodys),
  }];
  const left = withoutKey(tokens.reduce(withToken, both), NEW);
  const areGood = [olds, news, nobodys].map((token) => hasToken(left, hashToken(token)));
  assertEquals(areGood, [true, false, true]);
  assertEquals(withoutKey(withToken(both, tokens[1]!), NEW), OWNER);
});

Deno.test("hashes are the same in every digit or not the same", () => {
  const hash = hashToken("a");
  assert(isSameHash(hash, hash));
  for (let at = 0; at < hash.length; at++) {
    const other = hash.slice(0, at) + (hash[at] === "0" ? "1" : "0") + hash.slice(at + 1);
    assertEquals(isSameHash(hash, other), false);
  }
  assertEquals(isSameHash(hash, hash.slice(2)), false);
});
