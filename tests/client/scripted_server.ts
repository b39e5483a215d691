import { assertEquals } from "@std/assert";
import type { ChatMessage, ChatRequest } from "../../protocol/chat.ts";
import type { Connection } from "../../net/connection.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { FrameWriter } from "../../net/frame_writer.ts";
import { memoryPair } from "../../net/memory.ts";
import { writeAll } from "../../net/connection.ts";
import { decodeChatRequest } from "../../protocol/message.ts";

type Request<T extends ChatRequest["type"]> = Extract<ChatRequest, { type: T }>["payload"];
type Message<T extends ChatMessage["type"]> = Extract<ChatMessage, { type: T }>["payload"];

/** A chat server that does what the test tells it: each dial gives one {@link ServerSide}. */
export class ScriptedServer {
  readonly #sides: ServerSide[] = [];
  #waiting: ((side: ServerSide) => void)[] = [];
  /** What the next dials fail with, in turn. */
  readonly failures: Error[] = [];
  /** How many dials there were. */
  dials = 0;

  /** The port that a ChatClient dials through. */
  readonly dial = (): Promise<Connection> => {
    this.dials++;
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    const [ours, theirs] = memoryPair();
    const side = new ServerSide(ours);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#sides.push(side);
    else waiting(side);
    return Promise.resolve(theirs);
  };

  /** The next connection. */
  accept(): Promise<ServerSide> {
    const side = this.#sides.shift();
    if (side !== undefined) return Promise.resolve(side);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next connection, greeted, its joins answered as if nothing had been missed. */
  async welcome(
    rooms: Readonly<Record<string, Partial<Message<"joined">>>> = {},
    greeting: Partial<Message<"connect_ack">> = {},
  ): Promise<ServerSide> {
    const side = await this.accept();
    await side.greet(greeting);
    for (const [room, joined] of Object.entries(rooms)) await side.answerJoin(room, joined);
    return side;
  }
}

/** The server's end of one connection. */
export class ServerSide {
  readonly #connection: Connection;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#reader = new FrameReader(connection);
    this.#writer = new FrameWriter(connection);
  }

  /** The next request, of whatever type; undefined at the end of input. */
  async next(): Promise<ChatRequest | undefined> {
    for (;;) {
      const frame = this.#reader.next();
      if (frame !== undefined) return decodeChatRequest(frame.payload);
      if (!await this.#reader.more()) return undefined;
    }
  }

  /** The next request, which must be of this type. */
  async expect<T extends ChatRequest["type"]>(type: T): Promise<Request<T>> {
    const request = await this.next();
    assertEquals(request?.type, type);
    return request!.payload as Request<T>;
  }

  send<T extends ChatMessage["type"]>(type: T, payload: Message<T>): void {
    this.#writer.send({ type, payload });
  }

  /** Sends what no honest server would. */
  async sendRaw(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#writer.flush();
    await writeAll(this.#connection, bytes);
  }

  /** Answers `connect`. */
  async greet(greeting: Partial<Message<"connect_ack">> = {}): Promise<Request<"connect">> {
    const request = await this.expect("connect");
    this.send("connect_ack", {
      message: "Welcome",
      protocol: 1,
      name: request.name,
      token: "secret",
      log: "log1",
      resumed: false,
      limits: {},
      inbox: { seq: 0, missed: 0, complete: true },
      ...greeting,
    });
    return request;
  }

  /** Answers the next request, a `join` of this room. */
  async answerJoin(
    room: string,
    joined: Partial<Message<"joined">> = {},
  ): Promise<Request<"join">> {
    const request = await this.expect("join");
    assertEquals(request.room, room);
    const { ref = "" } = request;
    this.send("joined", { room, count: 1, seq: 0, missed: 0, complete: true, ref, ...joined });
    return request;
  }

  /** Says something in the room `lobby`. */
  say(seq: number, text = `text ${seq}`, room = "lobby"): void {
    this.send("message", { room, sender: "bob", text, id: `id${seq}`, seq, at: seq });
  }

  /** Acknowledges the next request, a `message`. */
  async acknowledge(seq: number): Promise<Request<"message">> {
    const request = await this.expect("message");
    this.send("ack", { id: request.id, room: request.room, seq, at: seq, stored: "memory" });
    return request;
  }

  /** Ends the connection after what was sent. */
  async end(): Promise<void> {
    await this.#writer.finish();
    this.#connection.close();
  }

  /** Breaks the connection. */
  break(): void {
    this.#connection.close();
  }
}
