import { assertEquals, assertRejects } from "@std/assert";
import { writePrivateFile } from "../../client/private_file.ts";
import { TempFolder } from "../support/temp.ts";

const modeOf = async (path: string) => (await Deno.stat(path)).mode! & 0o777;

Deno.test("writePrivateFile writes what only the owner reads, and makes its folder so (I2)", async () => {
  await using folder = new TempFolder();
  const path = folder.file("parley/config.json");
  await writePrivateFile(path, "one\n");
  assertEquals(await Deno.readTextFile(path), "one\n");
  assertEquals([await modeOf(path), await modeOf(folder.file("parley"))], [0o600, 0o700]);
});

Deno.test("writePrivateFile takes the place of a file, whoever could read that (I1, I2)", async () => {
  await using folder = new TempFolder();
  const path = await folder.write("config.json", "one");
  await Deno.chmod(path, 0o644);
  const reading = await Deno.open(path);
  await writePrivateFile(path, "two");
  // Whoever reads the old one reads it whole.
  assertEquals(await new Response(reading.readable).text(), "one");
  assertEquals([await Deno.readTextFile(path), await modeOf(path)], ["two", 0o600]);
  assertEquals(folder.names(), ["config.json"]);
});

Deno.test("writePrivateFile leaves nothing where it cannot write (I1)", async () => {
  await using folder = new TempFolder();
  await Deno.mkdir(folder.file("config.json"));
  await assertRejects(() => writePrivateFile(folder.file("config.json"), "x"), Error);
  assertEquals(folder.names(), ["config.json"]);
});
