import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { exportIdentities } from "../../client/export_identities.ts";
import { SealedRooms } from "../../client/sealed_rooms.ts";
import { FolderSealedStore } from "../../client/sealed_store.ts";
import { encryptAge } from "../../sealed/age_file.ts";
import { age } from "../support/age.ts";
import { newDevice } from "../support/sealed_house.ts";
import { TempFolder } from "../support/temp.ts";

async function withRoom(folder: TempFolder) {
  const store = new FolderSealedStore(folder.path, { host: "a", port: 1 }, "ann");
  const rooms = new SealedRooms(store, () => {}, () => Promise.resolve(false));
  await rooms.make("attic", "correct horse battery", () => Promise.resolve());
  return await rooms.need("attic");
}

Deno.test("The age program opens with it what is for the device, and for each secret room", async () => {
  await using folder = new TempFolder();
  const device = await newDevice();
  const room = await withRoom(folder);
  const text = await exportIdentities(folder.path, device);
  const file = await folder.write("identity", text);
  for (const recipient of [device.age.recipient, room.identity.recipient]) {
    const cipher = await encryptAge(new TextEncoder().encode("hello"), [recipient]);
    const plain = await age(["-d", "-i", file], cipher);
    assertEquals(new TextDecoder().decode(plain), "hello");
  }
  assertEquals(text.match(/^# .*/gm)?.length, 3);
});

Deno.test("Without any room it is the device's own", async () => {
  await using folder = new TempFolder();
  const device = await newDevice();
  const text = await exportIdentities(folder.path, device);
  assertEquals(text.trimEnd().split("\n").at(-1), device.age.secret);
});

Deno.test("A room's file that is damaged is told, without what is in it", async () => {
  await using folder = new TempFolder();
  await withRoom(folder);
  const [server] = [...Deno.readDirSync(folder.file("sealed"))];
  const rooms = join(folder.file("sealed"), server!.name, "rooms");
  const [{ name }] = [...Deno.readDirSync(rooms)] as [Deno.DirEntry];
  await Deno.writeTextFile(join(rooms, name), "AGE-SECRET-KEY-1XYZ");
  const device = await newDevice();
  const error = await assertRejects(() => exportIdentities(folder.path, device), Error, "damaged");
  assertEquals(error.message.includes("XYZ"), false);
});
