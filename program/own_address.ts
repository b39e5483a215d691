import { isLoopback } from "../net/loopback.ts";

const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);

/**
 * The address that other machines reach this one by.
 *
 * @param host What is listened on.
 * @param interfaces The machine's network interfaces; undefined where they cannot be asked for.
 * @returns The address; undefined where it is not known.
 */
export function ownAddress(
  host: string,
  interfaces: readonly Pick<Deno.NetworkInterfaceInfo, "family" | "address">[] | undefined =
    permittedInterfaces(),
): string | undefined {
  if (!EVERY_ADDRESS.has(host)) return host;
  const others = interfaces?.filter(({ address }) => !isLoopback(address)) ?? [];
  // A link-local IPv6 address is good for nothing without the name of the other machine's interface.
  const found = others.find(({ family }) => family === "IPv4") ??
    others.find(({ address }) => !/^fe[89ab]/i.test(address));
  return found?.address;
}

function permittedInterfaces(): Deno.NetworkInterfaceInfo[] | undefined {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "networkInterfaces" });
  return state === "granted" ? Deno.networkInterfaces() : undefined;
}
