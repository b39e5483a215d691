import { assertEquals, assertNotEquals } from "@std/assert";
import { type DeviceKey, deviceKey, generateKeyPair } from "../../identity/device_key.ts";
import type { KeyCard } from "../../protocol/chat.ts";
import { endorsementText } from "../../protocol/signed_texts.ts";
import { makeAgeIdentity, signRecipient } from "../../sealed/age_identity.ts";
import { ownContact, recipientsOf, trustContact, updateContact } from "../../sealed/contacts.ts";

interface Device {
  readonly device: DeviceKey;
  readonly card: KeyCard & { readonly recipient: string };
}

async function device(endorsedBy?: Device, name = "bob"): Promise<Device> {
  const device = await deviceKey(await generateKeyPair(false));
  const { recipient } = await makeAgeIdentity();
  const key = device.publicKey;
  const by = endorsedBy?.device;
  const endorsed = by === undefined ? {} : {
    endorsedBy: by.publicKey,
    endorsement: await by.sign(endorsementText(name, key, by.publicKey)),
  };
  const recipientSignature = await signRecipient(device, recipient);
  return { device, card: { key, at: 0, recipient, recipientSignature, ...endorsed } };
}

const keysOf = (keys: readonly { readonly key: string }[]) => keys.map(({ key }) => key);

/** A contact that has been seen with these devices. */
async function met(...devices: readonly Device[]) {
  return (await updateContact(undefined, "bob", devices.map(({ card }) => card))).contact!;
}

Deno.test("The keys that are seen first are trusted, and encrypted to", async () => {
  const [phone, laptop] = [await device(), await device()];
  const cards = [phone.card, laptop.card];
  const { contact, added, hasChanged, refused } = await updateContact(undefined, "bob", cards);
  assertEquals(hasChanged, false);
  assertEquals(refused, []);
  assertEquals(keysOf(added), keysOf(cards));
  assertEquals(recipientsOf(contact!), cards.map(({ recipient }) => recipient));
});

Deno.test("A name that never had a key is no contact", async () => {
  assertEquals((await updateContact(undefined, "bob", [])).contact, undefined);
});

Deno.test("A card whose recipient its key has not signed is refused, from the start (I1)", async () => {
  const [phone, eve] = [await device(), await device()];
  const swapped = { ...phone.card, recipient: eve.card.recipient };
  const signed = { ...swapped, recipientSignature: eve.card.recipientSignature! };
  for (const card of [swapped, signed]) {
    const { contact, refused } = await updateContact(undefined, "bob", [card]);
    assertEquals(refused, [phone.card.key]);
    // Not nobody: to somebody without a key one would write in the open.
    assertEquals(recipientsOf(contact!), []);
    assertEquals((await updateContact(contact, "bob", [card])).contact?.changed, { keys: [] });
  }
  const known = await met(phone);
  const { contact } = await updateContact(known, "bob", [swapped]);
  assertNotEquals(contact!.changed, undefined);
});

Deno.test("A new key that a known one vouches for is taken, and one that that one vouches for", async () => {
  const phone = await device();
  const laptop = await device(phone);
  const tablet = await device(laptop);
  const cards = [tablet.card, phone.card, laptop.card];
  const { contact, added, hasChanged } = await updateContact(await met(phone), "bob", cards);
  assertEquals(hasChanged, false);
  assertEquals(keysOf(added), keysOf([laptop.card, tablet.card]));
  assertEquals(recipientsOf(contact!).length, 3);
});

Deno.test("Another key without that is a changed key: told once, and until the person's word (I2)", async () => {
  const [phone, eve] = [await device(), await device()];
  const stranger = await device(await device());
  const otherName = await device(phone, "carl");
  const forged = { ...eve.card, endorsedBy: phone.card.key, endorsement: "0".repeat(128) };
  for (const card of [eve.card, stranger.card, otherName.card, forged]) {
    for (const cards of [[card], [phone.card, card]]) {
      const first = await updateContact(await met(phone), "bob", cards);
      assertEquals(first.hasChanged, true);
      assertEquals(keysOf(first.contact!.changed!.keys), [card.key]);
      assertEquals(keysOf(first.contact!.keys), [phone.card.key]);
      const second = await updateContact(first.contact, "bob", cards);
      assertEquals(second.hasChanged, false, "it is known that they have changed");
      assertEquals(second.contact, first.contact);
    }
  }
});

Deno.test("A contact whose keys are gone from the list is changed too: nothing goes in the open (I2)", async () => {
  const known = await met(await device());
  const { contact, hasChanged } = await updateContact(known, "bob", []);
  assertEquals(hasChanged, true);
  assertEquals(contact!.changed, { keys: [] });
  assertEquals(trustContact(contact!), undefined, "until the person says that there are none");
});

Deno.test("Trusting takes the keys that were shown, and encrypts to no older ones", async () => {
  const [phone, fresh, later] = [await device(), await device(), await device()];
  const changed = (await updateContact(await met(phone), "bob", [fresh.card])).contact!;
  const trusted = trustContact(changed)!;
  assertEquals(recipientsOf(trusted), [fresh.card.recipient]);
  assertEquals((await updateContact(trusted, "bob", [fresh.card])).contact!.changed, undefined);
  // What comes after the look is not what was shown.
  const again = await updateContact(trusted, "bob", [fresh.card, later.card]);
  assertEquals(keysOf(again.contact!.changed!.keys), [later.card.key]);
});

Deno.test("A contact whose known keys are listed again is as before", async () => {
  const [phone, eve] = [await device(), await device()];
  const changed = (await updateContact(await met(phone), "bob", [eve.card])).contact;
  const { contact, hasChanged } = await updateContact(changed, "bob", [phone.card]);
  assertEquals(hasChanged, false);
  assertEquals(contact!.changed, undefined);
  assertEquals(recipientsOf(contact!), [phone.card.recipient]);
});

Deno.test("A device that is gone is encrypted to no more, and vouches for none", async () => {
  const [phone, lost] = [await device(), await device()];
  const without = (await updateContact(await met(phone, lost), "bob", [phone.card])).contact!;
  assertEquals(recipientsOf(without), [phone.card.recipient]);
  assertEquals(without.keys.length, 2, "what it signed before stays its own");
  const thief = await device(lost);
  const { hasChanged } = await updateContact(without, "bob", [phone.card, thief.card]);
  assertEquals(hasChanged, true);
});

Deno.test("A key may sign another recipient; a server cannot take the one away that it has", async () => {
  const phone = await device();
  const { recipient } = await makeAgeIdentity();
  const signature = await signRecipient(phone.device, recipient);
  const renewed = { ...phone.card, recipient, recipientSignature: signature };
  const { contact } = await updateContact(await met(phone), "bob", [renewed]);
  assertEquals(recipientsOf(contact!), [recipient]);
  const bare = { key: phone.card.key, at: 0 };
  assertEquals(recipientsOf((await updateContact(contact, "bob", [bare])).contact!), [recipient]);
});

Deno.test("A server cannot have messages go in the open by hiding the devices that can be encrypted to (I2)", async () => {
  const [phone, old] = [await device(), await device()];
  const bare = { key: old.card.key, at: 0 };
  const known = (await updateContact(undefined, "bob", [phone.card, bare])).contact;
  const { contact, hasChanged } = await updateContact(known, "bob", [bare]);
  assertEquals([hasChanged, contact!.changed], [true, { keys: [] }]);
  const back = await updateContact(contact, "bob", [phone.card, bare]);
  assertEquals(back.contact!.changed, undefined);
});

Deno.test("Of one's own name this device is known, and those that took it in; a stranger is told from the start", async () => {
  const phone = await device();
  const laptop = await device(phone);
  const tablet = await device(laptop);
  const later = await device(phone);
  const eve = await device();
  const cards = [phone, laptop, tablet, later].map(({ card }) => card);
  for (const own of [phone, laptop, tablet]) {
    const seed = await ownContact("bob", own.card.key, cards);
    const { contact } = await updateContact(seed, "bob", cards);
    assertEquals([contact!.changed, recipientsOf(contact!).length], [undefined, 4]);
    const { contact: lied } = await updateContact(seed, "bob", [...cards, eve.card]);
    assertEquals(keysOf(lied!.changed!.keys), [eve.card.key]);
    assertEquals(recipientsOf(lied!).includes(eve.card.recipient), false);
  }
  // One who says that he took this device in, and cannot show it.
  const forged = { ...phone.card, endorsedBy: eve.card.key, endorsement: "0".repeat(128) };
  const seed = await ownContact("bob", phone.card.key, [forged, eve.card]);
  assertEquals(keysOf(seed.keys), [phone.card.key]);
});
