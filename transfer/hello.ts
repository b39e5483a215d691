import { ProtocolError } from "../codec/errors.ts";
import type { Hello } from "../protocol/transfer.ts";

/** How many offers may wait for their final answer: a protocol limit, told in `welcome`. */
export const MAX_OPEN_OFFERS = 256;

/** The secret to be shown on a connection that begins now. */
export function tokenNow(token: string | (() => string) | undefined): string | undefined {
  return typeof token === "function" ? token() : token;
}

/**
 * Checks what a dialler begins with.
 *
 * @param hello What it said.
 * @param role What this side takes.
 * @throws {ProtocolError} `unsupported_protocol`, `unexpected_message`.
 */
export function checkHello({ protocol, role }: Hello, wanted: Hello["role"]): void {
  if (protocol !== 1) {
    throw new ProtocolError(
      "unsupported_protocol",
      `Cannot speak version ${protocol} of the protocol: version 1 is spoken`,
    );
  }
  if (role === wanted) return;
  throw new ProtocolError(
    "unexpected_message",
    wanted === "send"
      ? "This side receives: it has no files to give"
      : "This side sends: it takes no files",
  );
}
