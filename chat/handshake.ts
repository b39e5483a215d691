import { ProtocolError } from "../codec/errors.ts";
import { verifySignature } from "../identity/device_key.ts";
import { fingerprint } from "../identity/fingerprint.ts";
import type { ConnectRequest, KeyCard, ProveRequest } from "../protocol/chat.ts";
import { checkName, inboxStream } from "../protocol/names.ts";
import { proofText, recipientText } from "../protocol/signed_texts.ts";
import type { Challenge } from "./challenge.ts";
import { PROTOCOL, refOf, welcome } from "./following.ts";
import { unknownLink } from "./links.ts";
import type { Member } from "./member.ts";
import { type Claim, nameTaken } from "./names.ts";
import type { Owner } from "./owner.ts";
import type { Position } from "./positions.ts";
import { storing } from "./storing.ts";

// Who somebody is:
//
//   connect without key --------------------------------------------> connect_ack
//   connect with key ----> challenge ----> prove ------------------> connect_ack
//                                            |                           ^
//                                            +-- link --> endorse -------+     the name has other keys
//
// While a challenge has no answer only `prove`, `ping` and `quit` may come.

/** Does `connect`: lets a client in that has no key, and asks one that has for a proof. */
export async function connect(member: Member, request: ConnectRequest): Promise<void> {
  const { state } = member;
  if (member.name !== undefined) {
    throw new ProtocolError("already_connected", `Already connected as "${member.name}"`);
  }
  if (request.protocol !== PROTOCOL) {
    throw new ProtocolError(
      "unsupported_protocol",
      `Cannot speak version ${request.protocol} of the protocol: version ${PROTOCOL} is spoken`,
    );
  }
  const name = checkName(request.name, state.limits.maxNameChars);
  await state.access.checkPassword(request.password, member.origin, () => member.ending);
  const { key } = request;
  if (key !== undefined) {
    const nonce = crypto.getRandomValues(new Uint8Array(32)).toHex();
    member.challenge = { connect: { ...request, key }, nonce };
    return member.send({ type: "challenge", payload: { nonce, ...refOf(request) } });
  }
  using _arrival = state.arrive(member, name);
  const claim = await claimWithToken(member, name, request.token);
  await welcome(member, request, claim);
}

/** Does `prove`: lets the client in whose key has signed the challenge. */
export async function prove(member: Member, proof: ProveRequest): Promise<void> {
  const { challenge } = member;
  if (challenge === undefined) {
    throw new ProtocolError("unexpected_message", '"prove" answers a challenge: there was none');
  }
  // Good once: also where the proof is wrong.
  member.challenge = undefined;
  const { connect } = challenge;
  await checkProof(member, challenge, proof);
  const { state } = member;
  const name = checkName(connect.name, state.limits.maxNameChars);
  const proven = { key: connect.key, fingerprint: await fingerprint(connect.key) };
  // Known from here on, so that what is taken from the key meanwhile is taken from this session too.
  member.proven = proven;
  using _arrival = state.arrive(member, name);
  try {
    state.access.checkKey(proven);
    const claim = await claimWithKey(member, name, connect, proof);
    if (member.ending) return;
    if (claim.upgraded) {
      state.endSessions(name, ({ proven }) => proven === undefined, tokenIsOver(name));
    }
    const request = proof.ref === undefined ? connect : { ...connect, ref: proof.ref };
    await welcome(member, request, claim);
  } catch (error) {
    // It is nobody yet, and may say so anew; where it is in, the room was refused alone.
    if (member.name === undefined) member.proven = undefined;
    throw error;
  }
}

/** Claims a name with a key that was proven; where other keys own it, one of them is asked. */
async function claimWithKey(
  member: Member,
  name: string,
  connect: Challenge["connect"],
  proof: ProveRequest,
): Promise<Claim> {
  const { state } = member;
  const card = await cardOf(connect.key, proof, state.clock.now());
  const rules = newNameRules(member, name, () => {
    // Who wants to be another device of somebody has mistyped the name.
    if (connect.link !== undefined) throw unknownLink();
  });
  return await storing(
    member,
    () => state.names.claimWithKey(name, card, connect.token, rules),
    "keep the name",
  ) ?? await linked(member, name, card, connect);
}

/** Waits until another device of the same person takes this one in. */
async function linked(
  member: Member,
  name: string,
  card: KeyCard,
  { link }: ConnectRequest,
): Promise<Claim> {
  if (link === undefined) throw nameTaken({ name, keys: [] });
  using _wait = member.waitForOther();
  const owner = await member.state.links.knock(member, name, card, link);
  return { owner, token: undefined, resumed: true };
}

async function claimWithToken(
  member: Member,
  name: string,
  token: string | undefined,
): Promise<Claim> {
  const { names, access } = member.state;
  const rules = newNameRules(member, name, () => access.checkGuest(name));
  const claim = await storing(member, () => names.claim(name, token, rules), "keep the name");
  if (claim.resumed) await checkKeyBehind(member, claim.owner.keys);
  return claim;
}

/** Makes sure that whom a token belongs to is let in here, by the keys behind it if there are any. */
export async function checkKeyBehind(
  { state: { access } }: Pick<Member, "state">,
  keys: Owner["keys"],
): Promise<void> {
  if (keys === undefined) return access.checkKeyless();
  if (access.allowsAll) return;
  for (const { key } of keys) {
    if (access.allows({ key, fingerprint: await fingerprint(key) })) return;
  }
  access.checkKeyless();
}

/** What decides about a new name. */
function newNameRules(member: Member, name: string, check: () => void = () => {}) {
  const { state } = member;
  return {
    async inbox(): Promise<Position> {
      check();
      state.allowNewName(member.origin);
      const { log, last } = await state.log.state(inboxStream(name));
      return { log, seq: last, at: state.clock.now() };
    },
  };
}

async function checkProof(
  member: Member,
  { connect: { name, key }, nonce }: Challenge,
  { signature }: ProveRequest,
): Promise<void> {
  for (const server of member.servedAs) {
    if (await verifySignature(key, proofText({ server, nonce, name, key }), signature)) return;
  }
  throw new ProtocolError("wrong_proof", wrongProof(member.servedAs));
}

function wrongProof(servedAs: readonly string[]): string {
  const [plain] = servedAs.filter((server) => server.startsWith("plain:"));
  const said =
    "Cannot take the proof: the signature is not the key's, or is one for another server";
  if (plain === undefined) {
    const names = servedAs.length === 0 ? "nothing: connect in another way" : servedAs.join(" or ");
    return `${said}. Here it may name ${names}`;
  }
  const port = plain.slice("plain:".length);
  return `${said}. Without TLS the port that is dialled has to be the server's own, ${port}: let a tunnel listen on the same port, or use TLS`;
}

function tokenIsOver(name: string): ProtocolError {
  return new ProtocolError("logged_out", `"${name}" belongs to a key from now on: connect with it`);
}

/** What others get to know of a key. */
async function cardOf(key: string, proof: ProveRequest, at: number): Promise<KeyCard> {
  const { recipient, recipientSignature } = proof;
  if (recipient === undefined) return { key, at };
  const isOwn = recipientSignature !== undefined &&
    await verifySignature(key, recipientText(key, recipient), recipientSignature);
  if (isOwn) return { key, at, recipient, recipientSignature };
  throw new ProtocolError(
    "wrong_proof",
    "Cannot take the age recipient: it needs the key's own signature of it",
  );
}
