import { assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Page } from "playwright-core";
import { ChatClient } from "../../client/chat_client.ts";
import { DataFolder } from "../../server/data_folder.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { browserTest, enter, visit } from "../support/browser.ts";
import { TempFolder } from "../support/temp.ts";
import { openWebHouse } from "../support/web_house.ts";

/** A picture of one pixel. */
const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==",
);
/** Browsers call 0.1 good (Cumulative Layout Shift); this is nothing that anybody sees. */
const MOST_SHIFT = 0.005;

/** How much has moved on a page since it began. As text, since this test knows no DOM. */
function shiftOf(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) sum += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    const frames = (left) => left === 0 ? resolve(sum) : requestAnimationFrame(() => frames(left - 1));
    frames(10);
  })`);
}

browserTest(
  "nothing moves while the page begins, while images come, and while others write",
  async (browser) => {
    await using temp = new TempFolder();
    await using folder = await DataFolder.open(temp.file("data"));
    const { log, registry, files } = folder;
    await using house = await openWebHouse({ log, registry, files });
    await using bob = await ChatClient.connect({
      ...house.server.address,
      name: "bob",
      room: "lobby",
    });
    const [picture] = await bob.upload([await fileSource(await temp.write("dot.png", PNG))]);
    for (let at = 0; at < 40; at++) {
      await bob.send("lobby", `number ${at}`, at % 10 === 5 ? { files: [picture!.id] } : {});
    }
    for (const viewport of [{ width: 1_280, height: 800 }, { width: 390, height: 800 }]) {
      await using ann = await visit(browser, house.url, { viewport });
      const { page } = ann;
      await enter(ann, `ann${viewport.width}`);
      await page.reload();
      const sees = (text: string) =>
        page.locator(".message .text", { hasText: text }).last().waitFor();
      await sees("number 39");
      await page.locator(".message img").first().waitFor();
      await bob.send("lobby", `new ${viewport.width}`, { files: [picture!.id] });
      await sees(`new ${viewport.width}`);
      await page.locator(".message img").last().waitFor();
      assertLess(await shiftOf(page), MOST_SHIFT, `${viewport.width}`);
      // What does move is seen by this.
      await page.evaluate(`document.getElementById("app").style.paddingTop = "150px"`);
      assertGreater(await shiftOf(page), MOST_SHIFT, `${viewport.width}`);
      assertEquals(ann.faults, []);
    }
  },
);
