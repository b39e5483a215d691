import { assertEquals } from "@std/assert";
import { withKey } from "../../chat/owner.ts";
import { KeyList } from "../../identity/key_list.ts";
import { memoryLog } from "../../log/memory.ts";
import { endorsementText } from "../../protocol/signed_texts.ts";
import { type ChatHouse, openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { keyPeer, newKey, proveOn } from "../support/key_peer.ts";

/** A chat whose log can be told to answer later: whoever connects then waits between the registry and the end of it. */
function openSlowHouse() {
  const clock = new FakeClock();
  const log = memoryLog({ clock });
  const state = log.state.bind(log);
  let gate: PromiseWithResolvers<void> | undefined;
  let asked = Promise.withResolvers<void>();
  log.state = async (...question) => {
    if (gate !== undefined) asked.resolve();
    await gate?.promise;
    return await state(...question);
  };
  return {
    ...openHouse({ clock, log }),
    /** Lets somebody connect, does something while that waits, and gives what came of it. */
    async during(peer: ChatPeer, connecting: () => Promise<void>, act: () => Promise<void> | void) {
      gate = Promise.withResolvers();
      asked = Promise.withResolvers();
      const connected = connecting();
      await asked.promise;
      const { resolve } = gate;
      gate = undefined;
      await act();
      resolve();
      await connected;
      await peer.until(() => peer.all("error").length + peer.all("connect_ack").length > 0);
      return [peer.all("connect_ack").length, peer.all("error")[0]?.code];
    },
  };
}

/** ann with two devices, the older one connected. */
async function twoDevices(house: ChatHouse) {
  const [older, newer] = [await newKey(), await newKey()];
  const peer = await keyPeer(house.hub, "ann", older);
  const endorsement = await older.sign(endorsementText("ann", newer.publicKey, older.publicKey));
  const card = { key: newer.publicKey, at: 1, endorsedBy: older.publicKey, endorsement };
  await peer.member.state.names.change("ann", (owner) => withKey(owner, card));
  return { newer, peer };
}

Deno.test("a device whose key is taken while it connects is not let in", async () => {
  await using house = openSlowHouse();
  const { newer, peer } = await twoDevices(house);
  const thief = new ChatPeer(house.hub);
  const came = await house.during(
    thief,
    () => proveOn(thief, "ann", newer),
    () => peer.ask("revoke", { key: newer.publicKey }),
  );
  assertEquals(came, [0, "key_revoked"]);
});

Deno.test("a stolen token with which somebody connects during a logout lets nobody in", async () => {
  await using house = openSlowHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  const { token } = await ann.next("connect_ack");
  const thief = new ChatPeer(house.hub);
  const came = await house.during(
    thief,
    () => thief.ask("connect", { protocol: 1, name: "ann", token }),
    () => ann.ask("logout", {}),
  );
  assertEquals(came, [0, "logged_out"]);
});

Deno.test("a token with which somebody connects while a key takes the name over lets nobody in", async () => {
  await using house = openSlowHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  const { token } = await ann.next("connect_ack");
  const [key, thief] = [await newKey(), new ChatPeer(house.hub)];
  const came = await house.during(
    thief,
    () => thief.ask("connect", { protocol: 1, name: "ann", token }),
    async () => void await keyPeer(house.hub, "ann", key, { connect: { token } }),
  );
  assertEquals(came, [0, "logged_out"]);
});

Deno.test("a key that is taken from the list while it connects is not let in, and one that stays is", async () => {
  await using house = openSlowHouse();
  const [stays, goes] = [await newKey(), await newKey()];
  for (const key of [stays, goes]) {
    const peer = new ChatPeer(house.hub);
    const came = await house.during(
      peer,
      () => proveOn(peer, key === stays ? "ann" : "bob", key),
      () => house.hub.changeAccess({ allowKeys: KeyList.parse(stays.publicKey) }),
    );
    assertEquals(came, key === stays ? [1, undefined] : [0, "logged_out"]);
    house.hub.changeAccess({ allowKeys: undefined });
  }
});
