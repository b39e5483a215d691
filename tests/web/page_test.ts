import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { pageRoutes } from "../../web/page.ts";
import { WebServer } from "../../web/web_server.ts";

const FOLDER = fromFileUrl(new URL("../../web/page", import.meta.url));

/** What is served, by path. */
const routes = pageRoutes();
const paths = Object.keys(routes).map((key) => key.replace("GET ", ""));
/** Where everything but the page itself is: `/page/VERSION/`. */
const [below = ""] = /^\/page\/[\w-]{22}\//.exec(paths[1]!) ?? [];

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const request = new Request(`http://127.0.0.1${path}`, { headers });
  return await routes[`GET ${path}`]!(request, { params: {}, peer: "127.0.0.1:1" });
}

Deno.test("pageRoutes serve every file of the page, and each file that one of them asks for", async () => {
  const inside = [...Deno.readDirSync(`${FOLDER}/vendor`)].map(({ name }) => `vendor/${name}`);
  const files = [...[...Deno.readDirSync(FOLDER)].map(({ name }) => name), ...inside]
    .filter((name) => !["index.html", "deno.json", "vendor"].includes(name));
  assertEquals(paths.toSorted(), ["/", ...files.map((name) => below + name)].sort());
  for (const path of paths) {
    const text = await (await get(path)).text();
    const asked = path === "/"
      ? [...text.matchAll(/(?:href|src)="([^"#]+)"/g)].map(([, address]) => address!)
      : [...text.matchAll(/\b(?:from|import|URL)\b\(? ?"\.\/(.+?)"/g)].map(([, name]) =>
        below + name
      );
    for (const address of asked) assert(paths.includes(address), `${path} asks for ${address}`);
  }
});

Deno.test("pageRoutes let nothing run, look or lead elsewhere, and nothing be guessed", async () => {
  const types = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
  for (const path of paths) {
    const { headers } = await get(path);
    const policy = headers.get("content-security-policy")!;
    for (
      const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ]
    ) assert(policy.split("; ").includes(rule), `${path}: ${rule}`);
    assert(!policy.includes("unsafe"), path);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    const [, ending = "html"] = /\.(\w+)$/.exec(path) ?? [];
    assertStringIncludes(headers.get("content-type")!, types[ending as keyof typeof types]);
  }
  const html = await (await get("/")).text();
  assert(!/<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|https?:\/\//.test(html));
});

Deno.test("pageRoutes send nothing that the browser has, and what they send compressed", async () => {
  await using web = await WebServer.listen({ port: 0, routes });
  const html = await (await get("/")).text();
  let [first, later] = [0, 0];
  for (const path of paths) {
    const whole = await (await get(path)).text();
    const etag = (await get(path)).headers.get("etag")!;
    for (const known of [etag, `"other", ${etag}`, "*", etag.replace("W/", "")]) {
      const answer = await get(path, { "if-none-match": known });
      assertEquals([answer.status, await answer.text()], [304, ""]);
    }
    assertEquals((await get(path, { "if-none-match": 'W/"other"' })).status, 200);
    const answer = await get(path, { "accept-encoding": "br, gzip" });
    assertEquals(answer.headers.get("content-encoding"), "gzip");
    assertEquals(answer.headers.get("etag"), etag);
    const { length } = await answer.bytes();
    if (path === "/" || html.includes(path)) first += length;
    else later += length;
    assertEquals(
      (await get(path, { "accept-encoding": "gzip;q=0, br" })).headers.has("content-encoding"),
      false,
    );
    // And through a real server and client.
    const fetched = await fetch(new URL(path, web.url));
    assertEquals(await fetched.text(), whole);
  }
  assertLess(first, 60_000);
  assertLess(later, 80_000);
});

Deno.test("pageRoutes let a browser keep what has a version in its address, and ask for the page itself", async () => {
  for (const path of paths) {
    const { headers } = await get(path);
    const kept = headers.get("cache-control")!;
    assertEquals(kept, path === "/" ? "no-cache" : "public, max-age=31536000, immutable");
  }
});
