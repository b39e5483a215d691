// Makes the pictures in docs/: of the page, with a lively room and a browser that looks at it, and of the terminal
// client (terminal_picture.ts). An argument names another folder for them. Needs chromium.
// deno-lint-ignore-file no-console -- a program for people
import { fromFileUrl, join } from "@std/path";
import { crc32, deflateSync } from "node:zlib";
import type { Page } from "playwright-core";
import { ChatClient } from "../client/chat_client.ts";
import { DataFolder } from "../server/data_folder.ts";
import { enter, launchBrowser, say, visit, type Visitor } from "../tests/support/browser.ts";
import { SealedPeer } from "../tests/support/sealed_house.ts";
import { TempFolder } from "../tests/support/temp.ts";
import { openWebHouse } from "../tests/support/web_house.ts";
import { fileSource } from "../transfer/file_source.ts";

const folder = Deno.args[0] ?? fromFileUrl(new URL("../docs", import.meta.url));

/** Who says what, in which room; `file` names what goes with it. */
const TALK: readonly { who: string; room?: string; text: string; file?: string }[] = [
  { who: "mara", text: "Good morning! The new build is on the test machine." },
  { who: "mara", text: "Start time went from 840 ms to 310 ms, mostly from this:" },
  {
    who: "mara",
    text:
      "```ts\nconst started = performance.now();\nawait using server = ChatServer.listen({ port: 0 });\n```",
  },
  { who: "jonas", text: "Nice. Is that with the cache warm, or from an empty folder?" },
  { who: "mara", text: "Empty folder. Warm it is `190 ms`." },
  { who: "li.wen", text: "Here is the valley from this morning's walk", file: "valley.png" },
  { who: "jonas", text: "Beautiful! ann, are you still coming on Saturday?" },
  { who: "ann", text: "Yes, I take the 8:14. Timetable: https://example.com/timetable?day=sat" },
  { who: "ann", text: "And the numbers for Monday, as promised", file: "measurements-2026.csv" },
  { who: "jonas", room: "garden", text: "The tomatoes need water" },
  { who: "li.wen", room: "garden", text: "On my way" },
  { who: "mara", text: "Got it, thank you ann" },
];

await using data = new TempFolder();
await using temp = new TempFolder();
await using store = await DataFolder.open(data.path);
const { log, registry, files } = store;
await using house = await openWebHouse({ log, registry, files });
/** Of each range of hills: where it ends, how high its waves are, how many, and its colour. */
const HILLS = [
  [0.42, 0.10, 2.1, 118, 140, 170],
  [0.55, 0.08, 3.7, 84, 122, 120],
  [0.70, 0.07, 5.2, 52, 94, 70],
  [0.84, 0.05, 7.9, 30, 66, 48],
] as const;

const SCREEN = {
  viewport: { width: 1_280, height: 800 },
  deviceScaleFactor: 1.5,
  colorScheme: "light",
} as const;

// Who has written stays in the room while the pictures are taken.
await using stack = new AsyncDisposableStack();
const browser = await launchBrowser();
try {
  await using light = await visit(browser, house.url, SCREEN);
  await enter(light, "ann");
  await prepare(light);
  await take(light.page, "page-light.png");
  await light.page.emulateMedia({ colorScheme: "dark" });
  await take(light.page, "page-dark.png");
  await light.page.emulateMedia({ colorScheme: "light" });
  await secretRoom(light);
  await light.page.locator("#rooms button", { hasText: "lobby" }).click();
  await light.page.setViewportSize({ width: 390, height: 800 });
  await take(light.page, "page-phone.png");
} finally {
  await browser.close();
}
await import("./terminal_picture.ts");

/** Has everything said, and shows the lobby, with something unread elsewhere. */
async function prepare(screen: Visitor): Promise<void> {
  const { page } = screen;
  const friends = await Promise.all(["mara", "jonas", "li.wen", "emre", "Sofia"].map(connect));
  const [mara, jonas, wen] = friends as [ChatClient, ChatClient, ChatClient];
  for (const friend of friends) stack.use(friend);
  for (const room of ["garden", "releases"]) {
    await page.keyboard.press("Control+k");
    await page.keyboard.type(room);
    await page.keyboard.press("Enter");
    await page.locator("#title", { hasText: room }).waitFor();
    for (const client of [mara, jonas, wen]) await client.join(room);
  }
  await page.locator("#rooms button", { hasText: "lobby" }).click();
  await temp.write("valley.png", valley(640, 400));
  await temp.write("measurements-2026.csv", "at,ms\n" + "2026-11-20,310\n".repeat(2_000));
  const byName = new Map(friends.map((friend) => [friend.name, friend]));
  for (const { who, room = "lobby", text, file } of TALK) {
    const path = file === undefined ? [] : [temp.file(file)];
    const friend = byName.get(who);
    if (friend === undefined) {
      await page.locator("#chooser").setInputFiles(path);
      await say(screen, text);
      await page.locator(".text", { hasText: text }).waitFor();
    } else {
      const sources = await Promise.all(path.map((path) => fileSource(path)));
      const files = (await friend.upload(sources)).map(({ id }) => id);
      await friend.send(room, text, { files });
    }
  }
  await jonas.sendPrivate("ann", "Shall I bring the tent?");
  await wen.sendPrivate("ann", "I sent you the map");
  await page.locator(".badge").nth(2).waitFor();
}

/** Two people in a secret room, with a picture that only they can see. */
async function secretRoom(screen: Visitor): Promise<void> {
  const { page } = screen;
  await using jonas = await SealedPeer.connect({ ...house.server.address, name: "jonas.m" });
  await page.keyboard.press("Control+k");
  await page.keyboard.type("surprise");
  await page.getByRole("option", { name: /New secret room/ }).click();
  await page.getByLabel("Passphrase", { exact: true }).fill("lantern apple river chair");
  await page.keyboard.press("Enter");
  await page.locator("#title", { hasText: "surprise" }).waitFor();
  await say(screen, "Mara turns forty on Friday. I have booked the boathouse.");
  await jonas.chat.join("surprise");
  await jonas.chat.unlock("surprise", "lantern apple river chair");
  await jonas.chat.send("surprise", "Wonderful! I bring the cake, and the lights from last year.");
  const [photo] = await jonas.chat.upload([await fileSource(temp.file("valley.png"))], {
    target: { room: "surprise" },
  });
  await jonas.chat.send("surprise", "This is where we start", { files: [photo!.id] });
  await page.locator(".image img").waitFor();
  await say(screen, "Perfect. Not a word to her!");
  await page.getByTitle("Stored").nth(1).waitFor();
  await page.locator("#subtitle", { hasText: "2 members" }).waitFor();
  await shoot(page, "page-secret.png");
}

function connect(name: string): Promise<ChatClient> {
  return ChatClient.connect({ ...house.server.address, name, room: "lobby" });
}

async function take(page: Page, name: string): Promise<void> {
  await page.locator("#subtitle", { hasText: "6 members" }).waitFor();
  await page.locator(".text", { hasText: "thank you ann" }).waitFor();
  await shoot(page, name);
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.evaluate(`document.activeElement.blur()`);
  await page.evaluate(`Promise.all([...document.images].map((image) => image.decode()))`);
  await page.mouse.move(900, 5);
  await page.screenshot({ path: join(folder, name) });
  console.log(`${join(folder, name)}`);
}

/** A picture of hills, as PNG: nobody's photograph has to be asked for. */
function valley(width: number, height: number): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const v = y / height;
      const sun = Math.max(0, 1 - Math.hypot((x - width * 0.68) / 90, (y - height * 0.3) / 90));
      let color = [
        250 - 90 * (1 - v) + sun * 60,
        190 + 20 * v + sun * 60,
        150 + 90 * (1 - v) + sun * 40,
      ];
      for (const [base, swing, turns, ...shade] of HILLS) {
        const edge = base + swing * Math.sin(x / width * turns * 2 + base * 9) +
          swing * 0.3 * Math.sin(x / width * turns * 9);
        if (v > edge) color = shade.map((c) => c + 40 * (v - edge));
      }
      color.forEach((c, at) => rows[y * (1 + width * 3) + 1 + x * 3 + at] = Math.min(255, c));
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2], 8);
  return new Uint8Array([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", header),
    ...chunk("IDAT", new Uint8Array(deflateSync(rows))),
    ...chunk("IEND", new Uint8Array(0)),
  ]);
}

/** One chunk of a PNG file (RFC 2083, 3.2). */
function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}
