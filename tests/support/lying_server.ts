import type { Connection } from "../../net/connection.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { FrameWriter } from "../../net/frame_writer.ts";
import { dial, type DialOptions, listen, type Listener } from "../../net/tcp.ts";
import type { ChatMessage, ChatRequest } from "../../protocol/chat.ts";
import { ChatServer, type ChatServerOptions } from "../../server/chat_server.ts";

/** What the server says in the place of an honest one's message: any number of messages. */
export type Lie = (message: ChatMessage, name: string) => readonly ChatMessage[];

/**
 * A server that lies: a real one, and in front of it, over real sockets, something that changes what it says. It has
 * all that a server has: it sees and may change whatever goes in or out, and is asked by its own name.
 */
export class LyingServer implements AsyncDisposable {
  /** The honest one behind it. */
  readonly honest: ChatServer;
  /** Every request that came, in order. */
  readonly requests: ChatRequest[] = [];
  /** What it makes of what the honest one says. */
  lie: Lie = (message) => [message];
  /** What it makes of what clients ask. */
  ask: (request: ChatRequest) => ChatRequest = (request) => request;
  readonly #listener: Listener;
  readonly #open = new Set<Connection>();
  readonly #serving = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;

  constructor(options: ChatServerOptions = {}) {
    this.honest = ChatServer.listen({ port: 0, limits: { requestBurst: 0 }, ...options });
    this.#listener = listen({ host: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
  }

  /** How clients come to it: it is the server, so its name is the server's. */
  readonly dial = async (options: DialOptions): Promise<Connection> => {
    const connection = await dial({ ...options, ...this.#listener.address });
    return {
      peer: connection.peer,
      servedAs: [`plain:${this.honest.address.port}`],
      read: (into) => connection.read(into),
      write: (bytes) => connection.write(bytes),
      closeWrite: () => connection.closeWrite(),
      close: () => connection.close(),
    };
  };

  /** What is handed to a client's options. */
  get options(): DialOptions & { readonly dial: LyingServer["dial"] } {
    return { ...this.honest.address, dial: this.dial };
  }

  /** Where programs reach it; the keys that they prove are then for another port than the honest one's. */
  get port(): number {
    return this.#listener.address.port;
  }

  /** Everything that clients have asked for, as one text: what the server could read. */
  get seen(): string {
    return JSON.stringify(this.requests);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) connection.close();
    await this.#accepting;
    await Promise.all(this.#serving);
    await this.honest.close();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const serving = this.#serve(client).catch(() => {})
        .finally(() => this.#serving.delete(serving));
      this.#serving.add(serving);
    }
  }

  async #serve(client: Connection): Promise<void> {
    const server = await dial(this.honest.address);
    const ends = [client, server];
    for (const end of ends) this.#open.add(end);
    let name = "";
    await Promise.all([
      pump(client, server, (message) => {
        const request = this.ask(message as ChatRequest);
        if (request.type === "connect") ({ name } = request.payload);
        this.requests.push(request);
        return [request];
      }),
      pump(server, client, (message) => this.lie(message as ChatMessage, name)),
    ].map((pumping) =>
      pumping.catch(() => {
        for (const end of ends) end.close();
      })
    ));
    for (const end of ends) {
      end.close();
      this.#open.delete(end);
    }
  }
}

/** Carries frames from one connection to another, until the end of the first. */
async function pump(
  from: Connection,
  to: Connection,
  change: (message: object) => readonly object[],
): Promise<void> {
  const reader = new FrameReader(from);
  const writer = new FrameWriter(to);
  for (;;) {
    const frame = reader.next();
    if (frame === undefined) {
      await writer.flush();
      if (await reader.more()) continue;
      return await to.closeWrite();
    }
    if (frame.kind === "data") await writer.data(frame.payload);
    else {
      const message = JSON.parse(new TextDecoder().decode(frame.payload));
      for (const changed of change(message)) writer.send(changed);
    }
  }
}
