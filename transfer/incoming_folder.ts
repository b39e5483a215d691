import { ProtocolError } from "../codec/errors.ts";
import type { Offer } from "../protocol/transfer.ts";
import { diskError } from "./disk_error.ts";
import type { Part } from "./inbox.ts";
import type { InboxRoot } from "./inbox_root.ts";

/** A folder that arrives: made when it is not there, its files before or after it. */
export class IncomingFolder implements Part {
  readonly #root: InboxRoot;
  readonly #segments: readonly string[];
  readonly #attributes: Pick<Offer, "mtime" | "mode"> | undefined;

  /**
   * A folder that arrives.
   *
   * @param root The inbox's own folder.
   * @param segments Its safe name, below the root.
   * @param attributes Where its time and permissions come from; undefined where they are not kept.
   */
  constructor(
    root: InboxRoot,
    segments: readonly string[],
    attributes: Pick<Offer, "mtime" | "mode"> | undefined,
  ) {
    this.#root = root;
    this.#segments = segments;
    this.#attributes = attributes;
  }

  begin(_offset: number): void {}

  write(): void {
    throw new ProtocolError("size_mismatch", "A folder has no bytes of its own");
  }

  async commit(): Promise<string> {
    try {
      const path = this.#root.makeFolders(this.#segments);
      // What is set cannot be taken back, so that a look of a moment ago is not enough.
      this.#root.checkFolders(this.#segments);
      this.#setAttributes(path);
      await this.#root.settle(this.#segments);
      return this.#segments.join("/");
    } catch (error) {
      throw error instanceof ProtocolError ? error : diskError("Cannot make the folder", error);
    }
  }

  abort(): void {}

  /** Its owner can always go on using it, whatever its permissions were at the sender. */
  #setAttributes(path: string): void {
    const { mtime, mode } = this.#attributes ?? {};
    if (mode !== undefined && Deno.build.os !== "windows") {
      Deno.chmodSync(path, (mode & 0o777) | 0o700);
    }
    if (mtime !== undefined) Deno.utimeSync(path, mtime / 1_000, mtime / 1_000);
  }
}
