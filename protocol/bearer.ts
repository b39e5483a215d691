import { ProtocolError } from "../codec/errors.ts";

/** A name and the secret that shows who holds it. */
export interface Credential {
  /** The name. */
  readonly name: string;
  /** Its token, as `connect_ack` gave it. */
  readonly token: string;
}

const TOKEN = /^[\x21-\x7e]{1,256}$/;
const BEARER = /^([A-Za-z0-9_-]{1,512})\.([\x21-\x7e]{1,256})$/;
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Name and token in one word, for where a connection has no `connect`: `Authorization: Bearer WORD` on the
 * web, and `token` in a transfer's `hello`. It is the name's UTF-8 in base64url, a dot, the token.
 *
 * @param credential Whose.
 * @returns ASCII without spaces. It is as secret as the token in it.
 * @throws {ProtocolError} `invalid_message`: the token, a server's word, could not be part of one. It is printed, and put
 *   into headers.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatBearer, parseBearer } from "@parley/parley";
 *
 * assertEquals(formatBearer({ name: "ann", token: "12ab" }), "YW5u.12ab");
 * assertEquals(parseBearer("YW5u.12ab"), { name: "ann", token: "12ab" });
 * ```
 */
export function formatBearer({ name, token }: Credential): string {
  if (!TOKEN.test(token)) {
    throw new ProtocolError(
      "invalid_message",
      "Cannot use the token: 1 to 256 characters of ASCII without spaces are allowed",
    );
  }
  const encoded = new TextEncoder().encode(name).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  return `${encoded}.${token}`;
}

/**
 * Takes such a word apart.
 *
 * @param bearer The word; a peer's.
 * @returns Name and token; neither is checked yet.
 * @throws {ProtocolError} `unauthorized`: it is none. What it was is not told: it may be a secret.
 */
export function parseBearer(bearer: string): Credential {
  const [, encoded, token] = BEARER.exec(bearer) ?? [];
  try {
    const bytes = Uint8Array.fromBase64(encoded!, { alphabet: "base64url" });
    return { name: decoder.decode(bytes), token: token! };
  } catch {
    throw new ProtocolError(
      "unauthorized",
      "The bearer token is none: it is a name in base64url, a dot, and the name's token",
    );
  }
}
