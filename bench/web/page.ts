import type { Browser, Page } from "playwright-core";
import { ChatClient } from "../../mod.ts";
import { enter, findBrowser, launchBrowser, visit } from "../../tests/support/browser.ts";
import { plural } from "../transfer/bench.ts";
import { median } from "../transfer/compare.ts";
import { finishSection, heading, say, type SectionResult, table } from "../transfer/report.ts";
import type { Bench } from "./bench.ts";
import { startServer } from "./web_server.ts";

/** The longest that the first paint may take. */
const MAX_PAINT_MS = 200;
/** A frame that takes longer is felt. */
const LONG_FRAME_MS = 50;
/** Turns of the wheel, each of so many pixels. */
const [TURNS, PIXELS] = [300, -600];
/** Messages that are sent at once to make a history. */
const TOGETHER = 200;

/** What one visit came to. */
interface Visit {
  /** From the address to the first thing that is painted, milliseconds. */
  readonly paintMs: number;
  /** The same of a page with one letter. */
  readonly emptyMs: number;
  /** From the address to the newest message, of who is known. */
  readonly readyMs: number;
  /** The frames while somebody scrolls up, milliseconds each. */
  readonly frames: readonly number[];
}

/** The page, on a room with a long history. */
export async function page(bench: Bench): Promise<SectionResult> {
  const { sizes: { rounds, history } } = bench;
  heading(
    `The page, with ${history.toLocaleString("en")} messages in its room, ${
      plural(rounds, "round")
    }`,
  );
  const visits: Visit[] = [];
  if (findBrowser() === undefined) say("chromium is not installed: the page is not measured");
  else {
    await using server = await startServer(bench);
    await tell(server.port, history);
    const browser = await launchBrowser();
    try {
      // The first one starts what a browser starts once.
      for (let round = 0; round <= rounds; round++) {
        const one = await measure(browser, server.url, `number ${history - 1}`, `ann${round}`);
        if (round > 0) visits.push(one);
      }
    } finally {
      await browser.close();
    }
  }
  const middle = (of: (visit: Visit) => number) => median(visits.map(of));
  const long = ({ frames }: Visit) => frames.filter((ms) => ms > LONG_FRAME_MS).length;
  const rows: [string, (visit: Visit) => number, string][] = [
    ["first paint", ({ paintMs }) => paintMs, "ms"],
    ["first paint of an empty page", ({ emptyMs }) => emptyMs, "ms"],
    ["newest message", ({ readyMs }) => readyMs, "ms"],
    ["median frame while scrolling", ({ frames }) => median(frames), "ms"],
    ["longest frame while scrolling", ({ frames }) => Math.max(...frames), "ms"],
    [`frames over ${LONG_FRAME_MS} ms`, (visit) => 100 * long(visit) / visit.frames.length, "%"],
  ];
  table(
    [":", "median"],
    rows.map(([name, of, unit]) => [name, `${middle(of).toFixed(1)} ${unit}`]),
  );
  const result = {
    section: "page",
    rounds,
    history,
    visits,
    claims: [{
      claim: "first paint",
      measured: middle(({ paintMs }) => paintMs),
      unit: "ms" as const,
      floor: MAX_PAINT_MS,
      isLimit: true,
    }],
  };
  finishSection(result, "web");
  return result;
}

/** Says so many things in the lobby. */
async function tell(port: number, count: number): Promise<void> {
  await using bob = await ChatClient.connect({
    host: "127.0.0.1",
    port,
    name: "bob",
    room: "lobby",
  });
  for (let from = 0; from < count; from += TOGETHER) {
    const length = Math.min(TOGETHER, count - from);
    await Promise.all(
      Array.from({ length }, (_, at) => bob.send("lobby", `number ${from + at}`)),
    );
  }
}

async function measure(
  browser: Browser,
  url: string,
  newest: string,
  name: string,
): Promise<Visit> {
  await using visitor = await visit(browser, url, { reducedMotion: "no-preference" });
  await enter(visitor, name);
  const { page } = visitor;
  const shown = () => page.locator(".message .text", { hasText: newest }).waitFor();
  await shown();
  const begun = performance.now();
  await page.reload({ waitUntil: "commit" });
  await shown();
  const readyMs = performance.now() - begun;
  const paintMs = await paintOf(page);
  const frames = await scroll(page);
  await using empty = await visit(browser, "data:text/html,x");
  await empty.page.reload();
  return { paintMs, emptyMs: await paintOf(empty.page), readyMs, frames };
}

/** When a page was painted first, in milliseconds from its address; waits for that. */
function paintOf(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    new PerformanceObserver((list) => {
      for (const { name, startTime } of list.getEntries()) {
        if (name === "first-contentful-paint") resolve(startTime);
      }
    }).observe({ type: "paint", buffered: true });
  })`);
}

/** Turns the wheel, and gives how long each frame took meanwhile. */
async function scroll(page: Page): Promise<readonly number[]> {
  await page.locator("#log").hover();
  // As text: this program knows no DOM.
  await page.evaluate(`(() => {
    globalThis.frames_ = [];
    let last = performance.now();
    const step = (now) => {
      globalThis.frames_.push(now - last);
      last = now;
      globalThis.frame_ = requestAnimationFrame(step);
    };
    globalThis.frame_ = requestAnimationFrame(step);
  })()`);
  for (let turn = 0; turn < TURNS; turn++) await page.mouse.wheel(0, PIXELS);
  return await page.evaluate<number[]>(
    `(cancelAnimationFrame(globalThis.frame_), globalThis.frames_.slice(1))`,
  );
}
