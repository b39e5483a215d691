import type { Hub } from "../../chat/hub.ts";
import type { Member } from "../../chat/member.ts";
import type { Session } from "../../chat/session.ts";
import { FrameDecoder } from "../../codec/decoder.ts";
import type { ChatMessage, ChatRequest } from "../../protocol/chat.ts";
import { decodeChatMessage } from "../../protocol/message.ts";
import { framesDialect } from "../../server/frames_dialect.ts";
import type { PayloadOf } from "./wire.ts";

/** A member's client without a socket: hands requests to the hub and reads what is written to it. */
export class ChatPeer implements Session {
  readonly dialect = framesDialect;
  readonly peer: string;
  readonly origin: string | undefined;
  readonly servedAs = ["plain:1"];
  /** Everything that came, in order. */
  readonly received: ChatMessage[] = [];
  /** How the hub ended the session. */
  outcome: "open" | "ended" | "aborted" = "open";
  /** How many writes there were. */
  writes = 0;
  /** How much it takes of each write. */
  maxWriteBytes: number;
  readonly #member: Member;
  readonly #decoder = new FrameDecoder();
  #gate: PromiseWithResolvers<void> | undefined;
  #waiting: { readonly ready: () => boolean; readonly resolve: () => void }[] = [];

  constructor(hub: Hub, options: { peer?: string; origin?: string; maxWriteBytes?: number } = {}) {
    this.peer = options.peer ?? "memory:1";
    this.origin = options.origin;
    this.maxWriteBytes = options.maxWriteBytes ?? Infinity;
    this.#member = hub.open(this);
  }

  /** A peer that has connected, and joined a room where one is named. */
  static async connect(
    hub: Hub,
    name: string,
    payload: Partial<PayloadOf<ChatRequest, "connect">> = {},
    options: { maxWriteBytes?: number } = {},
  ): Promise<ChatPeer> {
    const peer = new ChatPeer(hub, options);
    await peer.ask("connect", { protocol: 1, name, ...payload });
    await peer.next("connect_ack");
    if (payload.room !== undefined) await peer.next("joined");
    return peer;
  }

  get member(): Member {
    return this.#member;
  }

  /** Why the session is over. */
  get ended(): Promise<string> {
    return this.#member.ended;
  }

  /** Hands a request to the hub; resolves when the next one may follow. */
  async ask<T extends ChatRequest["type"]>(type: T, payload: PayloadOf<ChatRequest, T>) {
    await this.#member.handle({ type, payload } as ChatRequest, 100);
  }

  /** What has come of one type. */
  all<T extends ChatMessage["type"]>(type: T): PayloadOf<ChatMessage, T>[] {
    return this.received.filter((message) => message.type === type)
      .map((message) => message.payload as PayloadOf<ChatMessage, T>);
  }

  /** Waits until the `count`th message of a type has come, and gives it. */
  async next<T extends ChatMessage["type"]>(
    type: T,
    count = 1,
  ): Promise<PayloadOf<ChatMessage, T>> {
    await this.until(() => this.all(type).length >= count);
    return this.all(type)[count - 1]!;
  }

  /** Waits until what has come is as wanted. */
  async until(ready: () => boolean): Promise<void> {
    if (!ready()) await new Promise<void>((resolve) => this.#waiting.push({ ready, resolve }));
  }

  /** The texts of the messages of a room that have come. */
  texts(room = "lobby"): string[] {
    return this.all("message").filter((message) => message.room === room).map(({ text }) => text);
  }

  /** Takes nothing more until `resume`. */
  stall(): void {
    this.#gate ??= Promise.withResolvers<void>();
  }

  /** Takes again what is written. */
  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    this.writes++;
    await this.#gate?.promise;
    if (this.outcome !== "open") throw new Deno.errors.BrokenPipe("closed");
    const taken = bytes.slice(0, this.maxWriteBytes);
    this.#decoder.push(taken);
    for (let frame = this.#decoder.next(); frame !== undefined; frame = this.#decoder.next()) {
      this.received.push(decodeChatMessage(frame.payload));
    }
    this.#waiting = this.#waiting.filter(({ ready, resolve }) => {
      if (!ready()) return true;
      resolve();
      return false;
    });
    return taken.length;
  }

  end(): void {
    this.outcome = "ended";
  }

  abort(): void {
    this.outcome = "aborted";
    this.resume();
  }
}
