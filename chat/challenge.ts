import type { ConnectRequest } from "../protocol/chat.ts";

/** A `connect` that waits for its `prove`. */
export interface Challenge {
  readonly connect: ConnectRequest & { readonly key: string };
  /** 32 random bytes, in hexadecimal; good for one proof, on this connection. */
  readonly nonce: string;
}
