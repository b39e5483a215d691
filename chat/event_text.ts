import type { LogEvent } from "../log/event_log.ts";
import type { Sealed, SharedFile } from "../protocol/chat.ts";

// A log event's body is JSON text of the fields that the log does not know itself. Putting the
// message together as text saves parsing and printing it again for every event (0.5 us each). Names,
// rooms and ids were checked before they got here and hold nothing that JSON escapes.

/** What is said: the text, or what only its readers can read. */
interface Said {
  readonly text: string;
  readonly sealed?: Sealed;
}

/** The body of what is said in a room. */
export function messageBody(said: Said, files: readonly SharedFile[]): string {
  return `{${saidText(said)}${filesText(files)}}`;
}

/** The body of a private message. */
export function privateBody(to: string, said: Said, files: readonly SharedFile[]): string {
  return `{"to":"${to}",${saidText(said)}${filesText(files)}}`;
}

function saidText({ text, sealed }: Said): string {
  if (sealed === undefined) return `"text":${JSON.stringify(text)}`;
  const { cipher, key, previous, signature } = sealed;
  return `"text":"","sealed":${JSON.stringify({ cipher, key, previous, signature })}`;
}

function filesText(files: readonly SharedFile[]): string {
  if (files.length === 0) return "";
  const told = files.map(({ id, name, size, type, sha256 }) => ({ id, name, size, type, sha256 }));
  return `,"files":${JSON.stringify(told)}`;
}

/** The JSON text of an event's payload, as `message` or `private` carries it. */
export function eventPayload(event: LogEvent): string {
  const { stream, sender, id, seq, at, body } = event;
  const who = isInbox(stream) ? `"from":"${sender}"` : `"room":"${stream}","sender":"${sender}"`;
  return `{${who},${body.slice(1, -1)},"id":"${id}","seq":${seq},"at":${at}}`;
}

/** The JSON text of the server message that tells an event. */
export function eventText(event: LogEvent): string {
  const type = isInbox(event.stream) ? "private" : "message";
  return `{"type":"${type}","payload":${eventPayload(event)}}`;
}

/** Whether a stream is somebody's inbox: no room's name begins with `@`. */
export function isInbox(stream: string): boolean {
  return stream.startsWith("@");
}
