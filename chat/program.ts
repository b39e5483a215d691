import { ProtocolError } from "../codec/errors.ts";
import type { Ack, MessageRequest, PrivateRequest } from "../protocol/chat.ts";
import { checkRoom, inboxStream } from "../protocol/names.ts";
import { Allowance } from "./allowance.ts";
import type { Limits } from "./limits.ts";
import type { Listener } from "./listener.ts";
import { post, postPrivate } from "./posting.ts";
import { type EventPage, type PageRequest, readPage } from "./reading.ts";
import type { Visitor } from "./room_record.ts";
import type { Session } from "./session.ts";
import type { ChatState } from "./state.ts";

/** For a lease of 30 days, once an hour. */
const RENEWALS_A_LEASE = 720;

/** How much programs may do, each name so much: they ask over connections that come and go. */
export class ProgramPace {
  readonly #requests: Allowance;
  readonly #bytes: Allowance;
  readonly #renewals: Allowance;

  /** @param limits What one connection may. */
  constructor(limits: Limits) {
    const { requestBurst, requestsPerSecond, byteBurst, bytesPerSecond, nameLeaseMs } = limits;
    this.#requests = new Allowance(requestBurst, requestsPerSecond);
    this.#bytes = new Allowance(requestBurst === 0 ? 0 : byteBurst, bytesPerSecond);
    this.#renewals = new Allowance(1, RENEWALS_A_LEASE * 1_000 / nameLeaseMs);
  }

  /**
   * Lets one request through.
   *
   * @param name Whose.
   * @param bytes Its size.
   * @param now Unix time in milliseconds.
   * @throws {ProtocolError} `rate_limited`, with `retryAfterMs`.
   */
  take(name: string, bytes: number, now: number): void {
    const retryAfterMs = this.#requests.take(name, now) || this.#bytes.take(name, now, bytes);
    if (retryAfterMs === 0) return;
    throw new ProtocolError(
      "rate_limited",
      `"${name}" has asked too much in a short time: try again in ${retryAfterMs} ms`,
      { details: { retryAfterMs } },
    );
  }

  /** Whether it is time to begin a name's lease anew. */
  isRenewalDue(name: string, now: number): boolean {
    return this.#renewals.take(name, now) === 0;
  }
}

/** What a program is made of. */
export interface ProgramParts {
  readonly state: ChatState;
  readonly pace: ProgramPace;
  /** Its name, as it is registered. */
  readonly name: string;
  /** Who it is to rooms. */
  readonly visitor: Visitor;
  /** Its address, for logs. */
  readonly peer: string;
  /** What is not newer in its inbox was written to whoever had the name before. */
  readonly floor: number;
  /** Lets a listener in. */
  readonly listen: (session: Session, name: string) => Listener;
  /** Throws where its token is not good any more. */
  readonly verify: () => Promise<unknown>;
}

/**
 * A program that is known by its name's token, and is not in the chat: nobody sees it come or go. It may
 * say something in any room, read any room, and its own inbox, without joining.
 */
export class Program {
  readonly #parts: ProgramParts;

  /** @param parts What it is made of. */
  constructor(parts: ProgramParts) {
    this.#parts = parts;
  }

  /** Its name, as it is registered. */
  get name(): string {
    return this.#parts.name;
  }

  /**
   * Asks for leave to do one thing.
   *
   * @param bytes How much the request has brought.
   * @throws {ProtocolError} `rate_limited`.
   */
  pace(bytes: number): void {
    const { pace, state, name } = this.#parts;
    pace.take(name, bytes, state.clock.now());
  }

  /**
   * Says something in a room.
   *
   * @param request What, and where; the same `id` is stored once.
   * @returns When it is stored.
   * @throws {ProtocolError} As `message` is answered, except `forbidden`.
   */
  post(request: MessageRequest): Promise<Ack> {
    return post(this.#parts.state, this.#parts, request);
  }

  /**
   * Writes to one person.
   *
   * @param request What, and to whom; the same `id` is stored once.
   * @returns When it is stored.
   * @throws {ProtocolError} As `private` is answered.
   */
  postPrivate(request: PrivateRequest): Promise<Ack> {
    return postPrivate(this.#parts.state, this.#parts, request);
  }

  /**
   * Reads a part of a room.
   *
   * @param room The room.
   * @param request Which part.
   * @throws {ProtocolError} `invalid_room`, `banned`, `invite_only`.
   */
  async readRoom(room: string, request: PageRequest): Promise<EventPage> {
    const { state, visitor } = this.#parts;
    const name = checkRoom(room, state.limits.maxRoomChars);
    using held = await state.roomRecords.hold(name);
    const page = await readPage(state, name, request, 0);
    held.rules.checkEntering(visitor, state.clock.now());
    return page;
  }

  /** Reads a part of its own inbox. */
  readInbox(request: PageRequest): Promise<EventPage> {
    const { state, name, floor } = this.#parts;
    return readPage(state, inboxStream(name), request, floor);
  }

  /**
   * Follows a room.
   *
   * @param room The room.
   * @param session What is written to.
   * @param after The seq of the last event that it has; from now on where it is undefined.
   * @throws {ProtocolError} `invalid_room`, `too_many_sessions`, `banned`, `invite_only`.
   */
  followRoom(room: string, session: Session, after?: number): Promise<Listener> {
    const stream = checkRoom(room, this.#parts.state.limits.maxRoomChars);
    return this.#follow(session, { stream, after, floor: 0 });
  }

  /**
   * Follows its own inbox.
   *
   * @param session What is written to.
   * @param after As for a room.
   * @throws {ProtocolError} `too_many_sessions`.
   */
  followInbox(session: Session, after?: number): Promise<Listener> {
    const { name, floor } = this.#parts;
    return this.#follow(session, { stream: inboxStream(name), after, floor });
  }

  async #follow(
    session: Session,
    request: Parameters<Listener["follow"]>[0],
  ): Promise<Listener> {
    const listener = this.#parts.listen(session, this.name);
    try {
      // Only from here on is there something that the token's end would end.
      await this.#parts.verify();
      await listener.follow(request);
      return listener;
    } catch (error) {
      listener.abort(error instanceof ProtocolError ? error.code : "internal_error");
      throw error;
    }
  }
}
