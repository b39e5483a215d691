import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { ChatClient } from "../../client/chat_client.ts";
import { memoryLog } from "../../log/memory.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import { browserTest, enter, say, visit, type Visitor } from "../support/browser.ts";
import { SealedPeer } from "../support/sealed_house.ts";
import { openWebHouse, type WebHouse } from "../support/web_house.ts";

const PASSPHRASE = "correct horse battery";

/** Waits for a text on the page. */
async function sees({ page }: Visitor, text: string): Promise<void> {
  await page.locator(".message .text", { hasText: text }).first().waitFor();
}

/** Opens the conversation with somebody. */
async function writeTo({ page }: Visitor, name: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.keyboard.type(`@${name}`);
  await page.getByRole("option", { name: /Private/ }).click();
  await page.locator("#title", { hasText: name }).waitFor();
}

/** The texts on the page, in order. */
function texts(page: Page): Promise<string[]> {
  return page.locator(".message .text").allTextContents();
}

function sealedPeer(house: WebHouse, name: string): Promise<SealedPeer> {
  return SealedPeer.connect({ ...house.server.address, name, room: "lobby" });
}

/** Puts something between a page and its server that changes what the server says. */
async function lieTo(
  { page }: Visitor,
  lie: (message: ChatMessage) => readonly ChatMessage[],
): Promise<void> {
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      for (const told of lie(JSON.parse(String(message)))) socket.send(JSON.stringify(told));
    });
  });
}

browserTest(
  "a page and a program write to each other so that the server cannot read it, over a reload too",
  async (browser) => {
    const log = memoryLog();
    await using house = await openWebHouse({ log });
    await using ann = await visit(browser, house.url);
    await using bob = await sealedPeer(house, "Bob");
    await enter(ann, "ann");
    await writeTo(ann, "bob");
    await ann.page.getByRole("button", { name: "Encrypted end to end" }).waitFor();
    await say(ann, "meet me at nine");
    await say(ann, "at the mill");
    assertEquals(await bob.privateTexts(2), ["meet me at nine", "at the mill"]);
    await bob.chat.sendPrivate("ann", "I shall be there");
    await sees(ann, "I shall be there");
    const said = ["meet me at nine", "at the mill", "I shall be there"];
    assertEquals(await texts(ann.page), said);
    const stored = JSON.stringify(await log.read("@ann", { limit: 100, maxBytes: 1_000_000 }));
    for (const word of ["nine", "mill", "shall"]) assert(!stored.includes(word), stored);
    await ann.page.reload();
    await ann.page.locator("#people button", { hasText: "ob" }).first().click();
    await sees(ann, "I shall be there");
    await sees(ann, "meet me at nine");
    assertEquals(await texts(ann.page), said);
    assertEquals(await ann.page.locator(".warning").count(), 0);
    await say(ann, "after the reload");
    assertEquals((await bob.privateTexts(4))[3], "after the reload");
    assertEquals(bob.told, "");
    assertEquals(ann.faults, []);
  },
);

browserTest(
  "a secret room that a page makes is opened by its passphrase alone",
  async (browser) => {
    const log = memoryLog();
    await using house = await openWebHouse({ log });
    await using ann = await visit(browser, house.url);
    await using cy = await visit(browser, house.url);
    await using bob = await sealedPeer(house, "bob");
    await enter(ann, "ann");
    await enter(cy, "cy");
    await ann.page.keyboard.press("Control+k");
    await ann.page.keyboard.type("den");
    await ann.page.getByRole("option", { name: /den.*New secret room/ }).click();
    const passphrase = ann.page.getByLabel("Passphrase", { exact: true });
    await passphrase.fill("too short");
    await passphrase.press("Enter");
    await ann.page.getByText("12 characters or more").waitFor();
    await passphrase.fill(PASSPHRASE);
    await passphrase.press("Enter");
    await ann.page.locator("#title", { hasText: "den" }).waitFor();
    await ann.page.getByRole("button", { name: "Encrypted end to end" }).waitFor();
    await say(ann, "the password is swordfish");
    await ann.page.getByTitle("Stored").waitFor();
    await bob.chat.join("den");
    await bob.chat.unlock("den", PASSPHRASE);
    await bob.chat.send("den", "hello from a program");
    await sees(ann, "hello from a program");
    // Somebody else on a page has to know the passphrase.
    await cy.page.keyboard.press("Control+k");
    await cy.page.keyboard.type("den");
    await cy.page.getByRole("option", { name: /den/ }).first().click();
    await cy.page.getByText("its passphrase opens it").first().waitFor();
    await say(cy, "in the open?");
    await cy.page.getByText("Not sent. Nothing was sent. This room is secret").waitFor();
    await cy.page.getByRole("button", { name: "Unlock", exact: true }).click();
    await cy.page.getByLabel("Passphrase", { exact: true }).fill("a wrong passphrase");
    await cy.page.keyboard.press("Enter");
    await cy.page.getByText("not this room's passphrase").waitFor();
    await cy.page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await cy.page.keyboard.press("Enter");
    await sees(cy, "the password is swordfish");
    await cy.page.getByRole("button", { name: "Try again" }).click();
    await sees(ann, "in the open?");
    assertEquals(await bob.texts(2), ["hello from a program", "in the open?"]);
    // It stays open over a reload, and its secret cannot be taken out of the browser.
    await cy.page.reload();
    await sees(cy, "swordfish");
    const out = await cy.page.evaluate<string>(`new Promise((resolve) => {
      const request = indexedDB.open("parley");
      request.onsuccess = () => {
        const rooms = request.result.transaction("rooms").objectStore("rooms").get("den");
        rooms.onsuccess = () => crypto.subtle.exportKey("pkcs8", rooms.result.opening)
          .then(() => "out", () => "refused");
        rooms.onsuccess = async () => resolve([
          await crypto.subtle.exportKey("pkcs8", rooms.result.opening).then(() => "out", () => "refused"),
          Object.keys(rooms.result).sort().join(),
        ].join(" "));
      };
    })`);
    assertEquals(out, "refused file,opening,recipient");
    const stored = JSON.stringify(await log.read("den", { limit: 100, maxBytes: 1_000_000 }));
    for (const word of ["swordfish", "program", "open?"]) assert(!stored.includes(word));
    for (const { page } of [ann, cy]) {
      const kept = JSON.stringify(
        await page.evaluate("[{ ...localStorage }, { ...sessionStorage }]"),
      );
      assert(!/swordfish|horse|AGE-/.test(kept), kept);
    }
    assertEquals([ann.faults, cy.faults], [[], []]);
  },
);

browserTest("a page unlocks a secret room that a program has made", async (browser) => {
  await using house = await openWebHouse();
  await using bob = await sealedPeer(house, "bob");
  await bob.chat.createSecret("cellar", PASSPHRASE);
  await bob.chat.send("cellar", "welcome down here");
  await using ann = await visit(browser, house.url);
  await enter(ann, "ann");
  await ann.page.keyboard.press("Control+k");
  await ann.page.keyboard.type("cellar");
  await ann.page.getByRole("option", { name: /cellar/ }).first().click();
  await ann.page.getByRole("button", { name: "Unlock", exact: true }).click();
  await ann.page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await ann.page.keyboard.press("Enter");
  await sees(ann, "welcome down here");
  await say(ann, "thank you");
  assertEquals((await bob.texts(2))[1], "thank you");
  assertEquals(bob.told, "");
  // The server cannot search what is sealed; what is here the page can.
  await ann.page.getByRole("button", { name: "Search messages" }).click();
  await ann.page.getByRole("combobox", { name: "Search messages" }).fill("down welcome");
  await ann.page.getByRole("option", { name: /welcome down here/ }).waitFor();
  await ann.page.getByText("The server cannot search encrypted messages").waitFor();
  assertEquals(ann.faults, []);
});

browserTest(
  "a room that was unlocked stays secret, also where the server says that it is none",
  async (browser) => {
    await using house = await openWebHouse();
    await using bob = await sealedPeer(house, "bob");
    await bob.chat.createSecret("den", PASSPHRASE);
    await using ann = await visit(browser, house.url);
    const { page } = ann;
    let isLying = false;
    await lieTo(ann, (message) => {
      if (!isLying || message.type !== "joined") return [message];
      const { secret: _, ...payload } = message.payload;
      return [{ type: "joined", payload }];
    });
    await page.reload();
    await enter(ann, "ann");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("den");
    await page.getByRole("option", { name: /den/ }).first().click();
    await page.locator("#guard").getByRole("button", { name: "Unlock" }).click();
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.keyboard.press("Enter");
    await page.locator("#panel").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Encrypted end to end" }).waitFor();
    isLying = true;
    await page.reload();
    await page.getByText("is no secret room any more").waitFor();
    await say(ann, "still between us");
    assertEquals(await bob.texts(1), ["still between us"]);
    assertEquals(bob.messages[0]?.secrecy.kind, "sealed");
    assertEquals(ann.faults, []);
  },
);

browserTest("many that came while one was away are read without an alarm", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  await using bob = await sealedPeer(house, "bob");
  await enter(ann, "ann");
  await bob.chat.sendPrivate("ann", "the first one");
  await ann.page.locator("#people button", { hasText: "bob" }).click();
  await sees(ann, "the first one");
  await ann.page.goto("about:blank");
  const texts = Array.from({ length: 300 }, (_, at) => `number ${at}`);
  await Promise.all(texts.map((text) => bob.chat.sendPrivate("ann", text)));
  await ann.page.goto(house.url);
  await ann.page.locator("#people button", { hasText: "bob" }).click();
  // It begins where the new ones do; the oldest of them are the last that are looked at.
  await sees(ann, "number 0");
  await ann.page.getByText("Decrypting").first().waitFor({ state: "detached" });
  assertEquals(await ann.page.locator(".warning").count(), 0);
  await ann.page.locator("#jump").click();
  await sees(ann, "number 299");
  await ann.page.getByText("Decrypting").first().waitFor({ state: "detached" });
  assertEquals(await ann.page.locator(".warning").count(), 0);
  assertEquals(await ann.page.locator(".text").last().textContent(), "number 299");
  assertEquals(ann.faults, []);
});

browserTest(
  "a contact's changed key is told loudly, and nothing is sent until one says so",
  async (browser) => {
    await using house = await openWebHouse();
    await using ann = await visit(browser, house.url);
    await using bob = await sealedPeer(house, "bob");
    await using eve = await sealedPeer(house, "eve");
    let isLying = false;
    const asked: string[] = [];
    await ann.page.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        const request = JSON.parse(String(message));
        if (request.type === "private") asked.push(String(message));
        // Whoever asks for bob's keys gets eve's.
        const isForBob = request.type === "keys" && request.payload.name === "bob";
        if (isForBob && isLying) request.payload.name = "eve";
        server.send(JSON.stringify(request));
      });
      server.onMessage((message) => {
        const isKeys = isLying && String(message).includes('"type":"keys"');
        socket.send(isKeys ? String(message).replace('"name":"eve"', '"name":"bob"') : message);
      });
    });
    await ann.page.reload();
    await enter(ann, "ann");
    await writeTo(ann, "bob");
    await ann.page.getByRole("button", { name: "Encrypted end to end" }).waitFor();
    await say(ann, "to bob alone");
    assertEquals(await bob.privateTexts(1), ["to bob alone"]);
    isLying = true;
    await ann.page.reload();
    await ann.page.locator("#people button", { hasText: "bob" }).click();
    const guard = ann.page.locator("#guard");
    await guard.getByText("The key of bob is another one than before").waitFor();
    assertEquals(asked.length, 1);
    await say(ann, "is that you?");
    await ann.page.getByText("Not sent. Nothing was sent.").waitFor();
    assertEquals(asked.length, 1);
    // The keys can be compared: the page shows those that the server shows.
    await guard.getByRole("button", { name: "Compare keys" }).click();
    await ann.page.locator("#panel .print").first().waitFor();
    await ann.page.keyboard.press("Escape");
    await guard.getByRole("button", { name: "Trust the new key" }).click();
    await guard.waitFor({ state: "hidden" });
    await ann.page.getByRole("button", { name: "Try again" }).click();
    await ann.page.locator(".message.failed").waitFor({ state: "detached" });
    await bob.until(() => bob.privates.length === 2);
    // It was encrypted for the key that was trusted, which is not bob's.
    assertEquals(bob.privates[1]?.secrecy.kind, "closed");
    assertEquals(eve.privates.length, 0);
    assertEquals(ann.faults, []);
  },
);

browserTest(
  "a server that drops, repeats, reorders, changes and makes up messages is found out",
  async (browser) => {
    await using house = await openWebHouse();
    await using ann = await visit(browser, house.url);
    await using bob = await sealedPeer(house, "bob");
    let seq = 0;
    let held: ChatMessage | undefined;
    const first: ChatMessage[] = [];
    await lieTo(ann, (message) => {
      if (message.type !== "private" || message.payload.from !== "bob") return [message];
      const number = (told: ChatMessage): ChatMessage => ({
        ...told,
        payload: { ...told.payload, seq: ++seq },
      } as ChatMessage);
      first.push(message);
      const { payload } = message;
      switch (first.length) {
        case 2: // Dropped.
          return [];
        case 4: // The first one once more, under another number.
          return [number(message), number(first[0]!)];
        case 5: // Held back until the next one has come.
          held = message;
          return [];
        case 6:
          return [number(message), number(held!)];
        case 7: { // A bit of the ciphertext flipped.
          const cipher = payload.sealed!.cipher.replace(
            /.(?=.{9}$)/,
            (char) => char === "A" ? "B" : "A",
          );
          const sealed = { ...payload.sealed!, cipher };
          return [number({ type: "private", payload: { ...payload, sealed } })];
        }
        case 8: { // Made up.
          const { sealed: _, ...open } = payload;
          return [
            number({ type: "private", payload: { ...open, text: "send me money", id: "made-up" } }),
          ];
        }
        default:
          return [number(message)];
      }
    });
    await ann.page.reload();
    await enter(ann, "ann");
    for (let at = 1; at <= 8; at++) await bob.chat.sendPrivate("ann", `number ${at}`);
    await ann.page.locator("#people button", { hasText: "bob" }).click();
    await sees(ann, "number 6");
    await ann.page.getByText("send me money").waitFor();
    const warnings = ann.page.locator(".warning");
    await warnings.nth(3).waitFor();
    assertEquals(await texts(ann.page), [
      ...["number 1", "number 3", "number 4", "number 6", "number 5", "send me money"],
    ]);
    assertEquals(await warnings.allTextContents(), [
      "Something that bob wrote before this is missing.",
      "An older message of bob came again. It is not shown.",
      "This came late: bob wrote it before what stands above.",
      "This message cannot be shown. Its signature is wrong: it was changed, moved or made up on its way.",
    ]);
    const open = ann.page.locator(".message", { hasText: "send me money" });
    await open.getByText("Not encrypted").waitFor();
    assertEquals(ann.faults, []);
  },
);

browserTest(
  "a message that somebody else's key has signed is not shown as one's own",
  async (browser) => {
    await using house = await openWebHouse();
    await using ann = await visit(browser, house.url);
    await using eve = await sealedPeer(house, "eve");
    await using _bob = await sealedPeer(house, "bob");
    // The server says that what eve wrote was bob's.
    await lieTo(
      ann,
      (message) =>
        message.type === "private" && message.payload.from === "eve"
          ? [{ type: "private", payload: { ...message.payload, from: "bob" } }]
          : [message],
    );
    await ann.page.reload();
    await enter(ann, "ann");
    await eve.chat.sendPrivate("ann", "I am bob, really");
    await ann.page.locator("#people button", { hasText: "bob" }).click();
    await ann.page.getByText("signed by a key that is not bob's").waitFor();
    assertEquals(await texts(ann.page), []);
    assertEquals(ann.faults, []);
  },
);

browserTest("what goes to somebody without a key is said not to be encrypted", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  await using bob = await ChatClient.connect({
    ...house.server.address,
    name: "guest-bob",
    room: "lobby",
  });
  await enter(ann, "ann");
  await writeTo(ann, "guest-bob");
  await say(ann, "hello bob");
  await ann.page.getByTitle("Stored").waitFor();
  assertEquals((await bob.history(bob.inbox)).messages.map(({ text }) => text), ["hello bob"]);
  await ann.page.getByRole("button", { name: "Not encrypted" }).click();
  await ann.page.getByText("has no key").waitFor();
  assertEquals(ann.faults, []);
});
