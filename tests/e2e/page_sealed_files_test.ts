import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Buffer } from "node:buffer";
import { DataFolder } from "../../server/data_folder.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { browserTest, enter, say, visit } from "../support/browser.ts";
import { sha256Of } from "../support/file_house.ts";
import { SealedPeer } from "../support/sealed_house.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { openWebHouse } from "../support/web_house.ts";

/** One red pixel. */
const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==",
);
const PASSPHRASE = "correct horse battery";

browserTest(
  "files go encrypted from a page to a program and back; the server sees neither name nor content",
  async (browser) => {
    await using data = new TempFolder();
    await using temp = new TempFolder();
    await using folder = await DataFolder.open(data.path);
    const { log, registry, files: store } = folder;
    await using house = await openWebHouse({ log, registry, files: store });
    await using bob = await SealedPeer.connect({ ...house.server.address, name: "bob" });
    await using ann = await visit(browser, house.url);
    const { page } = ann;
    await enter(ann, "ann");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("@bob");
    await page.getByRole("option", { name: /Private/ }).click();
    await page.getByRole("button", { name: "Encrypted end to end" }).waitFor();
    // Longer than one window, so that it takes several requests.
    const bytes = noise(9_000_001);
    const sha256 = await sha256Of(bytes);
    const sent: { method: string; bytes: number }[] = [];
    const asked: string[] = [];
    page.on("request", (request) => {
      asked.push(request.url());
      if (!request.url().includes("/api/uploads")) return;
      sent.push({ method: request.method(), bytes: request.postDataBuffer()?.length ?? 0 });
    });
    // A session's token is over with its session: an upload waits for the next one.
    let isOver = true;
    await page.route("**/api/uploads", async (route) => {
      const refusal = { code: "unauthorized", message: "The token is over" };
      if (isOver) await route.fulfill({ status: 401, json: refusal });
      else await route.continue();
      isOver = false;
    });
    await page.locator("#chooser").setInputFiles([
      await temp.write("the secret plan.bin", bytes),
      await temp.write("pixel.png", PNG),
      await temp.write("empty.txt", ""),
    ]);
    await page.locator(".chip.done").nth(2).waitFor();
    await say(ann, "the plan");
    await bob.privateTexts(1);
    const { files = [] } = bob.privates[0]!;
    assertEquals(files.map(({ name, size, type }) => [name, size, type]), [
      ["the secret plan.bin", bytes.length, "application/octet-stream"],
      ["pixel.png", PNG.length, "image/png"],
      ["empty.txt", 0, "text/plain"],
    ]);
    assertEquals(files[0]!.sha256, sha256);
    const { savedAs } = await bob.chat.download(files[0]!, temp.path);
    assertEquals(await sha256Of(await Deno.readFile(temp.file(savedAs))), sha256);
    assert(sent.filter(({ method }) => method === "PATCH").length >= 5, JSON.stringify(sent));
    // What the server keeps.
    for (const { id } of files) {
      const answer = await fetch(`${house.url}files/${id}/sealed.age`);
      const kept = new Uint8Array(await answer.arrayBuffer());
      assert(new TextDecoder().decode(kept.subarray(0, 21)) === "age-encryption.org/v1");
      assert(answer.headers.get("content-disposition")?.includes("sealed.age"));
    }
    assert(!asked.join().includes("plan") && !asked.join().includes("pixel"), asked.join(" "));
    // And the other way round.
    const [uploaded] = await bob.chat.upload([await fileSource(temp.file(savedAs))], {
      target: { to: "ann" },
    });
    await bob.chat.sendPrivate("ann", "", { files: [uploaded!.id] });
    const card = page.locator(".file", { hasText: savedAs });
    const download = page.waitForEvent("download");
    await card.getByRole("button", { name: `Save ${savedAs}` }).click();
    assertEquals((await download).suggestedFilename(), savedAs);
    const saved = join(temp.path, "saved");
    await (await download).saveAs(saved);
    assertEquals(await sha256Of(await Deno.readFile(saved)), sha256);
    await card.getByText("decrypted and whole").waitFor();
    // A picture is shown.
    const loaded = `(async () => {
      const image = document.querySelector(".image img");
      await image.decode();
      return [image.naturalWidth, new URL(image.src).protocol];
    })()`;
    assertEquals(await page.evaluate(loaded), [1, "blob:"]);
    assertEquals(ann.faults.filter((fault) => !fault.includes("status of 401")), []);
  },
);

browserTest("an encrypted file that was changed or cut off is not saved", async (browser) => {
  await using data = new TempFolder();
  await using temp = new TempFolder();
  await using folder = await DataFolder.open(data.path);
  const { log, registry, files } = folder;
  await using house = await openWebHouse({ log, registry, files });
  await using bob = await SealedPeer.connect({ ...house.server.address, name: "bob" });
  await bob.chat.createSecret("den", PASSPHRASE);
  await using ann = await visit(browser, house.url);
  const { page } = ann;
  await enter(ann, "ann");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("den");
  await page.getByRole("option", { name: /den/ }).first().click();
  await page.getByRole("button", { name: "Unlock", exact: true }).click();
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Encrypted end to end" }).waitFor();
  await temp.write("plan.bin", noise(200_000));
  const [uploaded] = await bob.chat.upload([await fileSource(temp.file("plan.bin"))], {
    target: { room: "den" },
  });
  await bob.chat.send("den", "", { files: [uploaded!.id] });
  const card = page.locator(".file", { hasText: "plan.bin" });
  await card.waitFor();
  for (
    const change of [
      (body: Uint8Array<ArrayBuffer>) => body.with(9_000, body[9_000]! ^ 1),
      (body: Uint8Array<ArrayBuffer>) => body.slice(0, -1),
      (body: Uint8Array<ArrayBuffer>) => body.slice(0, 65_536 + 400),
    ]
  ) {
    await page.context().route("**/files/**", async (route) => {
      const answer = await route.fetch();
      const body = change(new Uint8Array(await answer.body()));
      await route.fulfill({ response: answer, body: Buffer.from(body) });
    });
    await card.getByRole("button").click();
    await card.getByText("It was changed or cut off on its way").waitFor();
    await page.context().unroute("**/files/**");
    await card.getByRole("button").click();
    await card.getByText("decrypted and whole").waitFor();
  }
  // Another file of the same room, whole, in its place.
  await temp.write("plan.bin", noise(200_000).reverse());
  const [other] = await bob.chat.upload([await fileSource(temp.file("plan.bin"))], {
    target: { room: "den" },
  });
  await page.context().route("**/files/**", async (route) => {
    const answer = await fetch(`${house.url}files/${other!.id}/sealed.age`);
    await route.fulfill({ status: 200, body: Buffer.from(await answer.bytes()) });
  });
  await card.getByRole("button").click();
  await card.getByText("It is not the file that was sent").waitFor();
  assertEquals(ann.faults, []);
});
