import { assertEquals } from "@std/assert";
import { browserTest, enter, say, visit, type Visitor } from "../support/browser.ts";
import { openWebHouse } from "../support/web_house.ts";

/** Waits for a text on the page. */
async function sees({ page }: Visitor, text: string): Promise<void> {
  await page.locator(".message .text", { hasText: text }).first().waitFor();
}

/** Goes to a room. */
async function goTo({ page }: Visitor, room: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.keyboard.type(room);
  await page.getByRole("option").filter({ hasText: room }).first().click();
  await page.locator("#title", { hasText: room }).waitFor();
  await page.locator("#subtitle", { hasText: "member" }).waitFor();
}

/** Does something with a member, as the room's owner. */
async function doWith({ page }: Visitor, name: string, deed: string): Promise<void> {
  await page.getByRole("button", { name: `What to do with ${name}` }).click();
  await page.getByRole("button", { name: deed, exact: true }).click();
  await page.locator("#panel").waitFor({ state: "hidden" });
}

browserTest(
  "an owner moderates a room from the page, and the others are told kindly",
  async (browser) => {
    await using house = await openWebHouse();
    await using ann = await visit(browser, house.url);
    await using bob = await visit(browser, house.url);
    await enter(ann, "ann");
    await enter(bob, "bob");
    await goTo(ann, "den");
    // It is hers once she is in it.
    await ann.page.getByRole("button", { name: "Manage this room" }).waitFor();
    await goTo(bob, "den");
    // The topic.
    await ann.page.getByRole("button", { name: "Manage this room" }).click();
    await ann.page.getByLabel("Topic").fill("The winter garden");
    await ann.page.getByRole("button", { name: "Change", exact: true }).click();
    await bob.page.locator("#subtitle", { hasText: "The winter garden" }).waitFor();
    await ann.page.keyboard.press("Escape");
    // A message is removed for everybody, also after a reload.
    await say(bob, "something rude");
    await sees(ann, "something rude");
    await ann.page.locator(".message", { hasText: "something rude" }).hover();
    await ann.page.getByRole("button", { name: "What to do with the message of bob" }).click();
    await ann.page.getByRole("button", { name: "Delete this message" }).click();
    for (const { page } of [ann, bob]) {
      await page.getByText("Removed by ann").waitFor();
      assertEquals(await page.locator(".text", { hasText: "rude" }).count(), 0);
    }
    await bob.page.reload();
    await bob.page.locator("#title", { hasText: "den" }).waitFor();
    await bob.page.getByText("Removed by ann").waitFor();
    // Whoever may not moderate sees no way to.
    assertEquals(await bob.page.getByRole("button", { name: "Manage this room" }).count(), 0);
    assertEquals(await bob.page.getByRole("button", { name: /What to do with ann/ }).count(), 0);
    // Own messages one may remove.
    await say(bob, "a slip of the tongue");
    const slip = bob.page.locator(".message", { hasText: "a slip" });
    await slip.getByTitle("Stored").waitFor();
    await slip.getByRole("button", { name: "What to do with the message of bob" }).click();
    await bob.page.getByRole("button", { name: "Delete this message" }).click();
    await ann.page.getByText("Removed by bob").waitFor();
    // Muted.
    await doWith(ann, "bob", "Mute for 10 minutes");
    await bob.page.locator(".note", { hasText: "bob" }).first().waitFor();
    await say(bob, "may I speak?");
    await bob.page.getByText("Not sent.").waitFor();
    await bob.page.getByRole("button", { name: "Discard" }).click();
    await doWith(ann, "bob", "Let speak again");
    await bob.page.locator(".note").nth(1).waitFor();
    await say(bob, "thank you");
    await sees(ann, "thank you");
    // An operator has the same ways.
    await doWith(ann, "bob", "Make operator");
    await bob.page.getByRole("button", { name: "Manage this room" }).waitFor();
    await doWith(ann, "bob", "Make operator no more");
    await bob.page.getByRole("button", { name: "Manage this room" }).waitFor({ state: "hidden" });
    // Out, and not in again for a day.
    await doWith(ann, "bob", "Ban for 1 day");
    await bob.page.locator("#title", { hasText: "lobby" }).waitFor();
    await bob.page.locator("#notice", { hasText: "den" }).waitFor();
    await bob.page.keyboard.press("Control+k");
    await bob.page.keyboard.type("den");
    await bob.page.getByRole("option").first().click();
    await bob.page.locator("#notice", { hasText: "banned" }).waitFor();
    await ann.page.getByRole("button", { name: "Manage this room" }).click();
    await ann.page.getByRole("button", { name: "Let in again: bob" }).click();
    await ann.page.getByRole("button", { name: "Let in again: bob" }).waitFor({
      state: "detached",
    });
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
);

browserTest("a private room is marked, and lets in who is invited", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  await using bob = await visit(browser, house.url);
  await enter(ann, "ann");
  await enter(bob, "bob");
  await goTo(ann, "den");
  await ann.page.getByRole("button", { name: "Manage this room" }).click();
  await ann.page.getByLabel("Only who is invited may join").check();
  await ann.page.locator("#private-mark").waitFor();
  await bob.page.keyboard.press("Control+k");
  await bob.page.keyboard.type("den");
  await bob.page.getByRole("option", { name: /den/ }).first().click();
  await bob.page.locator("#notice", { hasText: "private" }).waitFor();
  await ann.page.getByLabel("Invite somebody").fill("bob");
  await ann.page.getByRole("button", { name: "Invite", exact: true }).click();
  await ann.page.getByRole("button", { name: "Invite no more: bob" }).waitFor();
  await bob.page.locator("#notice", { hasText: "invites you" }).waitFor();
  await goTo(bob, "den");
  await bob.page.locator("#private-mark").waitFor();
  assertEquals([ann.faults, bob.faults], [[], []]);
});
