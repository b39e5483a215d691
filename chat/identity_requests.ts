import { ProtocolError } from "../codec/errors.ts";
import type {
  EndorseRequest,
  KeysRequest,
  LinkRequest,
  LogoutRequest,
  RevokeRequest,
  TokenRequest,
} from "../protocol/chat.ts";
import { checkName } from "../protocol/names.ts";
import type { ProvenKey } from "./access.ts";
import { refOf } from "./following.ts";
import type { Member } from "./member.ts";
import { hashToken, newToken, withoutKey, withoutTokens, withToken } from "./owner.ts";
import { storing } from "./storing.ts";

/** Does `keys`: tells anybody which keys own a name. */
export async function keys(member: Member, request: KeysRequest): Promise<void> {
  const name = checkName(request.name, member.state.limits.maxNameChars);
  const owner = await member.state.names.owner(name);
  if (owner === undefined) {
    throw new ProtocolError("unknown_name", `Nobody has the name "${name}"`);
  }
  const payload = { name: owner.name, keys: owner.keys ?? [], ...refOf(request) };
  member.send({ type: "keys", payload });
}

/** Does `link`. */
export function link(member: Member, request: LinkRequest): void {
  keyOf(member);
  const linking = member.state.links.begin(member, request.id);
  member.send({ type: "linking", payload: { ...linking, ...refOf(request) } });
}

/** Does `endorse`. */
export async function endorse(member: Member, request: EndorseRequest): Promise<void> {
  keyOf(member);
  await member.state.links.endorse(member, request.key, request.endorsement);
  member.send({ type: "endorsed", payload: { key: request.key, ...refOf(request) } });
}

/** Does `revoke`: the key's sessions, and the tokens that they were given or asked for, are over at once. */
export async function revoke(member: Member, request: RevokeRequest): Promise<void> {
  const { state } = member;
  const own = keyOf(member);
  const name = member.name!;
  const { key } = request;
  await storing(
    member,
    () =>
      state.names.change(name, (owner) => {
        checkStillOwns(owner.keys, own);
        return withoutKey(owner, key);
      }),
    "take the key from the name",
  );
  member.send({ type: "revoked", payload: { key, ...refOf(request) } });
  state.sessionTokens.revoke(name, key);
  state.endSessions(
    name,
    ({ proven }) => proven?.key === key,
    new ProtocolError("key_revoked", `This device's key was taken from "${name}"`),
  );
  // Whose token the device had asked for does not come back.
  state.endSessions(
    name,
    ({ proven }) => proven === undefined,
    new ProtocolError("logged_out", `A key was taken from "${name}": connect again`),
  );
}

/** Does `token`. */
export async function token(member: Member, request: TokenRequest): Promise<void> {
  const { state, proven } = member;
  const made = newToken();
  const kept = { hash: hashToken(made), ...proven && { key: proven.key } };
  await storing(
    member,
    () =>
      state.names.change(member.name!, (owner) => {
        if (owner.keys !== undefined) checkStillOwns(owner.keys, proven);
        return withToken(owner, kept);
      }),
    "keep the token",
  );
  member.send({ type: "token", payload: { token: made, ...refOf(request) } });
}

/** Does `logout`: every secret of the name is over, and every session but those that prove its key anew. */
export async function logout(member: Member, _request: LogoutRequest): Promise<void> {
  const { state } = member;
  const name = member.name!;
  await storing(member, () => state.names.change(name, withoutTokens), "end the name's secrets");
  state.sessionTokens.revoke(name);
  state.endSessions(
    name,
    (session) => session !== member,
    new ProtocolError(
      "logged_out",
      `The secrets of "${name}" were ended by another session: connect again`,
    ),
  );
  await member.quit();
}

/**
 * The key that a session has proven.
 *
 * @throws {ProtocolError} `forbidden`: it has shown a token.
 */
function keyOf({ proven, name }: Member): ProvenKey {
  if (proven !== undefined) return proven;
  throw new ProtocolError(
    "forbidden",
    `Only a session with a key of "${name}" may do this: this one has shown a token`,
  );
}

function checkStillOwns(
  keys: readonly { readonly key: string }[] = [],
  own: ProvenKey | undefined,
) {
  if (own !== undefined && keys.some(({ key }) => key === own.key)) return;
  throw new ProtocolError("forbidden", "Only a session with one of the name's keys may do this");
}
