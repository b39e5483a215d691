import type { ChatMessage, ChatRequest } from "../../protocol/chat.ts";
import { decodeChatMessage } from "../../protocol/message.ts";
import type { PayloadOf } from "./wire.ts";

/** How a {@link WebPeer} behaves. */
export interface WebPeerOptions {
  /** Whether it answers a `ping`. @default {true} */
  readonly pongs?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A page's end of a WebSocket. Deno's own writes a message of more than a kilobyte in two pieces, with
 * Nagle's algorithm: 40 ms each, so what is to be much and fast is better said by others.
 */
export class WebPeer implements AsyncDisposable {
  /** Everything that came, in order, but the `ping`s. */
  readonly received: ChatMessage[] = [];
  /** Characters that came, with the `ping`s. */
  receivedChars = 0;
  /** The numbers of the `ping`s that came. */
  readonly pings: number[] = [];
  /** How it ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly socket: WebSocket;
  #read = 0;
  #pongs: boolean;
  #waiting: { readonly ready: () => boolean; readonly resolve: () => void }[] = [];

  private constructor(socket: WebSocket, pongs: boolean) {
    this.socket = socket;
    this.#pongs = pongs;
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => {
        resolve({ code, reason });
        this.#settle();
      };
    });
    socket.onmessage = ({ data }) => this.#take(data);
  }

  /** Connects to `/ws` of a web server. */
  static async open(url: string, options: WebPeerOptions = {}): Promise<WebPeer> {
    const { pongs = true, headers = {} } = options;
    const to = new URL("ws", url.replace(/^http/, "ws"));
    // Deno's WebSocket can send headers, which a browser's cannot.
    const socket = new WebSocket(to, { headers } as unknown as string[]);
    const peer = new WebPeer(socket, pongs);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
    });
    socket.onerror = null;
    return peer;
  }

  /** Connects, and says who it is; joins a room where one is named. */
  static async connect(
    url: string,
    name: string,
    payload: Partial<PayloadOf<ChatRequest, "connect">> = {},
    options: WebPeerOptions = {},
  ): Promise<WebPeer> {
    const peer = await WebPeer.open(url, options);
    peer.send("connect", { protocol: 1, name, ...payload });
    await peer.next("connect_ack");
    if (payload.room !== undefined) await peer.next("joined");
    return peer;
  }

  send<T extends ChatRequest["type"]>(type: T, payload: PayloadOf<ChatRequest, T>): void {
    this.socket.send(JSON.stringify({ type, payload }));
  }

  /** The next message of a type; those before it are passed over. */
  async next<T extends ChatMessage["type"]>(type: T): Promise<PayloadOf<ChatMessage, T>> {
    for (;;) {
      await this.until(() => this.received.length > this.#read);
      const message = this.received[this.#read++]!;
      if (message.type === type) return message.payload as PayloadOf<ChatMessage, T>;
    }
  }

  /** Waits until what has come is as wanted. */
  async until(ready: () => boolean): Promise<void> {
    const isOver = this.socket.readyState === WebSocket.CLOSED;
    if (!ready() && !isOver) {
      await new Promise<void>((resolve) => this.#waiting.push({ ready, resolve }));
    }
    if (!ready()) throw new Error("The WebSocket closed before that came");
  }

  /** The texts of what was said in a room. */
  texts(): string[] {
    return this.received.flatMap(({ type, payload }) => type === "message" ? [payload.text] : []);
  }

  /** Answers no `ping` from now on. */
  stall(): void {
    this.#pongs = false;
  }

  /** Answers every `ping` from now on, and those that came. */
  pong(): void {
    this.#pongs = true;
    for (const t of this.pings) this.send("pong", { t });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #take(data: string): void {
    this.receivedChars += data.length;
    const message = decodeChatMessage(data);
    if (message.type === "ping") {
      this.pings.push(message.payload.t);
      if (this.#pongs) this.send("pong", { t: message.payload.t });
    } else this.received.push(message);
    this.#settle();
  }

  #settle(): void {
    const isOver = this.socket.readyState === WebSocket.CLOSED;
    this.#waiting = this.#waiting.filter(({ ready, resolve }) => {
      if (!ready() && !isOver) return true;
      resolve();
      return false;
    });
  }
}
