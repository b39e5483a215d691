import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ChatClient } from "../../../client/chat_client.ts";
import { fingerprint } from "../../../identity/fingerprint.ts";
import { IdentityDesk } from "../../../program/chat/identity_desk.ts";
import { ChatServer } from "../../../server/chat_server.ts";
import { newKey } from "../../support/key_peer.ts";

/** A desk of ann's, and what it has told. */
async function openDesk(hasKey = true) {
  const server = ChatServer.listen({ port: 0 });
  const key = await newKey();
  const options = { ...server.address, name: "ann", ...hasKey ? { key } : {} };
  const client = await ChatClient.connect(options);
  const told: string[] = [];
  const desk = new IdentityDesk({
    client,
    key: hasKey ? key.publicKey : undefined,
    notice: (...lines) => told.push(...lines),
    alarm: (text) => told.push(`! ${text}`),
  });
  return {
    server,
    client,
    desk,
    told,
    print: await fingerprint(key.publicKey),
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.close();
    },
  };
}

Deno.test("IdentityDesk shows this device's fingerprint, and those that the server tells of somebody", async () => {
  await using house = await openDesk();
  const bobs = await newKey();
  const { address } = house.server;
  await using _bob = await ChatClient.connect({ ...address, name: "Bob", key: bobs });
  await using _guest = await ChatClient.connect({ ...address, name: "guest-1" });
  await house.desk.fingerprint(undefined);
  await house.desk.fingerprint("bob");
  await house.desk.fingerprint("guest-1");
  assertEquals(house.told, [
    `This device is ${house.print}`,
    "The devices of Bob; compare with what they see at /fingerprint",
    await fingerprint(bobs.publicKey),
    "guest-1 has no key: anybody with its token is guest-1",
  ]);
});

Deno.test("IdentityDesk lists one's devices, and takes out the one that is meant and no other", async () => {
  await using house = await openDesk();
  await house.desk.link();
  const [, code] = /code (\S+)$/.exec(house.told[0]!)!;
  const key = await newKey();
  const phone = { ...house.server.address, name: "ann", key, linkCode: code! };
  await using other = await ChatClient.connect(phone);
  const print = await fingerprint(key.publicKey);
  house.told.length = 0;
  await house.desk.devices();
  assertEquals(house.told.slice(-3)[0], "Your devices");
  assertMatch(
    house.told.at(-2)!,
    new RegExp(`^${house.print} since \\d{4}-\\d\\d-\\d\\d, this one$`),
  );
  assertMatch(house.told.at(-1)!, new RegExp(`^${print} since .*, taken in by ${house.print}$`));
  await assertRejects(() => house.desk.revoke("00000-00000"), TypeError, "none of your devices");
  await assertRejects(() => house.desk.revoke(print.slice(0, 4)), TypeError, "too short");
  await house.desk.revoke(print.slice(0, 11).toLowerCase());
  await assertRejects(() => other.closed);
  assertEquals(house.told.at(-1), `The device ${print} is not yours any more`);
});

Deno.test("IdentityDesk says that there is no key where there is none", async () => {
  await using house = await openDesk(false);
  await assertRejects(() => house.desk.link(), TypeError, "this device has no key");
  await assertRejects(() => house.desk.fingerprint(undefined), TypeError, "no key");
  await house.desk.devices();
  assertEquals(house.told, ["ann has no key"]);
});
