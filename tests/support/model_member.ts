import { assert, assertEquals } from "@std/assert";
import type { Hub } from "../../chat/hub.ts";
import type { Connection } from "../../net/connection.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { FrameWriter } from "../../net/frame_writer.ts";
import { memoryPair } from "../../net/memory.ts";
import type { ChatMessage, ChatRequest } from "../../protocol/chat.ts";
import { decodeChatMessage } from "../../protocol/message.ts";
import { serveChat } from "../../server/chat_session.ts";
import type { FakeClock } from "./fake_clock.ts";
import type { PayloadOf } from "./wire.ts";

/** What a member has of a stream. */
export interface Seen {
  readonly seq: number;
  readonly id: string;
}

/** What a `joined` promised, or the inbox of a `connect_ack`. */
export interface Promised {
  readonly stream: string;
  readonly since: number;
  readonly seq: number;
  readonly missed: number;
}

type Said = Extract<ChatRequest, { type: "message" | "private" }>;

/**
 * A member as a careful client would be, with raw frames: it keeps cursors and what has no answer over
 * its connections, waits for no answer before it asks on, and checks whatever comes.
 */
export class ModelMember {
  readonly name: string;
  /** By stream: every event that came, in the order in which it came. */
  readonly seen = new Map<string, Seen[]>();
  /** By id: where it was acknowledged. */
  readonly acknowledged = new Map<string, { readonly stream: string; readonly seq: number }>();
  /** What it said and could not say again, as it has left the room: stored or not. */
  readonly uncertain = new Set<string>();
  /** By room: how many members it believes there to be. */
  readonly counts = new Map<string, number>();
  readonly promised: Promised[] = [];
  /** What must not have happened. */
  readonly faults: string[] = [];
  /** The rooms that it wants to be in. */
  readonly rooms = new Set<string>();
  readonly #token = crypto.getRandomValues(new Uint8Array(32)).toHex();
  readonly #clock: FakeClock;
  readonly #pipeBytes: number;
  readonly #unanswered = new Map<string, Said>();
  /** Rooms whose `left` is to come. */
  #leaving = new Set<string>();
  /** By room: the `since` of each `join` on this connection. */
  #joins = new Map<string, number[]>();
  #hub: Hub | undefined;
  #connection: Connection | undefined;
  #writer!: FrameWriter;
  #log: string | undefined;
  #sinceInbox = 0;
  #gate: PromiseWithResolvers<void> | undefined;
  /** How many reads pass the gate though it is shut. */
  #sips = 0;
  #said = 0;
  /** Everything that runs for its connections. */
  readonly #running: Promise<void>[] = [];

  constructor(name: string, clock: FakeClock, pipeBytes: number) {
    this.name = name;
    this.#clock = clock;
    this.#pipeBytes = pipeBytes;
  }

  /** Whether everything that it said is acknowledged, and everything it asked for is there. */
  get settled(): boolean {
    return this.#unanswered.size === 0 && this.#leaving.size === 0 &&
      [...this.#joins.values()].every((joins) => joins.length === 0);
  }

  get inbox(): string {
    return `@${this.name}`;
  }

  cursor(stream: string): number {
    return this.seen.get(stream)?.at(-1)?.seq ?? 0;
  }

  /** Connects, says again what has no answer. */
  connect(hub: Hub): void {
    const [ours, theirs] = memoryPair({ capacityBytes: this.#pipeBytes });
    this.#hub = hub;
    this.#connection = ours;
    this.#writer = new FrameWriter(ours);
    this.#leaving = new Set();
    this.#joins = new Map();
    this.#running.push(serveChat(hub, theirs, this.#clock), this.#read(ours, this.#writer));
    this.#sinceInbox = this.cursor(this.inbox);
    this.#send("connect", {
      protocol: 1,
      name: this.name,
      token: this.#token,
      device: "only",
      ...(this.#log === undefined ? {} : { log: this.#log }),
      since: { [this.inbox]: this.#sinceInbox },
    });
    for (const room of this.rooms) this.#join(room);
    for (const said of [...this.#unanswered.values()]) {
      if (said.type === "message" && !this.rooms.has(said.payload.room)) {
        this.#unanswered.delete(said.payload.id);
        this.uncertain.add(said.payload.id);
      } else this.#send(said.type, said.payload);
    }
  }

  /** Connects anew: with the old connection closed, or left hanging as if its cable were pulled. */
  reconnect(how: "closed" | "hanging"): void {
    if (how === "closed") this.#connection?.close();
    this.#connection = undefined;
    if (this.#hub !== undefined) this.connect(this.#hub);
  }

  /** The server goes: its last words are read, and nobody dials until `connect`. */
  expectEnd(): void {
    this.#hub = undefined;
  }

  join(room: string): void {
    if (this.rooms.has(room)) return;
    this.rooms.add(room);
    if (!this.#leaving.has(room)) this.#join(room);
  }

  leave(room: string): void {
    if (!this.rooms.has(room) || this.#leaving.has(room)) return;
    this.rooms.delete(room);
    this.counts.delete(room);
    this.#leaving.add(room);
    this.#send("leave", { room });
  }

  say(room: string, bytes: number): void {
    if (!this.rooms.has(room) || this.#leaving.has(room)) return;
    const id = `${this.name}-${this.#said++}`;
    this.#ask({ type: "message", payload: { room, text: "x".repeat(bytes), id } });
  }

  whisper(to: string, bytes: number): void {
    const id = `${this.name}-${this.#said++}`;
    this.#ask({ type: "private", payload: { to, text: "x".repeat(bytes), id } });
  }

  away(isAway: boolean): void {
    this.#send("away", { away: isAway, ...(isAway ? { text: "x".repeat(150) } : {}) });
  }

  /** Reads no more. */
  stall(): void {
    this.#gate ??= Promise.withResolvers();
  }

  /** Reads once, and then no more. */
  sip(): void {
    this.#sips++;
    this.#gate?.resolve();
    this.#gate = Promise.withResolvers();
  }

  /** Reads again. */
  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** Resolves when nothing of its connections is left; after the hub is. */
  async over(): Promise<void> {
    this.expectEnd();
    this.resume();
    const last = this.#connection;
    this.#connection = undefined;
    last?.close();
    await Promise.all(this.#running);
  }

  #ask(said: Said): void {
    this.#unanswered.set(said.payload.id, said);
    this.#send(said.type, said.payload);
  }

  #join(room: string): void {
    const since = this.cursor(room);
    this.#joins.set(room, [...this.#joins.get(room) ?? [], since]);
    this.#send("join", { room, since });
  }

  #send<T extends ChatRequest["type"]>(type: T, payload: PayloadOf<ChatRequest, T>): void {
    // What fails is noticed by reading.
    this.#writer.send({ type, payload });
  }

  async #read(connection: Connection, writer: FrameWriter): Promise<void> {
    const reader = new FrameReader(connection);
    try {
      for (;;) {
        if (this.#sips > 0) this.#sips--;
        else await this.#gate?.promise;
        // A connection that was left hanging is read by nobody.
        if (connection !== this.#connection) break;
        if (!await reader.more()) break;
        for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
          if (connection !== this.#connection) break;
          this.#take(decodeChatMessage(frame.payload));
        }
      }
    } catch {
      // The connection broke.
    }
    await writer.flush().catch(() => {});
    if (connection !== this.#connection) return;
    connection.close();
    this.#connection = undefined;
    if (this.#hub !== undefined) this.connect(this.#hub);
  }

  #take({ type, payload }: ChatMessage): void {
    switch (type) {
      case "message":
        return this.#takeEvent(payload.room, payload.seq, payload.id);
      case "private":
        return this.#takeEvent(this.inbox, payload.seq, payload.id);
      case "connect_ack": {
        this.#log = payload.log;
        const { seq, missed, complete } = payload.inbox;
        if (!complete) this.faults.push("connect_ack is incomplete");
        this.promised.push({ stream: this.inbox, since: this.#sinceInbox, seq, missed });
        return;
      }
      case "joined": {
        const { room, count, seq, missed, complete } = payload;
        const since = this.#joins.get(room)?.shift();
        if (since === undefined) return void this.faults.push(`joined ${room} unasked`);
        if (!complete) this.faults.push(`joined ${room} incomplete`);
        this.promised.push({ stream: room, since, seq, missed });
        this.counts.set(room, count);
        return;
      }
      case "left":
        this.#leaving.delete(payload.room);
        if (this.rooms.has(payload.room)) this.#join(payload.room);
        return;
      case "ack": {
        const stream = payload.room ?? this.inbox;
        this.acknowledged.set(payload.id, { stream, seq: payload.seq });
        this.#unanswered.delete(payload.id);
        return;
      }
      case "away":
        return;
      case "error":
        // Of `away` alone: nothing else here has a measure.
        if (payload.code === "rate_limited") return;
        return void this.faults.push(`${type} ${JSON.stringify(payload)}`);
      case "notification":
        if (payload.count !== undefined) this.counts.set(payload.room!, payload.count);
        return;
      case "ping":
        return this.#send("pong", { t: payload.t });
      case "pong":
        return;
      default:
        this.faults.push(`${type} ${JSON.stringify(payload)}`);
    }
  }

  #takeEvent(stream: string, seq: number, id: string): void {
    if (seq <= this.cursor(stream)) {
      this.faults.push(`${stream} ${seq} after ${this.cursor(stream)}`);
    }
    const seen = this.seen.get(stream) ?? [];
    seen.push({ seq, id });
    this.seen.set(stream, seen);
  }
}

/** Checks what a member has against what there is: once, in order, without gaps. */
export function assertSawAll(
  member: ModelMember,
  events: ReadonlyMap<string, readonly Seen[]>,
): void {
  assertEquals(member.faults, [], member.name);
  for (const stream of [member.inbox, ...member.rooms]) {
    assertEquals(member.seen.get(stream) ?? [], events.get(stream) ?? [], member.name);
  }
  for (const [stream, seen] of member.seen) {
    assertEquals(seen, (events.get(stream) ?? []).slice(0, seen.length), "no gap before it left");
  }
  for (const { stream, since, seq, missed } of member.promised) {
    const between = (events.get(stream) ?? []).filter((event) =>
      event.seq > since && event.seq <= seq
    );
    assertEquals(missed, between.length, `${member.name} missed in ${stream} after ${since}`);
  }
  for (const [id, { stream, seq }] of member.acknowledged) {
    assert(
      events.get(stream)?.some((event) => event.id === id && event.seq === seq),
      `${id} was acknowledged as ${seq} in ${stream}`,
    );
  }
}
