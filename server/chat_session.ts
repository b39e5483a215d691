import type { Hub } from "../chat/hub.ts";
import type { Member } from "../chat/member.ts";
import type { Session } from "../chat/session.ts";
import { filesNotOffered } from "../chat/shared_files.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Frame } from "../codec/frame.ts";
import type { Connection } from "../net/connection.ts";
import { FrameReader } from "../net/frame_reader.ts";
import { decodeChatRequest, decodeSenderMessage } from "../protocol/message.ts";
import type { Hello } from "../protocol/transfer.ts";
import { framesDialect } from "./frames_dialect.ts";
import { originOf } from "../net/origin.ts";

/** Why a session ended whose connection turned out to be a transfer's. */
export const BECAME_TRANSFER = "transfer";

/** How long input is discarded after the last word, so that the peer reads it and no reset. */
const LINGER_MS = 1_000;

/** Who serves connections that begin with `hello` instead of `connect`. */
export interface Transfers {
  /**
   * Serves one to its end.
   *
   * @param connection The connection, read up to behind `hello`; whoever serves it closes it.
   * @param hello What was said.
   */
  serve(connection: Connection, hello: Hello): Promise<void>;
}

/**
 * Serves one connection in the native dialect, from its first byte to its end: a chat, or, where it begins
 * with `hello`, a transfer.
 *
 * One function, with all that it waits for: each one more that waits costs an idle member half a kilobyte.
 *
 * @param hub The chat.
 * @param connection The connection; closed when it is over.
 * @param clock Whose time the end is waited for in.
 * @param transfers Who serves transfers; without it they are `files_not_offered`.
 * @returns When the connection is closed.
 */
export async function serveChat(
  hub: Hub,
  connection: Connection,
  clock: Clock = systemClock,
  transfers?: Transfers,
): Promise<void> {
  const session = new FramesSession(connection, clock);
  const reader = new FrameReader(connection);
  const member = hub.open(session);
  let heard = 0;
  try {
    while (!member.ending && await reader.more()) {
      member.heard(reader.readBytes - heard);
      heard = reader.readBytes;
      const wait = handOnAll(reader, member);
      if (wait !== undefined) await wait;
    }
    await member.quit();
  } catch (error) {
    if (error instanceof TransferBegun && transfers !== undefined) {
      session.release();
      member.abort(BECAME_TRANSFER);
      return await transfers.serve(reader.handOver(), error.hello);
    }
    // Every error of the framing is told, and ends the member; without one, the connection broke.
    if (error instanceof ProtocolError) {
      member.refuse(error);
      member.end(error.code);
    } else member.abort("gone");
  }
  try {
    await reader.discard();
  } catch {
    // The peer has gone, or the second is over: this is the end that was wanted.
  }
  await member.ended;
  session.close();
}

/** The outgoing half of a connection in the native dialect. */
class FramesSession implements Session {
  readonly dialect = framesDialect;
  #connection: Connection;
  readonly #clock: Clock;
  #linger: Disposable | undefined;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  get peer(): string {
    return this.#connection.peer;
  }

  get origin(): string | undefined {
    return originOf(this.peer);
  }

  get servedAs(): readonly string[] {
    return this.#connection.servedAs ?? [];
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return this.#connection.write(bytes);
  }

  end(): void {
    // Input is read on until the peer's end of it, or until this closes the connection.
    this.#linger = this.#clock.after(LINGER_MS, () => this.abort());
    this.#connection.closeWrite().catch(() => this.abort());
  }

  abort(): void {
    this.#connection.close();
  }

  /** Somebody else has the connection from now on: this session's end is not its own. */
  release(): void {
    this.#connection = { ...RELEASED, peer: this.peer };
  }

  close(): void {
    this.#linger?.[Symbol.dispose]();
    this.#connection.close();
  }
}

/** What a session has that gave its connection away. */
const RELEASED: Omit<Connection, "peer"> = {
  read: () => Promise.resolve(null),
  write: ({ length }) => Promise.resolve(length),
  closeWrite: () => Promise.resolve(),
  close: () => {},
};

/**
 * Hands on what has come, until the member's end: by its own word, or by an error.
 *
 * @returns When the rest is handed on too, where a request has to be waited for.
 */
function handOnAll(reader: FrameReader, member: Member): Promise<void> | undefined {
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
    const wait = handOn(frame, member);
    if (wait !== undefined) return handOnRest(wait, reader, member);
    if (member.ending) return undefined;
  }
  return undefined;
}

async function handOnRest(
  first: Promise<void>,
  reader: FrameReader,
  member: Member,
): Promise<void> {
  await first;
  while (!member.ending) {
    const frame = reader.next();
    if (frame === undefined) return;
    const wait = handOn(frame, member);
    if (wait !== undefined) await wait;
  }
}

function handOn(frame: Frame, member: Member): Promise<void> | undefined {
  if (frame.kind === "data") {
    throw new ProtocolError("unexpected_data", "Cannot take a data frame: a chat has none");
  }
  let request;
  try {
    request = decodeChatRequest(frame.payload);
  } catch (error) {
    // Nothing has been answered yet: otherwise the answer, on its way, would have two writers beside it.
    const isFirst = member.name === undefined && member.outbox.writeStartedAt === undefined;
    const hello = isFirst ? helloIn(frame.payload) : undefined;
    if (hello !== undefined) throw new TransferBegun(hello);
    return member.reject(error, frame.payload.length);
  }
  return member.handle(request, frame.payload.length);
}

/** The connection is a transfer; where there are none, what is told. */
class TransferBegun extends ProtocolError {
  constructor(readonly hello: Hello) {
    const { code, message } = filesNotOffered();
    super(code, message);
  }
}

function helloIn(payload: Uint8Array): Hello | undefined {
  try {
    const message = decodeSenderMessage(payload);
    return message.type === "hello" ? message.payload : undefined;
  } catch {
    return undefined;
  }
}
