import { FrameReader } from "../../net/frame_reader.ts";
import { FrameWriter } from "../../net/frame_writer.ts";
import { type Connection, writeAll } from "../../net/connection.ts";
import { type Address, dial } from "../../net/tcp.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import { decodeChatMessage } from "../../protocol/message.ts";

/** The payload of a type of message. */
export type PayloadOf<M extends { type: string }, T extends M["type"]> =
  Extract<M, { type: T }> extends { payload: infer P } ? P : never;

/** A raw client of a chat server: real frames over a real socket, and bytes that are no frames. */
export class Wire implements Disposable {
  readonly connection: Connection;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;

  private constructor(connection: Connection) {
    this.connection = connection;
    this.#reader = new FrameReader(connection);
    this.#writer = new FrameWriter(connection);
  }

  static async dial(address: Address): Promise<Wire> {
    return new Wire(await dial(address));
  }

  /** Sends a message as one frame. */
  async send(type: string, payload: object): Promise<void> {
    this.#writer.send({ type, payload });
    await this.#writer.flush();
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
  async receive(): Promise<ChatMessage | undefined> {
    for (;;) {
      const frame = this.#reader.next();
      if (frame !== undefined) return decodeChatMessage(frame.payload);
      if (!await this.#reader.more()) return undefined;
    }
  }

  /** The next message of a type; those before it are passed over. */
  async next<T extends ChatMessage["type"]>(
    type: T,
  ): Promise<PayloadOf<ChatMessage, T>> {
    for (;;) {
      const message = await this.receive();
      if (message === undefined) throw new Error(`The connection ended before any "${type}"`);
      if (message.type === type) {
        return message.payload as PayloadOf<ChatMessage, T>;
      }
    }
  }

  /** The codes of all errors until the end of the input. */
  async errorsUntilEnd(): Promise<string[]> {
    const codes: string[] = [];
    for (let message = await this.receive(); message !== undefined;) {
      if (message.type === "error") codes.push(message.payload.code);
      message = await this.receive();
    }
    return codes;
  }

  closeWrite(): Promise<void> {
    return this.connection.closeWrite();
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}
