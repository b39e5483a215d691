import { assertEquals, assertRejects } from "@std/assert";
import { configFolder, Credentials } from "../../client/credentials.ts";

const SERVER = { host: "127.0.0.1", port: 12345 };

async function temporaryFolder() {
  const path = await Deno.makeTempDir({ prefix: "parley-credentials-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function files(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(`${path}/tokens`))).map(({ name }) => name);
}

Deno.test("configFolder follows the XDG specification", () => {
  const of = (env: Record<string, string>) => configFolder({ get: (name) => env[name] });
  assertEquals(of({ XDG_CONFIG_HOME: "/x", HOME: "/home/ann" }), "/x/parley");
  assertEquals(of({ HOME: "/home/ann" }), "/home/ann/.config/parley");
  assertEquals(of({ XDG_CONFIG_HOME: "relative", HOME: "/home/ann" }), "/home/ann/.config/parley");
  assertEquals(of({}), undefined);
});

Deno.test("Credentials finds what it kept, by server and name, in any case", async () => {
  await using folder = await temporaryFolder();
  const credentials = new Credentials(folder.path);
  assertEquals(await credentials.find(SERVER, "ann"), undefined);
  await credentials.keep(SERVER, "Ann", "t1");
  await credentials.keep({ ...SERVER, port: 1 }, "ann", "t2");
  assertEquals(await credentials.find(SERVER, "ANN"), "t1");
  assertEquals(await credentials.find({ ...SERVER, port: 1 }, "ann"), "t2");
  assertEquals(await credentials.find(SERVER, "bob"), undefined);
  await credentials.keep(SERVER, "ann", "t3");
  assertEquals(await credentials.find(SERVER, "ann"), "t3");
  // Nothing half written is left.
  assertEquals((await files(folder.path)).filter((name) => !name.endsWith(".json")), []);
});

Deno.test("Credentials takes names and hosts of any length and script", async () => {
  await using folder = await temporaryFolder();
  const credentials = new Credentials(folder.path);
  const server = { host: "x".repeat(253), port: 12345 };
  await credentials.keep(server, "字".repeat(32), "t");
  assertEquals(await credentials.find(server, "字".repeat(32)), "t");
});

Deno.test("Credentials are read by nobody but their owner (I2)", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/parley`;
  await new Credentials(path).keep(SERVER, "ann", "t");
  const [name] = await files(path);
  assertEquals((await Deno.stat(`${path}/tokens/${name}`)).mode! & 0o777, 0o600);
  for (const made of [path, `${path}/tokens`]) {
    assertEquals((await Deno.stat(made)).mode! & 0o777, 0o700);
  }
});

Deno.test("Credentials take a file that is not theirs for none", async () => {
  await using folder = await temporaryFolder();
  const credentials = new Credentials(folder.path);
  await credentials.keep(SERVER, "ann", "t");
  const [name] = await files(folder.path);
  for (const content of ["", "{", "null", '{"token":7}', '"token"', "x".repeat(5_000)]) {
    await Deno.writeTextFile(`${folder.path}/tokens/${name}`, content);
    assertEquals(await credentials.find(SERVER, "ann"), undefined);
  }
});

Deno.test("Credentials leave no part behind when they cannot keep", async () => {
  await using folder = await temporaryFolder();
  const credentials = new Credentials(folder.path);
  await credentials.keep(SERVER, "ann", "t");
  const [name] = await files(folder.path);
  await Deno.remove(`${folder.path}/tokens/${name}`);
  // A folder in its place cannot be replaced by a file.
  await Deno.mkdir(`${folder.path}/tokens/${name}`);
  const error = await assertRejects(() => credentials.keep(SERVER, "ann", "secret"), Error);
  assertEquals(error.message.includes("secret"), false);
  assertEquals(await files(folder.path), [name]);
});
