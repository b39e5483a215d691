import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import type { Page } from "playwright-core";
import { ChatClient } from "../../client/chat_client.ts";
import { fingerprint } from "../../identity/fingerprint.ts";
import { browserTest, enter, say, visit, type Visitor } from "../support/browser.ts";
import { openWebHouse } from "../support/web_house.ts";

/** What the browser keeps for the page as text. */
function kept(page: Page): Promise<Record<string, string>> {
  return page.evaluate("({ ...localStorage })");
}

/** The page's own keys, as it finds them. */
const KEYS = `new Promise((resolve, reject) => {
  const request = indexedDB.open("parley");
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const found = request.result.transaction("device").objectStore("device").get("keys");
    found.onsuccess = () => { request.result.close(); resolve(found.result); };
  };
})`;

/** The fingerprint that “Your keys” shows. */
async function ownPrint(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Your keys" }).click();
  const shown = await page.locator("#panel-body .print").first().textContent();
  await page.keyboard.press("Escape");
  return shown ?? "";
}

/** Opens “Your keys” and has it show a code. */
async function showCode({ page }: Visitor): Promise<string> {
  await page.getByRole("button", { name: "Your keys" }).click();
  await page.getByRole("button", { name: "Link another device" }).click();
  const code = page.locator(".linking .print");
  await code.waitFor();
  return await code.textContent() ?? "";
}

/** Gives a name and a code on the first page. */
async function enterCode({ page }: Visitor, name: string, code: string): Promise<void> {
  await page.getByRole("button", { name: "I have a code" }).click();
  await page.getByLabel("Code from your other device").fill(code);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Join the chat" }).click();
}

browserTest(
  "a page makes keys that no script can read, and is known by them after a reload",
  async (browser) => {
    await using house = await openWebHouse();
    await using ann = await visit(browser, house.url);
    await using eve = await visit(browser, house.url);
    await enter(ann, "ann");
    const own = await ownPrint(ann.page);
    assertMatch(own, /^([0-9A-Z]{5}-){3}[0-9A-Z]{5}$/);
    const exported = `(async () => {
      const { signing, opening } = await ${KEYS};
      const raw = new Uint8Array(await crypto.subtle.exportKey("raw", signing.publicKey));
      const tries = [];
      for (const key of [signing.privateKey, opening]) {
        for (const format of ["pkcs8", "jwk", "raw"]) {
          tries.push(await crypto.subtle.exportKey(format, key).then(() => "out", () => "refused"));
        }
      }
      return [raw.toHex(), [...new Set(tries)]];
    })()`;
    const [key, tries] = await ann.page.evaluate<[string, string[]]>(exported);
    assertEquals([await fingerprint(key), tries], [own, ["refused"]]);
    await ann.page.reload();
    await ann.page.locator("#subtitle", { hasText: "1 member" }).waitFor();
    assertEquals(await ownPrint(ann.page), own);
    // Nothing that could be shown instead of a key is kept as text.
    for (const [name, value] of Object.entries(await kept(ann.page))) {
      assert(!/token|[0-9a-f]{32}|AGE-/i.test(name + value), `${name}: ${value}`);
    }
    await eve.page.getByLabel("Your name").fill("ann");
    await eve.page.keyboard.press("Enter");
    await eve.page.getByText("belongs to somebody else").waitFor();
    assertEquals([ann.faults, eve.faults], [[], []]);
  },
);

browserTest(
  "a name that a token owned moves to the key, and the token is over",
  async (browser) => {
    await using house = await openWebHouse();
    const before = await ChatClient.connect({ ...house.server.address, name: "ann" });
    const token = before.token!;
    await before.close();
    await using ann = await visit(browser, house.url);
    await ann.page.evaluate(`localStorage.setItem("parley.token ann", ${JSON.stringify(token)})`);
    await enter(ann, "ann");
    assertEquals(Object.keys(await kept(ann.page)).filter((key) => key.includes("token")), []);
    await assertRejects(
      () => ChatClient.connect({ ...house.server.address, name: "ann", token }),
      Error,
      "ann",
    );
    await ann.page.reload();
    await ann.page.locator("#subtitle", { hasText: "1 member" }).waitFor();
    assertEquals(ann.faults, []);
  },
);

browserTest(
  "a second device is taken in by a code, and can be removed again",
  async (browser) => {
    await using house = await openWebHouse();
    await using ann = await visit(browser, house.url);
    await using phone = await visit(browser, house.url);
    await enter(ann, "ann");
    const code = await showCode(ann);
    assertMatch(code, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    await enterCode(phone, "Ann", ` ${code.toLowerCase().replaceAll("-", " ")}`);
    await phone.page.locator("#subtitle", { hasText: "member" }).waitFor();
    await ann.page.getByText("Taken in: ").waitFor();
    await ann.page.locator(".devices li").nth(1).waitFor();
    await ann.page.keyboard.press("Escape");
    await say(phone, "from the phone");
    await ann.page.locator(".text", { hasText: "from the phone" }).waitFor();
    assertNotEquals(await ownPrint(ann.page), await ownPrint(phone.page));
    await ann.page.getByRole("button", { name: "Your keys" }).click();
    const remove = ann.page.getByRole("button", { name: "Remove" });
    await remove.click();
    await ann.page.getByText("Remove for ever?").click();
    await phone.page.getByText("was removed from your devices").waitFor();
    assertEquals(await ann.page.locator(".devices li").count(), 1);
    assertEquals([ann.faults, phone.faults], [[], []]);
  },
);

browserTest("a device with a wrong code is not taken in, and both are told", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  await using eve = await visit(browser, house.url);
  await enter(ann, "ann");
  const code = await showCode(ann);
  // Who saw the half that the server knows, and guesses the other one.
  await enterCode(eve, "ann", `${code.slice(0, 4)}0123456789AB`);
  await ann.page.getByText("It was not taken in").waitFor();
  await eve.page.getByText("did not take the code").waitFor();
  await eve.page.getByLabel("Code from your other device").fill("not a code");
  await eve.page.keyboard.press("Enter");
  await eve.page.getByText("four times four letters").waitFor();
  assertEquals(await ann.page.locator(".devices li").count(), 1);
  assertEquals([ann.faults, eve.faults], [[], []]);
});

browserTest("signing out everywhere ends the page, and its keys stay", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  await enter(ann, "ann");
  const own = await ownPrint(ann.page);
  await ann.page.getByRole("button", { name: "Your keys" }).click();
  await ann.page.getByRole("button", { name: "Sign out everywhere" }).click();
  await ann.page.getByRole("button", { name: "sure?" }).click();
  await ann.page.getByText("You are signed out everywhere").waitFor();
  await enter(ann, "ann");
  assertEquals(await ownPrint(ann.page), own);
  assertEquals(ann.faults, []);
});

browserTest("two pages that begin at once have one key", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  const other = await ann.page.context().newPage();
  await other.goto(house.url);
  for (const page of [ann.page, other]) await page.getByLabel("Your name").fill("ann");
  await Promise.all([ann.page, other].map((page) => page.getByLabel("Your name").press("Enter")));
  for (const page of [ann.page, other]) {
    await page.locator("#subtitle", { hasText: "1 member" }).waitFor();
  }
  assertEquals(await ownPrint(ann.page), await ownPrint(other));
});

browserTest(
  "a browser that can have no keys chats without, and says what is missing",
  async (browser) => {
    await using house = await openWebHouse();
    for (
      const [missing, words] of [
        [
          `Object.defineProperty(Crypto.prototype, "subtle", { value: undefined })`,
          "secure connection",
        ],
        [`IDBFactory.prototype.open = () => { throw new Error("no"); }`, "private window"],
      ] as const
    ) {
      await using ann = await visit(browser, "about:blank");
      await ann.page.addInitScript(missing);
      await ann.page.goto(house.url);
      const name = `ann-${words.length}`;
      await enter(ann, name);
      await say(ann, `hello from ${name}`);
      await ann.page.getByTitle("Stored").first().waitFor();
      await ann.page.getByRole("button", { name: "Your keys" }).click();
      await ann.page.locator("#panel-body").getByText(words).waitFor();
      await ann.page.keyboard.press("Escape");
      await ann.page.reload();
      await ann.page.locator(".text", { hasText: `hello from ${name}` }).waitFor();
      assertEquals(ann.faults, []);
    }
  },
);

browserTest("a server's password is asked for, and is not kept", async (browser) => {
  await using house = await openWebHouse({
    isPassword: (password) => Promise.resolve(password === "sesame, open"),
  });
  await using ann = await visit(browser, house.url);
  const { page } = ann;
  const join = () => page.getByRole("button", { name: "Join the chat" }).click();
  assertEquals(await page.getByLabel("The server's password").count(), 1);
  await page.getByLabel("Your name").fill("ann");
  await join();
  await page.getByText("This server has a password").waitFor();
  const password = page.getByLabel("The server's password");
  assertEquals(await password.getAttribute("type"), "password");
  assertEquals(await page.getByLabel("Your name").inputValue(), "ann");
  await password.fill("open, sesame");
  await join();
  await page.getByText("The password is wrong").waitFor();
  await password.fill("sesame, open");
  await join();
  await page.locator("#subtitle", { hasText: "1 member" }).waitFor();
  const stored = JSON.stringify(
    await page.evaluate("[{ ...localStorage }, { ...sessionStorage }, document.cookie]"),
  );
  assert(!stored.includes("sesame"), stored);
  await page.reload();
  await page.getByText("This server has a password").waitFor();
  assertEquals(ann.faults, []);
});

browserTest("without a key one is a guest, where the server says so", async (browser) => {
  await using house = await openWebHouse({ guests: "guest" });
  await using ann = await visit(browser, "about:blank");
  const { page } = ann;
  await page.addInitScript(
    `Object.defineProperty(Crypto.prototype, "subtle", { value: undefined })`,
  );
  await page.goto(house.url);
  await page.getByLabel("Your name").fill("ann");
  await page.keyboard.press("Enter");
  await page.getByText("begins with “guest-”").waitFor();
  await page.getByText("secure connection").waitFor();
  await page.getByLabel("Your name").fill("guest-ann");
  await page.keyboard.press("Enter");
  await page.locator("#subtitle", { hasText: "1 member" }).waitFor();
  assertEquals(ann.faults, []);
});
