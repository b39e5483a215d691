import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { KnownServers, KnownServersError } from "../../client/known_servers.ts";
import { CertificateError } from "../../net/certificate_error.ts";
import { TempFolder } from "../support/temp.ts";

const SERVER = { host: "192.168.1.5", port: 12_345 };
const [ONE, OTHER] = ["1a".repeat(32), "2b".repeat(32)];

Deno.test("KnownServers remembers a server over runs, replaces it, and forgets it", async () => {
  await using folder = new TempFolder();
  const config = `${folder.path}/made/here`;
  assertEquals(await new KnownServers(config).find(SERVER), undefined);
  await new KnownServers(config).remember(SERVER, ONE);
  await new KnownServers(config).remember({ ...SERVER, port: 1 }, OTHER);
  assertEquals(await new KnownServers(config).find(SERVER), ONE);
  await new KnownServers(config).remember(SERVER, OTHER);
  assertEquals(await new KnownServers(config).find(SERVER), OTHER);
  assertEquals(await new KnownServers(config).forget(SERVER), true);
  assertEquals(await new KnownServers(config).forget(SERVER), false);
  assertEquals(await new KnownServers(config).find({ ...SERVER, port: 1 }), OTHER);
});

Deno.test("KnownServers keeps one line a server, in a file of its owner's, and nothing beside it (I1)", async () => {
  await using folder = new TempFolder();
  const known = new KnownServers(folder.path);
  await known.remember({ host: "::1", port: 1 }, ONE);
  await known.remember({ host: "Chat.Example", port: 2 }, OTHER);
  const lines = (await Deno.readTextFile(known.path!)).trim().split("\n").slice(1);
  assertEquals(lines, [`[::1]:1 ${ONE}`, `chat.example:2 ${OTHER}`]);
  assertEquals((await Deno.stat(known.path!)).mode! & 0o777, 0o600);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["known_servers"]);
});

Deno.test("KnownServers takes a damaged file for an error, and leaves it as it is (I2)", async () => {
  await using folder = new TempFolder();
  const known = new KnownServers(folder.path);
  const text = `192.168.1.5:12345 ${ONE}\n192.168.1.6:12345 ${ONE.slice(2)}\n`;
  await Deno.writeTextFile(known.path!, text);
  await assertRejects(() => known.find(SERVER), KnownServersError, "line 2");
  await assertRejects(() => known.remember(SERVER, OTHER), KnownServersError);
  assertEquals(await Deno.readTextFile(known.path!), text);
});

Deno.test("KnownServers without a folder remembers as long as it lives", async () => {
  const known = new KnownServers(undefined);
  await known.remember(SERVER, ONE);
  assertEquals(await known.find(SERVER), ONE);
});

Deno.test("the trust in known servers takes what is known, and what an authority vouches for", async () => {
  const known = new KnownServers(undefined);
  const { check } = known.trust;
  await known.remember(SERVER, ONE);
  await check!({ server: SERVER, fingerprint: ONE, isVouched: false });
  // Authorities give out a new certificate every few months.
  await check!({ server: SERVER, fingerprint: OTHER, isVouched: true });
  await check!({ server: { ...SERVER, port: 1 }, fingerprint: OTHER, isVouched: true });
});

Deno.test("the trust in known servers refuses who is unknown, and loudly who has changed", async () => {
  await using folder = new TempFolder();
  const known = new KnownServers(folder.path);
  const shown = { server: SERVER, fingerprint: OTHER, isVouched: false };
  const unknown = await assertRejects(
    async () => await known.trust.check!(shown),
    CertificateError,
  );
  assertEquals(unknown.fault, "unknown");
  await known.remember(SERVER, ONE);
  const changed = await assertRejects(
    async () => await known.trust.check!(shown),
    CertificateError,
  );
  assertEquals(changed.fault, "changed");
  for (
    const part of ["HAS CHANGED", "1a1a 1a1a", "2b2b 2b2b", "--forget-server", known.path!]
  ) assertStringIncludes(changed.message, part);
});
