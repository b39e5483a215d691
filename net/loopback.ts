/**
 * Whether what is sent to a host, or listened for on an address, stays on this machine.
 *
 * @param host A host name or an IP address.
 * @returns True for `localhost`, `127.0.0.0/8` and `::1`; not for names that may lead there. Whoever
 *   answers for a name server may have `a.localhost` lead elsewhere, where the system asks one (RFC 6761, section 6.3).
 */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return name === "localhost" || name === "::1" ||
    /^(::ffff:)?127(\.\d{1,3}){3}$/.test(name);
}
