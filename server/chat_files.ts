import type { SharedFiles } from "../chat/shared_files.ts";
import type { SharedFile } from "../protocol/chat.ts";
import type { Inbox } from "../transfer/inbox.ts";
import type { Source } from "../transfer/source.ts";

/** The files of a chat as its server needs them: messages name them, transfers bring and fetch them. */
export interface ChatFiles extends SharedFiles {
  /**
   * Where files go that are brought over the transfer protocol.
   *
   * @param owner Who brings them: a registered name.
   * @returns An inbox; what it commits can be found, and bears the final name `ID/NAME`.
   */
  inbox(owner: string): Inbox;
  /**
   * A file, to be sent.
   *
   * @param file What `find` gave.
   * @returns Its bytes, under its name and with a time that stays the same: by them a fetch that was
   *   interrupted goes on.
   * @throws {ProtocolError} `unknown_file`: it is not there any more.
   */
  source(file: SharedFile): Source;
  /** Takes no more, interrupts who brings files, finishes what is being committed. Idempotent. */
  close(): Promise<void>;
}
