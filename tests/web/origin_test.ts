import { assertEquals, assertThrows } from "@std/assert";
import { ownOrigins, parseOrigin } from "../../web/origin.ts";

/** What a check says of a request: its status, or 200 where it may go on. */
function ask(
  url: string,
  origin?: string,
  options: { host?: string; origins?: string[] } = {},
): number {
  const check = ownOrigins({ host: "127.0.0.1", ...options });
  const headers = origin === undefined ? {} : { origin };
  return check(new Request(url, { headers }))?.status ?? 200;
}

Deno.test("ownOrigins lets the server's own page in, by whatever address people reach it", () => {
  for (const host of ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "192.168.1.5:8080"]) {
    assertEquals(ask(`http://${host}/ws`, `http://${host}`), 200, host);
  }
});

Deno.test("ownOrigins lets programs in that are no browsers", () => {
  assertEquals(ask("http://127.0.0.1:8080/ws"), 200);
});

Deno.test("ownOrigins refuses another site's page, another port's, and one without an origin", () => {
  for (
    const origin of [
      "http://evil.example",
      "http://127.0.0.1:8081",
      "http://localhost:8080",
      "http://127.0.0.1:8080.evil.example",
      "https://127.0.0.1",
      "null",
      "",
      "file://",
      "chrome-extension://127.0.0.1:8080",
    ]
  ) assertEquals(ask("http://127.0.0.1:8080/ws", origin), 403, origin);
});

Deno.test("ownOrigins refuses another site's name that was pointed here, whatever its page says", () => {
  for (const host of ["evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example"]) {
    assertEquals(ask(`http://${host}/ws`, `http://${host}`), 421, host);
    assertEquals(ask(`http://${host}/ws`), 421, host);
  }
});

Deno.test("ownOrigins lets the origins in that were named, also where a proxy changes Host", () => {
  const origins = ["https://chat.example/"];
  for (const to of ["http://chat.example/ws", "http://127.0.0.1:8080/ws"]) {
    assertEquals(ask(to, "https://chat.example", { origins }), 200, to);
  }
  assertEquals(ask("http://chat.example/ws", undefined, { origins }), 200);
  assertEquals(ask("http://chat.example/ws", "https://evil.example", { origins }), 403);
  assertEquals(ask("http://127.0.0.1/ws", "https://chat.example:444", { origins }), 403);
  assertEquals(ask("http://chat.example:99/ws", undefined, { origins }), 421);
});

Deno.test("ownOrigins knows the name that is listened on", () => {
  assertEquals(ask("http://box:8080/ws", "http://box:8080", { host: "box" }), 200);
  assertEquals(ask("http://box:8080/ws", "http://box:8080"), 421);
});

Deno.test("parseOrigin takes a scheme and a host, and nothing else", () => {
  assertEquals(parseOrigin("HTTPS://Chat.example:443/"), "https://chat.example");
  assertEquals(parseOrigin("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
  for (const text of ["", "chat.example", "*", "ws://a", "https://a/b", "https://u@a", "null"]) {
    assertThrows(() => parseOrigin(text), TypeError, "https://chat.example");
  }
});
