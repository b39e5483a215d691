import { FrameReader } from "../../net/frame_reader.ts";
import { FrameWriter } from "../../net/frame_writer.ts";
import { type Connection, writeAll } from "../../net/connection.ts";
import { type Address, dial } from "../../net/tcp.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import {
  decodeChatMessage,
  decodeReceiverMessage,
  decodeSenderMessage,
} from "../../protocol/message.ts";
import type { ReceiverMessage, SenderMessage } from "../../protocol/transfer.ts";

/** The payload of a type of message. */
export type PayloadOf<M extends { type: string }, T extends M["type"]> =
  Extract<M, { type: T }> extends { payload: infer P } ? P : never;

/** A raw peer: real frames over a real connection, and bytes that are no frames. */
export class Wire<M extends { readonly type: string; readonly payload: object } = ChatMessage>
  implements Disposable {
  readonly connection: Connection;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #decode: (json: Uint8Array) => M;

  private constructor(connection: Connection, decode: (json: Uint8Array) => M) {
    this.connection = connection;
    this.#decode = decode;
    this.#reader = new FrameReader(connection);
    this.#writer = new FrameWriter(connection);
  }

  /** A raw client of a chat server. */
  static async dial(address: Address): Promise<Wire> {
    return new Wire(await dial(address), decodeChatMessage);
  }

  /** A raw sender, which reads what a receiver says. */
  static sender(connection: Connection): Wire<ReceiverMessage> {
    return new Wire(connection, decodeReceiverMessage);
  }

  /** A raw receiver, which reads what a sender says; data it passes over. */
  static receiver(connection: Connection): Wire<SenderMessage> {
    return new Wire(connection, decodeSenderMessage);
  }

  /** Sends a message as one frame. */
  async send(type: string, payload: object): Promise<void> {
    this.#writer.send({ type, payload });
    await this.#writer.flush();
  }

  /** Sends a data frame. */
  data(payload: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#writer.data(payload);
  }

  /** Sends bytes as they are. */
  raw(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return writeAll(this.connection, bytes);
  }

  /** Sends text as it is. */
  text(text: string): Promise<void> {
    return this.raw(new TextEncoder().encode(text));
  }

  /** The next message; undefined at the end of the input. */
  async receive(): Promise<M | undefined> {
    for (;;) {
      const frame = this.#reader.next();
      if (frame?.kind === "json") return this.#decode(frame.payload);
      if (frame === undefined && !await this.#reader.more()) return undefined;
    }
  }

  /** The next message of a type; those before it are passed over. */
  async next<T extends M["type"]>(type: T): Promise<PayloadOf<M, T>> {
    for (;;) {
      const message = await this.receive();
      if (message === undefined) throw new Error(`The connection ended before any "${type}"`);
      if (message.type === type) return message.payload as PayloadOf<M, T>;
    }
  }

  /** All messages until the end of the input. */
  async untilEnd(): Promise<M[]> {
    const messages: M[] = [];
    for (let message = await this.receive(); message !== undefined;) {
      messages.push(message);
      message = await this.receive();
    }
    return messages;
  }

  /** The codes of all errors until the end of the input. */
  async errorsUntilEnd(): Promise<string[]> {
    return (await this.untilEnd()).filter(({ type }) => type === "error")
      .map(({ payload }) => (payload as { readonly code: string }).code);
  }

  closeWrite(): Promise<void> {
    return this.connection.closeWrite();
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}
