import { makeCertificate } from "../../net/certificate.ts";
import type { Connection } from "../../net/connection.ts";
import { listenTls } from "../../net/tls.ts";
import { dialTls } from "../../net/tls_dial.ts";

/** A certificate for tests: one is enough for all of them. */
export const TEST_CERTIFICATE = await makeCertificate();

/** Two ends of one TLS connection over the loopback: who dialled, and who was dialled. */
export async function tlsPair(): Promise<readonly [Connection, Connection]> {
  const listener = listenTls({ host: "127.0.0.1", port: 0, ...TEST_CERTIFICATE });
  const { fingerprint } = listener;
  const dialling = dialTls({ ...listener.address, trust: { fingerprint } });
  const { value } = await listener[Symbol.asyncIterator]().next();
  const dialled = await dialling;
  listener.close();
  return [dialled, value!];
}
