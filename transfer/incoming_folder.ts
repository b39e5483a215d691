import { ProtocolError } from "../codec/errors.ts";
import type { Offer } from "../protocol/transfer.ts";
import { diskError } from "./disk_error.ts";
import type { FolderSync } from "./folder_sync.ts";
import type { Part } from "./inbox.ts";
import { makeFolders } from "./safe_folder.ts";

/** A folder that arrives: made when it is not there, its files before or after it. */
export class IncomingFolder implements Part {
  readonly #root: string;
  readonly #segments: readonly string[];
  readonly #attributes: Pick<Offer, "mtime" | "mode"> | undefined;
  readonly #sync: FolderSync | undefined;

  /**
   * A folder that arrives.
   *
   * @param root The inbox's own folder.
   * @param segments Its safe name, below the root.
   * @param attributes Where its time and permissions come from; undefined where they are not kept.
   * @param sync Makes it durable; undefined where it need not be.
   */
  constructor(
    root: string,
    segments: readonly string[],
    attributes: Pick<Offer, "mtime" | "mode"> | undefined,
    sync: FolderSync | undefined,
  ) {
    this.#root = root;
    this.#segments = segments;
    this.#attributes = attributes;
    this.#sync = sync;
  }

  begin(_offset: number): void {}

  write(): void {
    throw new ProtocolError("size_mismatch", "A folder has no bytes of its own");
  }

  async commit(): Promise<string> {
    try {
      const { path, changed } = makeFolders(this.#root, this.#segments);
      await this.#setAttributes(path);
      if (this.#sync !== undefined) {
        await Promise.all([...changed, path].map((folder) => this.#sync!.sync(folder)));
      }
      return this.#segments.join("/");
    } catch (error) {
      throw error instanceof ProtocolError ? error : diskError("Cannot make the folder", error);
    }
  }

  abort(): void {}

  /** Its owner can always go on using it, whatever its permissions were at the sender. */
  async #setAttributes(path: string): Promise<void> {
    const { mtime, mode } = this.#attributes ?? {};
    if (mode !== undefined && Deno.build.os !== "windows") {
      await Deno.chmod(path, (mode & 0o777) | 0o700);
    }
    if (mtime !== undefined) await Deno.utime(path, mtime / 1_000, mtime / 1_000);
  }
}
