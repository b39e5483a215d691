import { assertEquals } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { browserTest, enter, say, visit } from "../support/browser.ts";
import { openWebHouse } from "../support/web_house.ts";

/** As text, since these tests know no DOM: keeps what would be shown on the desktop, which has none. */
const RECORD_NOTIFICATIONS = `
  globalThis.shown = [];
  globalThis.Notification = class {
    static permission = "default";
    static async requestPermission() {
      return this.permission = "granted";
    }
    constructor(title, { body, silent }) {
      globalThis.shown.push({ title, body, silent });
      globalThis.last = this;
    }
    close() {}
  };`;
const HIDE = `Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
  document.dispatchEvent(new Event("visibilitychange"))`;

browserTest(
  "who looks elsewhere is notified once it was asked for, aloud only of what is for them",
  async (browser) => {
    await using house = await openWebHouse();
    await using ann = await visit(browser, "about:blank");
    const { page } = ann;
    await page.addInitScript(RECORD_NOTIFICATIONS);
    await page.goto(house.url);
    await enter(ann, "ann");
    await using bob = await ChatClient.connect({
      ...house.server.address,
      name: "bob",
      room: "lobby",
    });
    const shown = () => page.evaluate<unknown[]>("globalThis.shown");
    const sees = (text: string) => page.locator(".message .text", { hasText: text }).waitFor();
    await page.evaluate(HIDE);
    await bob.send("lobby", "before it was asked for");
    await sees("before it was asked for");
    assertEquals(await shown(), []);
    await page.locator("#notify").click();
    await page.locator("#notify").waitFor({ state: "hidden" });
    await bob.send("lobby", "for everybody");
    await sees("for everybody");
    await bob.send("lobby", "for ann");
    await sees("for ann");
    await bob.sendPrivate("ann", "for nobody else");
    await page.locator("#people").getByText("bob").waitFor();
    while (!JSON.stringify(await shown()).includes("nobody else")) {
      await page.evaluate("new Promise(requestAnimationFrame)");
    }
    assertEquals(await shown(), [
      { title: "bob in lobby", body: "for everybody", silent: true },
      { title: "bob in lobby", body: "for ann", silent: false },
      { title: "bob", body: "for nobody else", silent: false },
    ]);
    // A click on it goes there.
    await page.evaluate("globalThis.last.onclick()");
    await sees("for nobody else");
    assertEquals(ann.faults, []);
  },
);

browserTest("two tabs of one name both have everything, and each can write", async (browser) => {
  await using house = await openWebHouse();
  await using first = await visit(browser, house.url);
  await enter(first, "ann");
  const page = await first.page.context().newPage();
  await page.goto(house.url);
  await page.locator("#subtitle", { hasText: "1 member" }).waitFor();
  const second = { page, faults: [], [Symbol.asyncDispose]: () => Promise.resolve() };
  await say(first, "from the first");
  await page.locator(".message .text", { hasText: "from the first" }).waitFor();
  await say(second, "from the second");
  await first.page.locator(".message .text", { hasText: "from the second" }).waitFor();
  for (const one of [first.page, page]) {
    const texts = await one.locator(".message .text").allTextContents();
    assertEquals(texts, ["from the first", "from the second"]);
  }
  assertEquals(first.faults, []);
});
