import { assertEquals } from "@std/assert";
import { originOf } from "../../net/origin.ts";

Deno.test("originOf is the address, or the first half of an IPv6 address, and nobody for loopback", () => {
  for (
    const [peer, origin] of [
      ["192.0.2.7:40000", "192.0.2.7"],
      ["[::ffff:192.0.2.7]:40000", "192.0.2.7"],
      ["[2001:db8:1:2:3:4:5:6]:1", "2001:db8:1:2"],
      ["[2001:db8:1:2::9]:1", "2001:db8:1:2"],
      ["[2001:db8::9]:1", "2001:db8:0:0"],
      ["[2001:db8::3:4:5:6:7]:1", "2001:db8:0:3"],
      ["[fe80::1]:1", "fe80:0:0:0"],
      ["127.0.0.1:1", undefined],
      ["127.8.9.1:1", undefined],
      ["[::1]:1", undefined],
      ["[::ffff:127.0.0.1]:1", undefined],
    ] as const
  ) assertEquals(originOf(peer), origin, peer);
});
