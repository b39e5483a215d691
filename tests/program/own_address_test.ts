import { assertEquals } from "@std/assert";
import { ownAddress } from "../../program/own_address.ts";

const of = (family: "IPv4" | "IPv6", address: string) => ({ family, address });

Deno.test("ownAddress is what is listened on, where that is one address", () => {
  assertEquals(ownAddress("192.168.1.5", []), "192.168.1.5");
  assertEquals(ownAddress("127.0.0.1", []), "127.0.0.1");
});

Deno.test("ownAddress of all addresses is one that other machines reach, IPv4 first", () => {
  const interfaces = [
    of("IPv4", "127.0.0.1"),
    of("IPv6", "::1"),
    of("IPv6", "fe80::1"),
    of("IPv6", "2001:db8::5"),
  ];
  assertEquals(ownAddress("0.0.0.0", [...interfaces, of("IPv4", "10.0.0.7")]), "10.0.0.7");
  assertEquals(ownAddress("::", interfaces), "2001:db8::5");
});

Deno.test("ownAddress is not known on a machine without network, or where it may not be asked", () => {
  assertEquals(ownAddress("0.0.0.0", [of("IPv4", "127.0.0.1"), of("IPv6", "fe80::1")]), undefined);
});
