import { assertEquals, assertLess } from "@std/assert";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { ChatClient } from "../../client/chat_client.ts";
import { browserTest, enter, say, visit } from "../support/browser.ts";
import { SealedPeer } from "../support/sealed_house.ts";
import { openWebHouse } from "../support/web_house.ts";

const SIZES = { wide: { width: 1_280, height: 800 }, phone: { width: 390, height: 844 } };

/** What axe-core finds on the page as it is: rules, and where they are broken. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(`axe.run(document).then(({ violations }) => violations.flatMap(
    ({ id, nodes }) => nodes.map(({ target, any }) => id + " " + target + " " + any.map(({ message }) => message)),
  ))`);
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    browserTest(`axe-core finds nothing: ${colorScheme}, ${size}`, async (browser) => {
      await using house = await openWebHouse();
      await using ann = await visit(browser, house.url, { viewport, colorScheme });
      await using bob = await ChatClient.connect({
        ...house.server.address,
        name: "bob",
        room: "lobby",
      });
      const { page } = ann;
      const clean = async (what: string) => assertEquals(await findings(page), [], what);
      await clean("the first page");
      await page.keyboard.press("Enter");
      await page.getByText("What shall the others call you?").waitFor();
      await clean("the first page, with a problem");
      await enter(ann, "ann");
      await clean("an empty room");
      for (const name of ["c", "d", "e", "f", "g", "h"]) {
        await using friend = await ChatClient.connect({
          ...house.server.address,
          name: `${name}-friend`,
          room: "lobby",
        });
        await friend.send("lobby", "hello ann, see https://example.com/ and `code`");
      }
      await say(ann, "```\na block of code\n```\nand a text");
      await bob.sendPrivate("ann", "for you");
      await bob.send("lobby", "and for all");
      await page.locator(".text", { hasText: "and for all" }).waitFor();
      await clean("a room");
      if (size === "phone") {
        await page.getByRole("button", { name: "Conversations" }).click();
        await page.locator("#people button").first().waitFor();
        await clean("the lists in their drawer");
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Members" }).click();
        await page.locator("#member-list").waitFor();
        await clean("the members in their drawer");
        await page.keyboard.press("Escape");
      }
      await page.keyboard.press("Control+k");
      await page.getByRole("option").first().waitFor();
      await clean("going somewhere");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Search messages" }).click();
      await page.getByRole("combobox", { name: "Search messages" }).fill("hello");
      await page.getByRole("option").first().waitFor();
      await clean("searching");
      await page.keyboard.press("Escape");
      await house[Symbol.asyncDispose]();
      await page.getByText("No connection").waitFor();
      await clean("without a connection");
      const back = await page.evaluate<string>(
        "getComputedStyle(document.documentElement).backgroundColor",
      );
      const [red = NaN] = back.match(/\d+/g)!.map(Number);
      assertLess(colorScheme === "dark" ? red : 255 - red, 40, back);
    });
  }
}

for (const [colorScheme, viewport] of [["light", SIZES.wide], ["dark", SIZES.phone]] as const) {
  browserTest(
    `axe-core finds nothing about keys, secret rooms and moderation: ${colorScheme}`,
    async (browser) => {
      await using house = await openWebHouse();
      await using ann = await visit(browser, house.url, { viewport, colorScheme });
      await using bob = await SealedPeer.connect({ ...house.server.address, name: "bob" });
      const { page } = ann;
      const clean = async (what: string) => assertEquals(await findings(page), [], what);
      const isPhone = viewport === SIZES.phone;
      const goTo = async (room: string) => {
        await page.keyboard.press("Control+k");
        await page.keyboard.type(room);
        await page.getByRole("option").filter({ hasText: room }).first().click();
        await page.locator("#title", { hasText: room }).waitFor();
      };
      await page.getByRole("button", { name: "I have a code" }).click();
      await clean("the first page with a code");
      await enter(ann, "ann");
      if (isPhone) await page.getByRole("button", { name: "Conversations" }).click();
      await page.getByRole("button", { name: "Your keys" }).click();
      await page.getByRole("button", { name: "Link another device" }).click();
      await page.locator(".linking .print").waitFor();
      await page.locator(".devices li").waitFor();
      await clean("your keys");
      await page.keyboard.press("Escape");
      await bob.chat.sendPrivate("ann", "for you");
      await bob.chat.createSecret("cellar", "correct horse battery");
      await goTo("cellar");
      await page.locator("#guard").getByRole("button", { name: "Unlock" }).waitFor();
      await clean("a locked room");
      await page.locator("#guard").getByRole("button", { name: "Unlock" }).click();
      await clean("unlocking it");
      await page.getByLabel("Passphrase", { exact: true }).fill("something wrong");
      await page.keyboard.press("Enter");
      await page.getByText("not this room's passphrase").waitFor();
      await clean("a wrong passphrase");
      await page.getByLabel("Passphrase", { exact: true }).fill("correct horse battery");
      await page.keyboard.press("Enter");
      await page.locator("#panel").waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Encrypted end to end" }).waitFor();
      await clean("a secret room");
      await page.keyboard.press("Control+k");
      await page.keyboard.type("attic");
      await page.getByRole("option", { name: /New secret room/ }).click();
      await page.getByLabel("Passphrase", { exact: true }).waitFor();
      await clean("a new secret room");
      await page.keyboard.press("Escape");
      await goTo("den");
      // It is hers once she is in it, and would be his if he were before.
      await page.getByRole("button", { name: "Manage this room" }).waitFor();
      await bob.chat.join("den");
      await bob.chat.send("den", "hello");
      await page.locator(".text", { hasText: "hello" }).waitFor();
      await page.getByRole("button", { name: "Manage this room" }).click();
      await page.getByLabel("Invite somebody").fill("carol");
      await page.keyboard.press("Enter");
      await page.locator(".problem", { hasText: "carol" }).waitFor();
      await page.getByLabel("Only who is invited may join").check();
      await page.getByRole("heading", { name: "Invited" }).waitFor();
      await clean("managing a room");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "What to do with the message of bob" }).click();
      await clean("what to do with a message");
      await page.getByRole("button", { name: "Delete this message" }).click();
      await page.getByText("Removed by ann").waitFor();
      await clean("a message that was removed");
      if (isPhone) await page.getByRole("button", { name: "Members" }).click();
      await page.getByRole("button", { name: "What to do with bob" }).click();
      await clean("what to do with a member");
      await page.keyboard.press("Escape");
      if (isPhone) await page.keyboard.press("Escape");
      await goTo("bob");
      await page.locator(".text", { hasText: "for you" }).waitFor();
      await page.getByRole("button", { name: "Encrypted end to end" }).click();
      await page.locator("#panel .print").first().waitFor();
      await clean("a person's keys");
      assertEquals(ann.faults, []);
    },
  );
}

browserTest("screen readers hear what is new, and not what is old", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  await using bob = await ChatClient.connect({
    ...house.server.address,
    name: "bob",
    room: "lobby",
  });
  await bob.send("lobby", "old");
  await enter(ann, "ann");
  const log = ann.page.getByRole("log", { name: "Messages in lobby" });
  await log.getByText("old").waitFor();
  await ann.page.locator('#log[aria-live="polite"]').waitFor();
  await bob.send("lobby", "new");
  await log.getByText("bob: ").waitFor({ state: "attached" });
  assertEquals(await log.getAttribute("aria-live"), "polite");
  await ann.page.keyboard.press("Control+k");
  await ann.page.keyboard.type("elsewhere");
  await ann.page.keyboard.press("Enter");
  await ann.page.locator('#log[aria-live="off"]').waitFor();
});
