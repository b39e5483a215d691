import { assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { Admission } from "../../server/admission.ts";

const open = (maxConnectionsPerAddress: number) =>
  new Admission({ maxConnections: 100, maxConnectionsPerAddress });

function refusal(admission: Admission, peer: string, now: number): ProtocolError {
  return assertThrows(() => admission.admit(peer, now), ProtocolError);
}

Deno.test("Admission lets one address have so many connections, and takes one when one goes", () => {
  const admission = open(2);
  const [first] = [admission.admit("192.0.2.7:1", 0), admission.admit("192.0.2.7:2", 0)];
  assertEquals(refusal(admission, "192.0.2.7:3", 0).code, "too_many_connections");
  admission.admit("192.0.2.8:1", 0);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assertEquals(admission.count, 2);
  admission.admit("192.0.2.7:3", 0);
});

Deno.test("Admission takes an IPv6 network for one address, and loopback for none", () => {
  const admission = open(1);
  admission.admit("[2001:db8::1]:1", 0);
  assertEquals(refusal(admission, "[2001:db8::2]:1", 0).code, "too_many_connections");
  for (let port = 1; port < 50; port++) admission.admit(`127.0.0.1:${port}`, 0);
});

Deno.test("Admission refuses who comes back again and again, until time has passed", () => {
  const admission = open(2);
  for (let time = 0; time < 4; time++) admission.admit("192.0.2.7:1", 0)[Symbol.dispose]();
  const { code, details } = refusal(admission, "192.0.2.7:1", 0);
  assertEquals([code, details["retryAfterMs"]], ["too_many_connections", 500]);
  // Refusals cost nothing more.
  refusal(admission, "192.0.2.7:1", 499);
  admission.admit("192.0.2.7:1", 500)[Symbol.dispose]();
  refusal(admission, "192.0.2.7:1", 500);
});
