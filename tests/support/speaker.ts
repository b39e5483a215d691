import { assert, assertEquals } from "@std/assert";
import type { ChatMessage } from "../../protocol/chat.ts";
import { type PayloadOf, Wire } from "./wire.ts";

/** An event as a member gets it. */
export interface Heard {
  readonly sender: string;
  readonly id: string;
  readonly seq: number;
  readonly at: number;
  readonly text: string;
}

/** What a speaker was told of something it said. */
export interface Acknowledged {
  /** The stream that `seq` counts in: the room, or the speaker's own inbox. */
  readonly stream: string;
  readonly seq: number;
  readonly at: number;
  readonly text: string;
  readonly duplicate: boolean;
}

interface Said {
  readonly type: "message" | "private";
  readonly payload: {
    readonly to?: string;
    readonly room?: string;
    readonly id: string;
    readonly text: string;
  };
}

const HISTORY_PAGE = 1_000;

/**
 * A member that says much at once, in rooms and to others, and remembers what became of it: over
 * connections and servers, as a client with a good memory does.
 */
export class Speaker implements Disposable {
  readonly name: string;
  /** What was acknowledged, by id. */
  readonly acked = new Map<string, Acknowledged>();
  /** What was said and not acknowledged: it is said again, with the same id. */
  readonly open = new Map<string, Said>();
  /** Errors that bore an id, in order. */
  readonly refusals: { readonly id: string; readonly code: string }[] = [];
  /** Those of `open` that were refused, and not said again yet. */
  readonly #refused = new Set<string>();
  readonly #rooms: readonly string[];
  readonly #others: readonly string[];
  readonly #token = crypto.getRandomValues(new Uint8Array(32)).toHex();
  readonly #onAck: (ack: Acknowledged) => void;
  #wire: Wire | undefined;
  #count = 0;
  #known = false;
  /** The cursor in the own inbox. */
  #inboxSeq = 0;
  #log: string | undefined;

  /**
   * @param name Its name.
   * @param where The rooms that it is in, and whom it writes to.
   * @param onAck Told of each acknowledgement.
   */
  constructor(
    name: string,
    where: { readonly rooms: readonly string[]; readonly others: readonly string[] },
    onAck: (ack: Acknowledged) => void = () => {},
  ) {
    this.name = name;
    this.#rooms = where.rooms;
    this.#others = where.others;
    this.#onAck = onAck;
  }

  /** Its own inbox. */
  get inbox(): string {
    return `@${this.name}`;
  }

  /** The connection, to ask for something else. */
  get wire(): Wire {
    return this.#wire!;
  }

  /** The log that it knows its cursor in. */
  get log(): string | undefined {
    return this.#log;
  }

  /** Connects with its token and its cursor, and joins its rooms. */
  async connect(port: number): Promise<PayloadOf<ChatMessage, "connect_ack">> {
    this.#wire?.[Symbol.dispose]();
    const wire = this.#wire = await Wire.dial({ host: "127.0.0.1", port });
    await wire.send("connect", {
      protocol: 1,
      name: this.name,
      token: this.#token,
      ...this.#log === undefined ? {} : { log: this.#log, since: { [this.inbox]: this.#inboxSeq } },
    });
    const ack = await this.#next("connect_ack");
    assertEquals([ack.name, ack.token, ack.resumed], [this.name, this.#token, this.#known]);
    if (ack.log === this.#log) assert(ack.inbox.complete, `${this.name} lost something`);
    this.#known = true;
    this.#log = ack.log;
    for (const room of this.#rooms) {
      await wire.send("join", { room });
      await this.#next("joined");
    }
    return ack;
  }

  /** Says again, on a new connection, what was not acknowledged. */
  async repeat(): Promise<void> {
    this.#refused.clear();
    for (const said of this.open.values()) await this.#say(said);
  }

  /**
   * Speaks until the connection breaks or `isOver` says so; what is refused is said again at once.
   *
   * @param inFlight How much is said without an acknowledgement.
   * @param isOver Looked at after each answer; what is open then stays open.
   */
  async speak(inFlight: number, isOver: () => boolean = () => false): Promise<void> {
    try {
      while (!isOver()) {
        while (this.open.size < inFlight) await this.say();
        await this.#sayRefused();
        if (!await this.#hear()) return;
      }
    } catch (error) {
      if (!isBroken(error)) throw error;
    }
  }

  /** Waits until nothing is open any more; what was refused is said again. */
  async settled(): Promise<void> {
    while (this.open.size > 0) {
      await this.#sayRefused();
      assert(await this.#hear(), "the connection ended");
    }
  }

  /** Says one more thing, somewhere, and does not wait for its acknowledgement. */
  async say(): Promise<string> {
    const count = this.#count++;
    const id = `${this.name}-${count}`;
    const text = `${id} ${"x".repeat(Math.floor(Math.random() * 300))}`;
    const others = this.#others;
    const said: Said = others.length > 0 && count % 4 === 3
      ? { type: "private", payload: { to: others[count % others.length]!, id, text } }
      : {
        type: "message",
        payload: { room: this.#rooms[count % this.#rooms.length]!, id, text } as const,
      };
    this.open.set(id, said);
    await this.#say(said);
    return id;
  }

  /** Everything in a stream, by `history`. */
  async history(stream: string): Promise<Heard[]> {
    const heard: Heard[] = [];
    for (let more = true; more;) {
      const after = heard.at(-1)?.seq ?? 0;
      await this.wire.send("history", { stream, after, limit: HISTORY_PAGE });
      const page = await this.#next("history");
      heard.push(...page.messages.map(heardOf));
      more = page.more;
    }
    return heard;
  }

  /** Everything in a room, by joining it from its beginning. */
  async sinceStart(room: string): Promise<Heard[]> {
    await this.wire.send("leave", { room });
    await this.#next("left");
    await this.wire.send("join", { room, since: 0 });
    const { seq, missed, complete } = await this.#next("joined");
    assert(complete);
    const heard: Heard[] = [];
    while ((heard.at(-1)?.seq ?? 0) < seq) {
      const message = await this.#next("message");
      if (message.room === room) heard.push(heardOf(message));
    }
    assertEquals(heard.length, missed);
    return heard;
  }

  [Symbol.dispose](): void {
    this.#wire?.[Symbol.dispose]();
  }

  /** The next message of a type; the others are taken as they come. */
  async #next<T extends ChatMessage["type"]>(type: T): Promise<PayloadOf<ChatMessage, T>> {
    for (;;) {
      const message = await this.wire.receive();
      if (message === undefined) throw new Deno.errors.ConnectionReset(`no "${type}" came`);
      this.#take(message);
      if (message.type === type) return message.payload as PayloadOf<ChatMessage, T>;
      if (message.type === "error" && message.payload.id === undefined) {
        throw new Error(
          `"${type}" was awaited: ${message.payload.code}, ${message.payload.message}`,
        );
      }
    }
  }

  #say({ type, payload }: Said): Promise<void> {
    return this.wire.send(type, payload);
  }

  async #sayRefused(): Promise<void> {
    for (const id of this.#refused) await this.#say(this.open.get(id)!);
    this.#refused.clear();
  }

  async #hear(): Promise<boolean> {
    const message = await this.wire.receive();
    if (message !== undefined) this.#take(message);
    return message !== undefined;
  }

  #take({ type, payload }: ChatMessage): void {
    if (type === "private") this.#inboxSeq = payload.seq;
    else if (type === "ack") {
      const { id, room, seq, at, duplicate = false } = payload;
      const said = this.open.get(id);
      assert(said !== undefined, `${id} was acknowledged twice`);
      this.open.delete(id);
      const ack = { stream: room ?? this.inbox, seq, at, text: said.payload.text, duplicate };
      this.acked.set(id, ack);
      this.#onAck(ack);
    } else if (type === "error" && payload.id !== undefined) {
      this.refusals.push({ id: payload.id, code: payload.code });
      this.#refused.add(payload.id);
    }
  }
}

/** Whether an error is that of a server that was killed. */
export function isBroken(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.NotConnected;
}

/**
 * Says what is wrong with a stream that was kept whole: every seq from 1 on, each id once, and everything
 * that was acknowledged at its place.
 *
 * @param stream Its name.
 * @param heard Everything in it.
 * @param speakers Who spoke in it.
 */
export function checkKept(
  stream: string,
  heard: readonly Heard[],
  speakers: readonly Pick<Speaker, "acked">[],
): void {
  assertEquals(heard.map(({ seq }) => seq), heard.map((_, at) => at + 1), `numbers of ${stream}`);
  const kept = new Map(heard.map((event) => [event.id, event]));
  assertEquals(kept.size, heard.length, `an id is in ${stream} twice`);
  for (const speaker of speakers) {
    for (const [id, ack] of speaker.acked) {
      if (ack.stream !== stream) continue;
      const { seq, at, text } = kept.get(id) ?? {};
      const found = { stream, seq, at, text, duplicate: ack.duplicate };
      assertEquals(found, { ...ack }, `${id} was acknowledged`);
    }
  }
}

function heardOf(
  message: Omit<Heard, "sender"> & ({ readonly sender: string } | { readonly from: string }),
): Heard {
  const { id, seq, at, text } = message;
  return { sender: "sender" in message ? message.sender : message.from, id, seq, at, text };
}
