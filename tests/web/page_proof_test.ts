import { assert, assertEquals } from "@std/assert";
import type { DeviceKey } from "../../identity/device_key.ts";
import { proofText } from "../../protocol/signed_texts.ts";
import { newKey } from "../support/key_peer.ts";
import { openWebHouse } from "../support/web_house.ts";
import { WebPeer } from "../support/web_peer.ts";

/** What a page is told that proves a key and names the server so. */
async function prove(
  url: string,
  key: DeviceKey,
  { origin, server }: { readonly origin?: string; readonly server: string },
): Promise<string> {
  await using page = await WebPeer.open(url, origin === undefined ? {} : { headers: { origin } });
  page.send("connect", { protocol: 1, name: "ann", key: key.publicKey });
  const { nonce } = await page.next("challenge");
  const fields = { server, nonce, name: "ann", key: key.publicKey };
  page.send("prove", { signature: await key.sign(proofText(fields)) });
  await page.until(() =>
    page.received.some(({ type }) => type === "error" || type === "connect_ack")
  );
  const [error] = page.received.filter(({ type }) => type === "error");
  return error === undefined ? "connected" : (error.payload as { readonly code: string }).code;
}

Deno.test("a page proves its key for its own origin, and for nothing else", async () => {
  await using house = await openWebHouse({ origins: ["https://chat.example"] });
  const key = await newKey();
  const own = new URL(house.url).origin;
  assertEquals(await prove(house.url, key, { origin: own, server: `web:${own}` }), "connected");
  const wrong = [
    { origin: own, server: "web:https://evil.example" },
    { origin: own, server: "web:https://chat.example" },
    { origin: own, server: `plain:${house.server.address.port}` },
    { origin: own, server: `plain:${new URL(house.url).port}` },
    { origin: own, server: "web:null" },
    // Who sends no origin is no browser: nothing vouches for what it says.
    { server: `web:${own}` },
    { server: "web:" },
  ];
  for (const one of wrong) assertEquals(await prove(house.url, key, one), "wrong_proof");
});

Deno.test("a page of another site cannot even begin, so no proof of its own origin is ever taken", async () => {
  await using house = await openWebHouse();
  const evil = "https://evil.example";
  const options = { headers: { origin: evil } };
  const refused = await WebPeer.open(house.url, options).then(() => false, () => true);
  assert(refused);
});
