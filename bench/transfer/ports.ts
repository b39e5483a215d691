const POLL_MS = 5;
const PATIENCE_MS = 10_000;
/** How /proc/net/tcp writes that a socket listens. */
const LISTEN = "0A";

/** A port of the loopback that nobody listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Waits until somebody listens on a port, by asking the system: `nc` takes one connection only, so that
 * one to try would be its last.
 *
 * @throws {Error} Nobody does for ten seconds.
 */
export async function untilListening(port: number): Promise<void> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  await until(`somebody to listen on port ${port}`, async () => {
    const sockets = (await Deno.readTextFile("/proc/net/tcp")).split("\n");
    const listens = sockets.some((line) => {
      const [, from, , state] = line.trim().split(/\s+/);
      return state === LISTEN && from?.endsWith(local);
    });
    return listens ? true : undefined;
  });
}

/**
 * Waits until a program has said in its log where it listens.
 *
 * @param log The file that its output goes to.
 * @param ended Its end, which is waited for no longer than this.
 * @param what Of several ports, which: the line's first word.
 * @returns The port.
 * @throws {Error} It ended, or said nothing for ten seconds; with what the log holds.
 */
export async function announcedPort(
  log: string,
  ended: Promise<unknown>,
  what: "chat" | "web" | "" = "",
): Promise<number> {
  const line = new RegExp(`(?:^|\\n)${what}.*listening on \\S*:(\\d+)/?(?: \\(TLS\\))?\\n`);
  let hasEnded = false;
  ended.then(() => hasEnded = true);
  return await until(`a listening line in ${log}`, async () => {
    const text = await Deno.readTextFile(log).catch(() => "");
    const port = line.exec(text)?.[1];
    if (port === undefined && hasEnded) throw new Error(`It ended: ${text}`);
    return port === undefined ? undefined : Number(port);
  });
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`Cannot go on: waited ${PATIENCE_MS} ms for ${what}`);
}
