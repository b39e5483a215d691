import { assertEquals } from "@std/assert";
import { makeCertificate } from "../../net/certificate.ts";
import { browserTest, enter, say, visit } from "../support/browser.ts";
import { openWebHouse } from "../support/web_house.ts";

browserTest(
  "pages that came by https talk by wss, with their keys, and sealed",
  async (browser) => {
    const tls = await makeCertificate(["127.0.0.1"]);
    await using house = await openWebHouse({ tls });
    assertEquals(new URL(house.url).protocol, "https:");
    const options = { ignoreHTTPSErrors: true };
    await using ann = await visit(browser, house.url, options);
    await using bob = await visit(browser, house.url, options);
    const sockets: string[] = [];
    ann.page.on("websocket", (socket) => sockets.push(new URL(socket.url()).protocol));
    await enter(ann, "ann");
    await enter(bob, "bob");
    await ann.page.locator("#member-list button", { hasText: "bob" }).click();
    await ann.page.getByRole("button", { name: "Encrypted end to end" }).waitFor();
    await say(ann, "over the wire");
    await bob.page.locator("#people button", { hasText: "ann" }).click();
    await bob.page.locator(".text", { hasText: "over the wire" }).waitFor();
    await say(bob, "and back");
    await ann.page.locator(".text", { hasText: "and back" }).waitFor();
    assertEquals([...new Set(sockets)], ["wss:"]);
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
);
