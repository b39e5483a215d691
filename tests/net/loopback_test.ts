import { assertEquals } from "@std/assert";
import { isLoopback } from "../../net/loopback.ts";

Deno.test("isLoopback knows what stays on this machine", () => {
  for (const host of ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1"]) {
    assertEquals(isLoopback(host), true, host);
  }
  for (
    const host of [
      "0.0.0.0",
      "::",
      "192.168.1.5",
      "127.0.0.1.example",
      "localhost.example",
      "a.localhost",
    ]
  ) {
    assertEquals(isLoopback(host), false, host);
  }
});
