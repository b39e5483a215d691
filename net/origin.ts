/**
 * Whom a connection counts for: its address. Of an IPv6 address it is the first half, the network:
 * whoever has one address there has all of them.
 *
 * @param peer A connection's peer, `host:port`.
 * @returns A key; undefined for loopback, which counts for nobody.
 */
export function originOf(peer: string): string | undefined {
  const host = peer.slice(0, peer.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host) ?? [];
  const v4 = mapped ?? host;
  if (v4.startsWith("127.") || host === "::1" || host === "memory") return undefined;
  if (!host.includes(":") || mapped !== undefined) return v4;
  // What `::` stands for reaches into the first half where fewer than four groups stand before it.
  const [before = "", after] = host.split("::");
  const groups = before === "" ? [] : before.split(":");
  const behind = after === undefined || after === "" ? [] : after.split(":");
  while (groups.length + behind.length < 8) groups.push("0");
  return [...groups, ...behind].slice(0, 4).join(":");
}
