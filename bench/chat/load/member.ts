import { Counter } from "./counter.ts";
import type { Tally, Wire } from "./wire.ts";

/** How a member is made. */
export interface MemberOptions {
  readonly wire: Wire;
  readonly port: number;
  /** Its number. */
  readonly number: number;
  readonly room: string;
  /** How much it reads at once. */
  readonly bufferBytes: number;
}

/** A connection to a server that counts what comes. */
export class Member {
  readonly number: number;
  readonly room: string;
  /** Told after each read: what the tally has gained is new. */
  onRead: (member: Member) => void = () => {};
  readonly #wire: Wire;
  readonly #connection: Deno.TcpConn;
  readonly #counter: Counter;
  readonly #here = Promise.withResolvers<void>();
  #pings = 0;

  private constructor(connection: Deno.TcpConn, options: MemberOptions) {
    const { wire, number, room, bufferBytes } = options;
    this.number = number;
    this.room = room;
    this.#wire = wire;
    this.#connection = connection;
    this.#counter = new Counter(wire, bufferBytes);
  }

  /** Dials, says who it is, and waits until it is in its room. */
  static async join(options: MemberOptions): Promise<Member> {
    const { wire, port, number, room } = options;
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    const member = new Member(connection, options);
    await member.write(wire.hello(number, room));
    // Reads as long as the program runs.
    member.#read().catch((error) => {
      member.#here.reject(error);
      reportError(error);
    });
    await member.#here.promise;
    return member;
  }

  /** What has come so far. */
  get tally(): Tally {
    return this.#counter.tally;
  }

  /** Writes all of it. */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    let at = 0;
    while (at < bytes.length) at += await this.#connection.write(bytes.subarray(at));
  }

  async #read(): Promise<void> {
    for (;;) {
      const count = await this.#connection.read(this.#counter.into);
      if (count === null) throw new Error(`The server hung up on member ${this.number}`);
      this.#counter.took(count);
      if (this.tally.pings > this.#pings) {
        this.#pings = this.tally.pings;
        await this.write(this.#wire.pong(this.tally));
      }
      if (this.tally.joined > 0) this.#here.resolve();
      this.onRead(this);
    }
  }
}
