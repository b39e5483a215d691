import type { Connection } from "../../net/connection.ts";
import { dial, listen } from "../../net/tcp.ts";

/** Two ends of one TCP connection over the loopback: who dialled, and who was dialled. */
export async function tcpPair(): Promise<readonly [Connection, Connection]> {
  const listener = listen({ host: "127.0.0.1", port: 0 });
  const dialling = dial(listener.address);
  const { value } = await listener[Symbol.asyncIterator]().next();
  const dialled = await dialling;
  listener.close();
  return [dialled, value];
}
