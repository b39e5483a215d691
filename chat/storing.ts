import { ProtocolError } from "../codec/errors.ts";
import type { ChatObserver, SessionInfo } from "./observer.ts";

/** Whose request it is, and who else is told where it fails. */
interface Asker {
  readonly info: SessionInfo;
  readonly state: { readonly observer: ChatObserver };
}

/**
 * Does what needs the log or the registry to take something, and tells the member where they cannot.
 *
 * @param member Whose request it is.
 * @param work The work.
 * @param what What is not done then, for people: "store this message, so nobody has it".
 * @returns What the work answers.
 * @throws {ProtocolError} `storage_failed`; or what the work itself says no with.
 */
export async function storing<T>(
  member: Asker,
  work: () => Promise<T>,
  what: string,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ProtocolError) throw cause;
    throw storageFailed(member, what, cause);
  }
}

/**
 * What a member is told where the log or the registry could not take something; the observer is told why.
 *
 * @param member Whose request it is.
 * @param what What is not done then, for people.
 * @param cause What they failed with.
 */
export function storageFailed(member: Asker, what: string, cause: unknown): ProtocolError {
  member.state.observer.failed?.(member.info, cause);
  const message = `The server could not ${what}: try again later`;
  return new ProtocolError("storage_failed", message, { cause });
}
