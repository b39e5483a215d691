import type { Connection } from "../../net/connection.ts";

/** After how many bytes a connection breaks, as if its cable were pulled. */
export interface CutOptions {
  /** Bytes written. @default never */
  readonly written?: number;
  /** Bytes read. @default never */
  readonly read?: number;
}

/**
 * A connection that breaks, for both sides, when so many bytes have gone through.
 *
 * @param connection The connection.
 * @param options After how many bytes.
 */
export function cutAfter(connection: Connection, options: CutOptions): Connection {
  const { written = Infinity, read = Infinity } = options;
  let [toWrite, toRead] = [written, read];
  const cut = () => {
    connection.close();
    return new Deno.errors.ConnectionReset("The cable was pulled");
  };
  return {
    peer: connection.peer,
    async read(into) {
      if (toRead <= 0) throw cut();
      const count = await connection.read(into.subarray(0, Math.min(into.length, toRead)));
      toRead -= count ?? 0;
      return count;
    },
    async write(bytes) {
      if (toWrite <= 0) throw cut();
      const count = await connection.write(bytes.subarray(0, Math.min(bytes.length, toWrite)));
      toWrite -= count;
      return count;
    },
    closeWrite: () => connection.closeWrite(),
    close: () => connection.close(),
  };
}
