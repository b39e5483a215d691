import { ProtocolError } from "../codec/errors.ts";
import type { SharedFile } from "../protocol/chat.ts";

/** The files that messages can name: the chat's port to who keeps them. */
export interface SharedFiles {
  /**
   * Looks a file up.
   *
   * @param id What nobody can guess: who knows it may have the file, and show it to others.
   * @returns What `message` and `private` tell of it; undefined where there is none, or not any more.
   */
  find(id: string): Promise<SharedFile | undefined>;
  /**
   * Removes a file, since a message that named it was removed. Without it files stay as long as they are kept.
   *
   * @param owner Who said the message: files that somebody else brought stay.
   * @param id The file's id.
   * @returns Whether there was one of the owner's.
   */
  remove?(owner: string, id: string): Promise<boolean>;
}

/** A chat without files. */
export const NO_FILES: SharedFiles = {
  find: () => Promise.reject(filesNotOffered()),
};

/** What is said where no files are kept. */
export function filesNotOffered(): ProtocolError {
  return new ProtocolError(
    "files_not_offered",
    "This server keeps no files: it was started without a data folder, or with --no-files",
  );
}

/**
 * What a message is to tell of its files.
 *
 * @param files Who keeps them.
 * @param wanted Their ids, as a request names them.
 * @returns What is known of each, in the same order.
 * @throws {ProtocolError} `unknown_file`, `files_not_offered`.
 */
export async function findAll(
  files: SharedFiles,
  wanted: readonly { readonly id: string }[],
): Promise<readonly SharedFile[]> {
  return await Promise.all(wanted.map(async ({ id }) => {
    const file = await files.find(id);
    if (file !== undefined) return file;
    throw new ProtocolError(
      "unknown_file",
      `Cannot send the file "${id}": the server does not keep it, or not any more. Upload it again`,
    );
  }));
}
