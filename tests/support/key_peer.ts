import type { Hub } from "../../chat/hub.ts";
import { type DeviceKey, deviceKey, generateKeyPair } from "../../identity/device_key.ts";
import type { ChatRequest } from "../../protocol/chat.ts";
import { proofText } from "../../protocol/signed_texts.ts";
import { ChatPeer } from "./chat_peer.ts";
import type { PayloadOf, Wire } from "./wire.ts";

/** A new device's key. */
export async function newKey(): Promise<DeviceKey> {
  return await deviceKey(await generateKeyPair(false));
}

/** What a raw peer may say otherwise than an honest one. */
export interface ProofOptions {
  /** Whom the proof names. */
  readonly server?: string;
  /** What signs. @default the key that `connect` names */
  readonly signer?: DeviceKey;
  /** The name that the proof is for. @default the one in `connect` */
  readonly provenName?: string;
  /** More of `connect`. */
  readonly connect?: Partial<PayloadOf<ChatRequest, "connect">>;
}

/** Connects with a key on a peer without a socket, up to the answer to the proof. */
export async function proveOn(
  peer: ChatPeer,
  name: string,
  key: DeviceKey,
  options: ProofOptions = {},
): Promise<void> {
  const { server = "plain:1", signer = key, provenName = name, connect = {} } = options;
  await peer.ask("connect", { protocol: 1, name, key: key.publicKey, ...connect });
  const { nonce } = await peer.next("challenge", peer.all("challenge").length || 1);
  const text = proofText({ server, nonce, name: provenName, key: key.publicKey });
  await peer.ask("prove", { signature: await signer.sign(text) });
}

/** A peer without a socket that has connected with a key. */
export async function keyPeer(
  hub: Hub,
  name: string,
  key: DeviceKey,
  options: ProofOptions = {},
): Promise<ChatPeer> {
  const peer = new ChatPeer(hub);
  await proveOn(peer, name, key, options);
  await peer.next("connect_ack");
  return peer;
}

/** Connects with a key over a real connection, up to the proof. */
export async function proveOver(
  wire: Wire,
  port: number,
  name: string,
  key: DeviceKey,
  options: ProofOptions = {},
): Promise<void> {
  const { server = `plain:${port}`, signer = key, provenName = name, connect = {} } = options;
  await wire.send("connect", { protocol: 1, name, key: key.publicKey, ...connect });
  const { nonce } = await wire.next("challenge");
  const text = proofText({ server, nonce, name: provenName, key: key.publicKey });
  await wire.send("prove", { signature: await signer.sign(text) });
}
