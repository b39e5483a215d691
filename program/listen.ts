import { type Address, formatAddress } from "../net/tcp.ts";
import { Failure } from "./failure.ts";

/**
 * Begins to listen, or says in a sentence why not.
 *
 * @param address Where.
 * @param option The option that chooses the port.
 * @param listen What listens there.
 * @returns What `listen` returns.
 * @throws {Failure} The port is in use, or the machine has no such address.
 */
export async function listenOrExplain<T>(
  address: Address,
  option: "--port" | "--web-port",
  listen: () => T | Promise<T>,
): Promise<T> {
  const shown = formatAddress(address);
  try {
    return await listen();
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new Failure(`${shown} is in use: stop what listens there, or choose another ${option}`);
    }
    if (error instanceof Deno.errors.AddrNotAvailable) {
      throw new Failure(
        `This machine does not have the address of ${shown}: choose another --host`,
      );
    }
    throw error;
  }
}
