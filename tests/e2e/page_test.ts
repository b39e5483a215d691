import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Page } from "playwright-core";
import { ChatClient } from "../../client/chat_client.ts";
import { memoryLog } from "../../log/memory.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import type { Registry } from "../../registry/registry.ts";
import { browserTest, enter, say, visit, type Visitor } from "../support/browser.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";
import { openWebHouse, type WebHouse } from "../support/web_house.ts";

/** The texts on the page, in order. */
function texts(page: Page): Promise<string[]> {
  return page.locator(".message .text").allTextContents();
}

/** Waits for a text on the page. */
async function sees({ page }: Visitor, text: string): Promise<void> {
  await page.locator(".message .text", { hasText: text }).first().waitFor();
}

/** Waits until the server knows how far somebody has read. */
async function hasRead(
  registry: Registry,
  name: string,
  stream: string,
  seq: number,
): Promise<void> {
  const over = new AbortController();
  for await (const { value } of registry.watch(`seen/${name}/${stream}`, over.signal)) {
    if (value !== undefined && JSON.parse(value).seq >= seq) over.abort();
  }
}

/** A member who uses no page. */
function client(house: WebHouse, name: string, room = "lobby"): Promise<ChatClient> {
  return ChatClient.connect({ ...house.server.address, name, room });
}

/** What somebody who turns the wheel sees: where the first message in view is, and which it is. */
function placeOf(page: Page): Promise<{ text: string; top: number; scrollTop: number }> {
  // As text: these tests know no DOM.
  return page.evaluate(`(() => {
    const log = document.getElementById("log");
    const top = log.getBoundingClientRect().top;
    const first = [...log.querySelectorAll(".message")]
      .find((node) => node.getBoundingClientRect().bottom > top);
    const text = first.querySelector(".text").textContent;
    return { text, top: first.getBoundingClientRect().top - top, scrollTop: log.scrollTop };
  })()`);
}

browserTest(
  "two pages and a program talk, each message once, own ones with a receipt",
  async (browser) => {
    await using house = await openWebHouse();
    await using ann = await visit(browser, house.url);
    await using bob = await visit(browser, house.url);
    await using cy = await client(house, "cy");
    await enter(ann, "ann");
    await enter(bob, "bob");
    await say(ann, "hello from a page");
    await sees(bob, "hello from a page");
    await cy.send("lobby", "hello from a program");
    await say(bob, "first line\nsecond line");
    await sees(ann, "second line");
    const said = ["hello from a page", "hello from a program", "first line\nsecond line"];
    assertEquals(await texts(ann.page), said);
    assertEquals(await texts(bob.page), said);
    await ann.page.getByTitle("Stored").waitFor();
    assertEquals(await ann.page.locator("#member-list .name").allTextContents(), [
      "ann",
      "bob",
      "cy",
    ]);
    const { messages } = await cy.history("lobby");
    assertEquals(messages.map(({ text }) => text), said);
    assertEquals([ann.faults, bob.faults], [[], []]);
  },
);

browserTest("who comes again is known; a name that is taken is told kindly", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  await using other = await visit(browser, house.url);
  await enter(ann, "Ann");
  await ann.page.reload();
  await ann.page.locator("#subtitle", { hasText: "1 member" }).waitFor();
  await other.page.getByLabel("Your name").fill("ann lee");
  await other.page.keyboard.press("Enter");
  await other.page.getByText("without spaces").waitFor();
  await other.page.getByLabel("Your name").fill("ann");
  await other.page.keyboard.press("Enter");
  await other.page.getByText("belongs to somebody else").waitFor();
  await enter(other, "lee");
  assertEquals([ann.faults, other.faults], [[], []]);
});

browserTest("private messages are grouped by person, and reach who is away", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  await using cy = await client(house, "cy");
  await using bob = await client(house, "bob");
  await enter(ann, "ann");
  await bob.sendPrivate("ann", "only for you");
  await cy.sendPrivate("ann", "for you, too");
  const people = ann.page.locator("#people button");
  await people.filter({ hasText: "bob" }).click();
  await sees(ann, "only for you");
  assertEquals(await texts(ann.page), ["only for you"]);
  await say(ann, "thank you");
  await ann.page.getByTitle("Stored").waitFor();
  await people.filter({ hasText: "cy" }).click();
  await sees(ann, "for you, too");
  assertEquals(await texts(ann.page), ["for you, too"]);
  await ann.page.goto("about:blank");
  await bob.sendPrivate("ann", "while you were away");
  await ann.page.goto(house.url);
  await people.filter({ hasText: "bob" }).click();
  await sees(ann, "while you were away");
  assertEquals(await texts(ann.page), ["only for you", "thank you", "while you were away"]);
  assertEquals(ann.faults, []);
});

browserTest(
  "a server that is started anew loses nothing of an open page, and doubles nothing",
  async (browser) => {
    await using data = new TempFolder();
    const start = async (webPort = 0): Promise<[Program, number, string]> => {
      const program = Program.start("server.ts", [
        ...["--port", "0", "--web-port", String(webPort), "--data", data.path],
        ...["--rate-limit", "off", "--log-level", "error", "--guests", "any"],
      ]);
      const [, port] = await program.line(/^chat listening on 127\.0\.0\.1:(\d+)$/);
      const [, url] = await program.line(/^web listening on (\S+)$/);
      return [program, Number(port), url!];
    };
    const [first, , url] = await start();
    await using _first = first;
    await using ann = await visit(browser, url);
    await enter(ann, "ann");
    await say(ann, "before");
    await ann.page.getByTitle("Stored").waitFor();
    first.kill("SIGTERM");
    await first.status;
    await ann.page.locator("#app.offline").waitFor();
    await say(ann, "while it was away");
    await say(ann, "and one more");
    assertEquals(await ann.page.locator(".message.pending").count(), 2);
    const [second, port] = await start(Number(new URL(url).port));
    await using _second = second;
    await using bob = await ChatClient.connect({ port, name: "bob", room: "lobby" });
    await bob.send("lobby", "after");
    await ann.page.evaluate(`dispatchEvent(new Event("online"))`);
    await sees(ann, "after");
    await ann.page.locator(".message.pending").first().waitFor({ state: "detached" });
    const { messages } = await bob.history("lobby");
    const said = messages.map(({ text }) => text);
    assertEquals(said.toSorted(), ["after", "and one more", "before", "while it was away"]);
    assertEquals(await texts(ann.page), said);
    // And the page's own reload finds the same.
    await ann.page.reload();
    await sees(ann, "after");
    assertEquals(await texts(ann.page), said);
    assertEquals(ann.faults, []);
  },
);

browserTest("what is not acknowledged outlives a reload, and is stored once", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  await using bob = await client(house, "bob");
  const lost: string[] = [];
  const swallowed = Promise.withResolvers<void>();
  let isCut = false;
  await ann.page.routeWebSocket(/\/ws$/, (page) => {
    const server = page.connectToServer();
    page.onMessage((message) => {
      if (!isCut) return server.send(message);
      lost.push(String(message));
      if (JSON.parse(String(message)).type === "message") swallowed.resolve();
    });
  });
  await ann.page.reload();
  await enter(ann, "ann");
  isCut = true;
  await say(ann, "hold on to this");
  await ann.page.locator(".message.pending").waitFor();
  await swallowed.promise;
  isCut = false;
  await ann.page.reload();
  await ann.page.getByTitle("Stored").waitFor();
  assertEquals(await texts(ann.page), ["hold on to this"]);
  const { messages } = await bob.history("lobby");
  const { payload } = lost.map((text) => JSON.parse(text)).find(({ type }) => type === "message");
  assertEquals(messages.map(({ text, id }) => [text, id]), [["hold on to this", payload.id]]);
  // The event may come before the acknowledgement, which is what empties the outbox.
  const kept = () => ann.page.evaluate<string[]>("Object.keys(localStorage)");
  while ((await kept()).some((key) => key.startsWith("parley.out"))) {
    await ann.page.evaluate("new Promise(requestAnimationFrame)");
  }
});

browserTest("a refused message says why, and can be tried again or discarded", async (browser) => {
  await using house = await openWebHouse({ limits: { maxTextBytes: 20 } });
  await using ann = await visit(browser, house.url);
  await ann.page.routeWebSocket(/\/ws$/, (page) => {
    const server = page.connectToServer();
    // A page that does not know of the limit.
    server.onMessage((message) => page.send(String(message).replace('"maxTextBytes":20', '"x":0')));
  });
  await ann.page.reload();
  await enter(ann, "ann");
  await say(ann, "this is more than twenty bytes");
  await ann.page.getByText("Not sent. Cannot send a text of 30 bytes").waitFor();
  await ann.page.getByRole("button", { name: "Try again" }).click();
  await ann.page.getByText("Not sent. Cannot send a text of 30 bytes").waitFor();
  await ann.page.getByRole("button", { name: "Discard" }).click();
  await ann.page.locator(".message").waitFor({ state: "detached" });
});

browserTest("script in texts and room names does nothing", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  await using bob = await client(house, "bob");
  await enter(ann, "ann");
  const evil = [
    "<img src=x onerror=\"document.title='pwned'\">",
    "<script>document.title='pwned'</script>",
    "javascript:alert(1) data:text/html,<script>alert(1)</script>",
    "```<b onclick=alert(1)>x</b>```",
    "https://example.com/\"onmouseover=\"document.title='pwned'",
    "__proto__ constructor \u202e gnirts",
  ];
  for (const text of evil) await bob.send("lobby", text);
  await sees(ann, "gnirts");
  assertEquals(await ann.page.locator(".text img, .text script, .text b").count(), 0);
  assertEquals(
    await ann.page.evaluate(
      `[...document.querySelectorAll(".text a")].map(({ href, rel }) => [href, rel])`,
    ),
    [["https://example.com/", "noopener noreferrer"]],
  );
  await ann.page.locator(".text a").hover();
  assertEquals(await ann.page.title(), "lobby · Parley");
  assertEquals(ann.faults, []);
  // And where something did get through, the browser would not run it.
  const refused = await ann.page.evaluate(`(() => {
    try {
      document.body.innerHTML = "<b>x</b>";
      return "let through";
    } catch (error) {
      return error.name;
    }
  })()`);
  assertEquals(refused, "TypeError");
});

browserTest(
  "history comes in as one scrolls up, and what one looks at keeps its place",
  async (browser) => {
    const log = memoryLog();
    await log.append(Array.from({ length: 1_600 }, (_, n) => ({
      ...{
        stream: "lobby",
        sender: `member${n % 7}`,
        id: `id-${n}`,
        at: 1_700_000_000_000 + n * 60_000,
      },
      body: JSON.stringify({
        text: n % 5 === 0 ? `number ${n}\nwith a second line\nand a third` : `number ${n}`,
      }),
    })));
    await using house = await openWebHouse({ log });
    await using ann = await visit(browser, house.url);
    await enter(ann, "ann");
    await sees(ann, "number 1599");
    const { page } = ann;
    await page.locator("#log").hover();
    let pages = 0;
    let steps = 0;
    for (; steps < 2_000; steps++) {
      const before = await placeOf(page);
      if (
        before.text === "number 0\nwith a second line\nand a third" && before.scrollTop < 5
      ) break;
      await page.mouse.wheel(0, -600);
      await page.evaluate("new Promise(requestAnimationFrame)");
      // What was in view is in view still, unless it was scrolled out: its place is what the wheel says.
      const messages = await page.locator(".message").count();
      assertLess(messages, 260, "more is in the page than a window of it");
      const after = await placeOf(page);
      if (after.scrollTop > before.scrollTop) pages++;
      const [from, to] = [Number(/\d+/.exec(before.text)![0]), Number(/\d+/.exec(after.text)![0])];
      assert(to <= from && from - to < 40, `from ${from} to ${to}`);
    }
    assertLess(steps, 2_000);
    assertGreater(pages, 5);
    await page.getByText("This is the beginning of lobby.").waitFor();
    // Something new does not move who reads elsewhere, and is told.
    await using bob = await client(house, "bob");
    const before = await placeOf(page);
    await bob.send("lobby", "something new");
    await page.getByRole("button", { name: "1 new message" }).waitFor();
    assertEquals(await placeOf(page), before);
    await page.getByRole("button", { name: "1 new message" }).click();
    await sees(ann, "something new");
    await page.locator("#jump").waitFor({ state: "hidden" });
    assertEquals(ann.faults, []);
  },
);

browserTest(
  "what is new is counted: by conversation, in the title, and where it begins",
  async (browser) => {
    const registry = memoryRegistry();
    await using house = await openWebHouse({ registry });
    await using ann = await visit(browser, house.url);
    await using bob = await client(house, "bob");
    await bob.join("garden");
    await enter(ann, "ann");
    await ann.page.keyboard.press("Control+k");
    await ann.page.getByRole("combobox", { name: "Room or person" }).fill("gard");
    await ann.page.getByRole("option", { name: "garden" }).first().click();
    await ann.page.locator("#subtitle", { hasText: "2 members" }).waitFor();
    await bob.send("lobby", "one");
    await bob.send("lobby", "two, ann");
    await bob.send("lobby", "three");
    const lobby = ann.page.locator("#rooms button", { hasText: "lobby" });
    await lobby.locator(".badge.loud", { hasText: "3" }).waitFor();
    assertEquals(await ann.page.title(), "(3) garden · Parley");
    await lobby.click();
    await ann.page.getByText("3 new messages").first().waitFor();
    await lobby.locator(".badge").waitFor({ state: "detached" });
    assertEquals(await ann.page.title(), "lobby · Parley");
    assertEquals(await ann.page.locator(".text mark").allTextContents(), ["ann"]);
    // Who comes back is told how many were missed, and finds them marked.
    await hasRead(registry, "ann", "lobby", 3);
    await ann.page.goto("about:blank");
    // She has left when the server says so.
    for await (const { type, payload } of bob.events) {
      if (type !== "notification" || payload.name !== "ann") continue;
      if (payload.kind === "leave" && payload.room === "lobby") break;
    }
    for (const text of ["four", "five"]) await bob.send("lobby", text);
    await ann.page.goto(house.url);
    await ann.page.getByText("2 missed since").waitFor();
    // What was before it is asked for then.
    await ann.page.locator(".text", { hasText: "one" }).waitFor();
    assertEquals(await texts(ann.page), ["one", "two, ann", "three", "four", "five"]);
    assertEquals(ann.faults, []);
  },
);

browserTest("search finds what was said long ago, and goes there", async (browser) => {
  const log = memoryLog();
  await log.append(Array.from({ length: 2_000 }, (_, n) => ({
    ...{ stream: "lobby", sender: "carol", id: `id-${n}`, at: 1_700_000_000_000 + n * 60_000 },
    body: JSON.stringify({ text: n === 700 ? "the treasure is under the oak" : `number ${n}` }),
  })));
  await using house = await openWebHouse({ log });
  await using ann = await visit(browser, house.url);
  await enter(ann, "ann");
  await sees(ann, "number 1999");
  await ann.page.getByRole("button", { name: "Search messages" }).click();
  await ann.page.getByRole("combobox", { name: "Search messages" }).fill("TREASURE oak");
  await ann.page.getByRole("option", { name: /under the oak/ }).waitFor();
  await ann.page.keyboard.press("Enter");
  await sees(ann, "the treasure is under the oak");
  assert(await ann.page.locator(".text", { hasText: "treasure" }).isVisible());
  // From there the wheel leads back to the newest, which are not there yet.
  await ann.page.locator("#log").hover();
  for (let steps = 0; steps < 1_000; steps++) {
    await ann.page.mouse.wheel(0, 2_000);
    await ann.page.evaluate("new Promise(requestAnimationFrame)");
    if (await ann.page.locator("#jump").isHidden()) break;
  }
  assertEquals((await texts(ann.page)).at(-1), "number 1999");
  assertEquals(ann.faults, []);
});

browserTest("the keyboard alone is enough", async (browser) => {
  await using house = await openWebHouse();
  await using ann = await visit(browser, house.url);
  await using bob = await client(house, "bob");
  const { page } = ann;
  const focused = () =>
    page.evaluate<string>(`document.activeElement.id || document.activeElement.textContent`);
  await page.keyboard.type("ann");
  await page.keyboard.press("Enter");
  await page.locator("#subtitle", { hasText: "2 members" }).waitFor();
  assertEquals(await focused(), "text");
  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  await page.keyboard.press("Enter");
  await sees(ann, "one");
  assertEquals(await texts(page), ["one\ntwo"]);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("kitchen");
  await page.keyboard.press("Enter");
  await page.locator("#title", { hasText: "kitchen" }).waitFor();
  assertEquals(await focused(), "text");
  await page.keyboard.type("a draft");
  await page.keyboard.press("Alt+ArrowDown");
  await page.locator("#title", { hasText: "lobby" }).waitFor();
  assertEquals(await page.locator("#text").inputValue(), "");
  await page.keyboard.press("Alt+ArrowUp");
  await page.locator("#title", { hasText: "kitchen" }).waitFor();
  assertEquals(await page.locator("#text").inputValue(), "a draft");
  // A dialog keeps the focus, and Escape gives it back.
  await page.keyboard.press("Control+k");
  for (let tabs = 0; tabs < 5; tabs++) {
    await page.keyboard.press("Tab");
    assert(await page.evaluate(`document.activeElement.closest("dialog, body") !== null`));
  }
  await page.keyboard.press("Escape");
  assertEquals(await focused(), "text");
  // To the list of rooms, and through it with arrows.
  await page.locator("#rooms button").first().focus();
  await page.keyboard.press("ArrowDown");
  assertEquals(await focused(), "#lobby");
  await page.keyboard.press("Enter");
  await page.locator("#title", { hasText: "lobby" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("@bob");
  await page.getByRole("option", { name: /bob.*Private/ }).waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.locator("#title", { hasText: "bob" }).waitFor();
  await page.keyboard.type("hello bob");
  await page.keyboard.press("Enter");
  await page.getByTitle("Stored").waitFor();
  assertEquals((await bob.history(bob.inbox)).messages.map(({ text }) => text), ["hello bob"]);
  assertEquals(ann.faults, []);
});

browserTest(
  "on a phone the lists are drawers, and nothing is wider than the screen",
  async (browser) => {
    await using house = await openWebHouse();
    await using ann = await visit(browser, house.url, {
      viewport: { width: 360, height: 700 },
      hasTouch: true,
      isMobile: true,
    });
    await using bob = await client(house, "bob");
    await enter(ann, "ann");
    const { page } = ann;
    await bob.send("lobby", "W".repeat(400));
    await bob.send("lobby", "```\n" + "x = 1; ".repeat(80) + "\n```");
    await page.locator(".text pre").waitFor();
    const width = () => page.evaluate<number>("document.documentElement.scrollWidth");
    assertEquals(await width(), 360);
    assert(await page.locator("#rooms").isHidden());
    await page.getByRole("button", { name: "Conversations" }).tap();
    await page.locator("#rooms button").first().waitFor();
    assertEquals(await width(), 360);
    await page.locator("#rooms button").first().tap();
    await page.locator("#rooms").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Members" }).tap();
    await page.locator("#member-list button", { hasText: "bob" }).tap();
    await page.locator("#title", { hasText: "bob" }).waitFor();
    await page.locator("#text").fill("from the phone");
    await page.getByRole("button", { name: "Send" }).tap();
    await page.getByTitle("Stored").waitFor();
    assertEquals(ann.faults, []);
  },
);
