import { ProtocolError } from "../codec/errors.ts";
import { parseBearer } from "../protocol/bearer.ts";
import { checkName } from "../protocol/names.ts";
import { checkKeyBehind } from "./handshake.ts";
import { hashToken, hasToken, type Owner } from "./owner.ts";
import type { ChatState } from "./state.ts";

/**
 * Tells whose a bearer token is: a session's, one for programs, or the one that owns the name.
 *
 * @param state The chat.
 * @param bearer The word, as `formatBearer` makes it.
 * @returns Whose name it is.
 * @throws {ProtocolError} `unauthorized`: it is nobody's, or of somebody who is not let in; `invalid_name`.
 */
export async function verifyBearer(state: ChatState, bearer: string): Promise<Owner> {
  const { name: wanted, token } = parseBearer(bearer);
  const name = checkName(wanted);
  const hash = hashToken(token);
  const owner = await state.names.owner(name);
  const session = state.sessionTokens.find(name, hash);
  // A session's token is as good as its own key, whatever other keys the name has.
  const keys = owner?.keys?.filter(({ key }) => session === undefined || key === session.key);
  const isOwn = owner !== undefined &&
    (session === undefined ? hasToken(owner, hash) : keys?.length === 1);
  if (!isOwn) throw new ProtocolError("unauthorized", `The token is not that of "${name}"`);
  try {
    await checkKeyBehind({ state }, keys);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError("unauthorized", error.message, { cause: error });
  }
  return owner;
}
