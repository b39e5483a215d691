import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Page } from "playwright-core";
import { ChatClient } from "../../client/chat_client.ts";
import { DataFolder } from "../../server/data_folder.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { browserTest, enter, say, visit } from "../support/browser.ts";
import { sha256Of } from "../support/file_house.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { openWebHouse, type WebHouse } from "../support/web_house.ts";

/** One red pixel. */
const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==",
);

interface Scene {
  readonly house: WebHouse;
  readonly bob: ChatClient;
  readonly temp: TempFolder;
}

/** A server that keeps files, and somebody of the lobby beside the page. */
async function withFiles(test: (scene: Scene) => Promise<void>): Promise<void> {
  await using data = new TempFolder();
  await using temp = new TempFolder();
  await using folder = await DataFolder.open(data.path);
  const { log, registry, files } = folder;
  await using house = await openWebHouse({ log, registry, files });
  await using bob = await ChatClient.connect({
    ...house.server.address,
    name: "bob",
    room: "lobby",
  });
  await test({ house, bob, temp });
}

/** Chooses files as one does in the system's dialog. */
async function choose(page: Page, paths: readonly string[]): Promise<void> {
  await page.locator("#chooser").setInputFiles(paths);
}

/** The first message that brings files to somebody. */
async function arrival({ events }: ChatClient) {
  for await (const event of events) {
    if (event.type === "message" && event.payload.files !== undefined) return event.payload;
  }
  throw new Error("There were no files");
}

browserTest(
  "a file goes from the page to a program and back, the same byte for byte",
  async (browser) => {
    await withFiles(async ({ house, bob, temp }) => {
      await using ann = await visit(browser, house.url);
      await enter(ann, "ann");
      const bytes = noise(3_000_001);
      const sha256 = await sha256Of(bytes);
      await choose(ann.page, [await temp.write("pläne & <b>.bin", bytes)]);
      await say(ann, "here are the plans");
      const { text, files = [] } = await arrival(bob);
      const [file] = files;
      assertEquals([text, file?.size, file?.sha256], ["here are the plans", bytes.length, sha256]);
      const { savedAs } = await bob.download(file!, temp.path);
      const path = temp.file(savedAs);
      assertEquals(await sha256Of(await Deno.readFile(path)), sha256);
      // And the other way round.
      const [uploaded] = await bob.upload([await fileSource(path)]);
      await bob.send("lobby", "", { files: [uploaded!.id] });
      const card = ann.page.locator(".file", { hasText: "recv-" });
      await card.getByText(`SHA-256 ${sha256.slice(0, 8)}`).waitFor();
      const download = ann.page.waitForEvent("download");
      await card.getByRole("link").click();
      const saved = join(temp.path, "saved");
      await (await download).saveAs(saved);
      assertEquals(await sha256Of(await Deno.readFile(saved)), sha256);
      assertEquals(ann.faults, []);
    });
  },
);

browserTest(
  "images are shown where they are images; script in files and their names does nothing",
  async (browser) => {
    await withFiles(async ({ house, bob, temp }) => {
      await using ann = await visit(browser, house.url);
      await enter(ann, "ann");
      const evil =
        "<svg xmlns='http://www.w3.org/2000/svg' onload='parent.pwned=1'><script>1</script></svg>";
      await choose(ann.page, [
        await temp.write("pixel.png", PNG),
        await temp.write("<img src=x onerror=alert(1)>.html", "<script>parent.pwned=1</script>"),
        await temp.write("image.svg", evil),
        await temp.write("empty", ""),
      ]);
      await say(ann, "");
      const { files = [] } = await arrival(bob);
      assertEquals(files.length, 4);
      const image = ann.page.locator(".image img");
      await image.waitFor();
      assertEquals(await ann.page.locator(".image").count(), 1);
      const loaded = `(async () => {
      const image = document.querySelector(".image img");
      await image.decode();
      return [image.naturalWidth, image.closest("a").offsetHeight];
    })()`;
      assertEquals(await ann.page.evaluate(loaded), [1, 240]);
      const names = await ann.page.locator(".file a").allTextContents();
      assert(names.some((name) => name.includes("<img src=x onerror=alert(1)>")), names.join());
      for (const { id, name } of files) {
        const answer = await fetch(`${house.url}files/${id}/${encodeURIComponent(name)}`);
        await answer.bytes();
        assert(answer.headers.get("content-security-policy")?.includes("sandbox"));
      }
      assertEquals(await ann.page.evaluate("globalThis.pwned"), undefined);
      assertEquals(ann.faults, []);
    });
  },
);

browserTest(
  "an upload that breaks goes on; one that is removed is not sent; a quota is told",
  async (browser) => {
    await withFiles(async ({ house, bob, temp }) => {
      await using ann = await visit(browser, house.url);
      const { page } = ann;
      await enter(ann, "ann");
      const asked: string[] = [];
      await page.route("**/api/uploads/*", async (route) => {
        const method = route.request().method();
        asked.push(method);
        if (method === "PATCH" && asked.length === 1) await route.abort("connectionreset");
        else await route.continue();
      });
      await choose(page, [await temp.write("once.bin", noise(70_000))]);
      await say(ann, "with what broke");
      const { files = [] } = await arrival(bob);
      assertEquals(files.map(({ name, size }) => [name, size]), [["once.bin", 70_000]]);
      assertEquals(asked, ["PATCH", "HEAD", "PATCH", "GET"]);
      await page.unroute("**/api/uploads/*");
      await choose(page, [await temp.write("not.txt", "not this one")]);
      await page.getByRole("button", { name: "Remove not.txt" }).click();
      await page.locator("#tray").waitFor({ state: "hidden" });
      await page.route("**/api/uploads", (route) =>
        route.fulfill({
          status: 413,
          json: { code: "quota_exceeded", message: "Your files take as much room as they may" },
        }));
      await choose(page, [await temp.write("much.txt", "too much")]);
      await page.getByText("Your files take as much room as they may").waitFor();
      await say(ann, "a text");
      await page.getByText("A file did not arrive").waitFor();
      await page.unroute("**/api/uploads");
      await page.getByRole("button", { name: "Try again" }).click();
      await page.locator(".chip.done").waitFor();
      await page.locator("#text").press("Enter");
      assertEquals((await arrival(bob)).files?.map(({ name }) => name), ["much.txt"]);
    });
  },
);

browserTest("files are dropped and pasted", async (browser) => {
  await withFiles(async ({ house, bob }) => {
    await using ann = await visit(browser, house.url);
    await enter(ann, "ann");
    await ann.page.evaluate(`(() => {
      const data = (name) => {
        const data = new DataTransfer();
        data.items.add(new File(["content of " + name], name));
        return data;
      };
      document.dispatchEvent(new DragEvent("drop", { dataTransfer: data("dropped.txt"), bubbles: true }));
      document.getElementById("text").dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: data("pasted.txt"), bubbles: true }));
    })()`);
    await say(ann, "both");
    const { files = [] } = await arrival(bob);
    assertEquals(files.map(({ name }) => name), ["dropped.txt", "pasted.txt"]);
    assertEquals(ann.faults, []);
  });
});
