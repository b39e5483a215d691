import type { Connection } from "./connection.ts";

/**
 * A connection on which some bytes were read too early: they come first when it is read again.
 *
 * @param connection The connection; closing what this gives closes it.
 * @param unread The bytes; not to be touched any more.
 * @returns The connection as it was before they were read.
 */
export function withUnread(connection: Connection, unread: Uint8Array<ArrayBuffer>): Connection {
  if (unread.length === 0) return connection;
  let left = unread;
  return {
    peer: connection.peer,
    ...(connection.servedAs === undefined ? {} : { servedAs: connection.servedAs }),
    read(into) {
      if (left.length === 0) return connection.read(into);
      const count = Math.min(into.length, left.length);
      into.set(left.subarray(0, count));
      left = left.subarray(count);
      return Promise.resolve(count);
    },
    write: (bytes) => connection.write(bytes),
    closeWrite: () => connection.closeWrite(),
    close: () => connection.close(),
  };
}
