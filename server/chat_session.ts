import type { Hub } from "../chat/hub.ts";
import type { Member } from "../chat/member.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Frame } from "../codec/frame.ts";
import type { Connection } from "../net/connection.ts";
import { FrameReader } from "../net/frame_reader.ts";
import { decodeChatRequest, decodeSenderMessage } from "../protocol/message.ts";
import { framesDialect } from "./frames_dialect.ts";
import { originOf } from "./origin.ts";

/** How long input is discarded after the last word, so that the peer reads it and no reset. */
const LINGER_MS = 1_000;

/**
 * Serves one connection in the native dialect, from its first byte to its end.
 *
 * @param hub The chat.
 * @param connection The connection; closed when it is over.
 * @param clock Whose time the end is waited for in.
 * @returns When the connection is closed.
 */
export async function serveChat(
  hub: Hub,
  connection: Connection,
  clock: Clock = systemClock,
): Promise<void> {
  using linger = new DisposableStack();
  const reader = new FrameReader(connection);
  const member = hub.open({
    peer: connection.peer,
    origin: originOf(connection.peer),
    dialect: framesDialect,
    write: (bytes) => connection.write(bytes),
    end() {
      // The reading loop below goes on until the peer's end of input, or until this closes it.
      linger.use(clock.after(LINGER_MS, () => connection.close()));
      connection.closeWrite().catch(() => connection.close());
    },
    abort: () => connection.close(),
  });
  await readRequests(reader, member);
  try {
    await reader.discard();
  } catch {
    // The peer has gone, or the second is over: this is the end that was wanted.
  }
  await member.ended;
  connection.close();
}

/** Hands on requests until the member's end: by its own word, by the end of input, by an error. */
async function readRequests(reader: FrameReader, member: Member): Promise<void> {
  let heard = 0;
  try {
    while (!member.ending && await reader.more()) {
      member.heard(reader.readBytes - heard);
      heard = reader.readBytes;
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        const wait = handOn(frame, member);
        if (wait !== undefined) await wait;
        if (member.ending) return;
      }
    }
    await member.quit();
  } catch (error) {
    // Every error of the framing is told, and ends the member; without one, the connection broke.
    if (error instanceof ProtocolError) member.refuse(error);
    else member.abort("gone");
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
    const told = member.name === undefined && isHello(frame.payload) ? TRANSFER_REFUSED : error;
    return member.reject(told, frame.payload.length);
  }
  return member.handle(request, frame.payload.length);
}

/** A transfer client that came to a chat port is told where it is. */
const TRANSFER_REFUSED = new ProtocolError(
  "transfer_not_offered",
  'This port takes chat only: send files to the port of "transfer/receive.ts"',
);

function isHello(payload: Uint8Array): boolean {
  try {
    return decodeSenderMessage(payload).type === "hello";
  } catch {
    return false;
  }
}
