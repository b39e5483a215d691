import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Where systems have it. */
const PLACES = ["chromium", "chromium-browser", "google-chrome", "chrome"]
  .flatMap((name) => [`/usr/bin/${name}`, `/usr/local/bin/${name}`, `/snap/bin/${name}`]);
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Keys that are pressed before a page is painted go nowhere: browsers do not let people answer what they cannot see. */
const UNTIL_PAINTED = `new Promise((resolve) =>
  new PerformanceObserver(resolve).observe({ type: "paint", buffered: true }))`;

/** Where the browser is; undefined where there is none. */
export function findBrowser(): string | undefined {
  const named = Deno.env.get("CHROMIUM");
  return [...named === undefined ? [] : [named], ...PLACES].find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** Starts the browser that {@link findBrowser} finds. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    throw new Error("There is no browser: install chromium, or say where it is with CHROMIUM=PATH");
  }
  return await chromium.launch({ executablePath, args: FLAGS });
}

/** Somebody at a screen of their own, with a browser that remembers nothing. */
export interface Visitor extends AsyncDisposable {
  readonly page: Page;
  /** What went wrong on the page: exceptions, errors on its console, what its policy refused. */
  readonly faults: string[];
}

/**
 * Opens a page in a browser that knows nobody; when it can be seen.
 *
 * @param browser The browser.
 * @param url What is visited.
 * @param options The screen.
 */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: { width: 1_280, height: 800 },
    locale: "en-GB",
    reducedMotion: "reduce",
    ...options,
  });
  // A wait ends with its event: this is for those that never would.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // A server that is away is no fault of the page's.
    const isFault = message.type() === "error" &&
      !/WebSocket connection|ERR_CONNECTION_REFUSED/.test(message.text());
    if (isFault) faults.push(message.text());
  });
  await page.goto(url);
  if (url !== "about:blank") await page.evaluate(UNTIL_PAINTED);
  return { page, faults, [Symbol.asyncDispose]: () => context.close() };
}

/** Gives a name on the first page, and waits for the lobby. */
export async function enter({ page }: Visitor, name: string): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Join the chat" }).click();
  await page.locator("#subtitle", { hasText: "member" }).waitFor();
}

/** Types a message and sends it. */
export async function say({ page }: Visitor, text: string): Promise<void> {
  await page.locator("#text").fill(text);
  await page.locator("#text").press("Enter");
}

/** A test with a browser; without one it says so and is left out, in CI it fails. */
export function browserTest(name: string, test: (browser: Browser) => Promise<void>): void {
  const isThere = findBrowser() !== undefined;
  Deno.test({
    name: isThere ? name : `${name} (left out: there is no chromium here)`,
    ignore: !isThere && Deno.env.get("CI") === undefined,
    // The program that leads the browser keeps timers of its own beyond its end.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const browser = await launchBrowser();
      try {
        await test(browser);
      } finally {
        await browser.close();
      }
    },
  });
}
