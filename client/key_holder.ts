import { ProtocolError } from "../codec/errors.ts";
import type { DeviceKey } from "../identity/device_key.ts";
import { type LinkProof, proveLinkCode, readLinkCode } from "../identity/link_code.ts";
import type { ChatRequest, ConnectRequest } from "../protocol/chat.ts";
import { proofText } from "../protocol/signed_texts.ts";

/** The age recipient of a device, as others are to know it. */
export interface SignedRecipient {
  /** What is encrypted to it the device can read: `age1…`. */
  readonly recipient: string;
  /** The device's key's signature of `recipientText`. */
  readonly signature: string;
}

/** What a client has that connects with a key. */
export interface KeyHolderOptions {
  /** The name wanted. */
  readonly name: string;
  /** The device's key. */
  readonly key: DeviceKey;
  /** The device's age recipient. */
  readonly recipient?: SignedRecipient | undefined;
  /** A code that another device of the same person has made. */
  readonly linkCode?: string | undefined;
  /** The token that owned the name before it had keys. */
  readonly token?: string | undefined;
}

/**
 * A client's side of the handshake of keys. It signs one thing: the proof, as it puts it together itself, for
 * the server that the connection shows.
 */
export class KeyHolder {
  readonly #options: KeyHolderOptions;
  #linkProof: LinkProof | undefined;
  #answered = false;

  /**
   * @param options Who, with which key.
   * @throws {TypeError} The code is none.
   */
  constructor(options: KeyHolderOptions) {
    this.#options = options;
    if (options.linkCode !== undefined) readLinkCode(options.linkCode);
  }

  /** Makes what takes time. Before the first {@link begin}. */
  async prepare(): Promise<void> {
    const { name, key, linkCode } = this.#options;
    if (linkCode === undefined || this.#linkProof !== undefined) return;
    this.#linkProof = await proveLinkCode(readLinkCode(linkCode), name, key.publicKey);
  }

  /**
   * Begins on a new connection.
   *
   * @param isKnown Whether this key has connected before: nothing else is shown then.
   * @returns What `connect` says of the key.
   */
  begin(isKnown: boolean): Pick<ConnectRequest, "key" | "token" | "link"> {
    const { key, token } = this.#options;
    this.#answered = false;
    return {
      key: key.publicKey,
      ...(isKnown || token === undefined ? {} : { token }),
      ...(isKnown || this.#linkProof === undefined ? {} : { link: this.#linkProof }),
    };
  }

  /** Whether the challenge of this connection was answered. */
  get answered(): boolean {
    return this.#answered;
  }

  /**
   * Answers a challenge.
   *
   * @param nonce The server's nonce.
   * @param server Whom the connection shows the server to be.
   * @returns The request to send.
   * @throws {ProtocolError} `unexpected_message`: it is the second one of this connection.
   * @throws {TypeError} The connection does not show who the server is.
   */
  async answer(nonce: string, server: string | undefined): Promise<ChatRequest> {
    if (this.#answered) {
      throw new ProtocolError(
        "unexpected_message",
        "Cannot prove the key a second time: one challenge a connection is allowed",
      );
    }
    this.#answered = true;
    if (server === undefined) {
      throw new TypeError("Cannot prove the key: the connection does not tell who the server is");
    }
    const { name, key, recipient } = this.#options;
    const signature = await key.sign(proofText({ server, nonce, name, key: key.publicKey }));
    const signed = recipient === undefined
      ? {}
      : { recipient: recipient.recipient, recipientSignature: recipient.signature };
    return { type: "prove", payload: { signature, ...signed } };
  }
}
