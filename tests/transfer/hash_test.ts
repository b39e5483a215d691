import { assertEquals } from "@std/assert";
import { createHasher } from "../../transfer/hash.ts";

const text = (value: string) => new TextEncoder().encode(value);

// The first two of each are the standards' own examples (FIPS 180-4; xxhash.com's sanity values).
for (
  const [kind, input, digest] of [
    ["sha256", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ["xxh128", "", "99aa06d3014798d86001c324468d497f"],
    ["xxh128", "abc", "06b05ab6733a618578af5f94892f3950"],
  ] as const
) {
  Deno.test(`${kind} of ${JSON.stringify(input)}`, async () => {
    const hasher = await createHasher(kind);
    hasher.update(text(input));
    assertEquals(hasher.digest(), digest);
  });
}

for (const kind of ["sha256", "xxh128"] as const) {
  Deno.test(`${kind} goes on after a digest, and begins anew after reset`, async () => {
    const hasher = await createHasher(kind);
    hasher.update(text("a"));
    hasher.digest();
    hasher.update(text("bc"));
    const whole = await createHasher(kind);
    whole.update(text("abc"));
    assertEquals(hasher.digest(), whole.digest());
    hasher.reset();
    hasher.update(text("abc"));
    assertEquals(hasher.digest(), whole.digest());
  });

  Deno.test(`two hashers of ${kind} do not mix`, async () => {
    const [one, two] = [await createHasher(kind), await createHasher(kind)];
    one.update(text("a"));
    two.update(text("x"));
    one.update(text("bc"));
    const whole = await createHasher(kind);
    whole.update(text("abc"));
    assertEquals(one.digest(), whole.digest());
  });
}
