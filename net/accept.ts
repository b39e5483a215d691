/** After a failed accept: long enough not to spin, short enough not to be felt. */
const ACCEPT_PAUSE_MS = 50;

/**
 * Accepts until the listener is closed.
 *
 * @param listener Whose connections.
 * @param isClosed Whether its owner has closed it.
 * @returns Each connection, once.
 */
export async function* acceptAll(
  listener: Deno.TcpListener,
  isClosed: () => boolean,
): AsyncGenerator<Deno.TcpConn, undefined> {
  while (!isClosed()) {
    let conn: Deno.TcpConn;
    try {
      conn = await listener.accept();
    } catch (error) {
      if (isClosed()) return;
      // One connection that went before it was accepted, or a machine that is out of file
      // descriptors for a moment, must not end the listener.
      if (error instanceof Deno.errors.BadResource) throw error;
      await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      continue;
    }
    yield conn;
  }
}
