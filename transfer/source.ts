/** Something to send: a file, or anything else that gives bytes. */
export interface Source {
  /** The name to offer: relative, with `/`. */
  readonly name: string;
  /** What it is; a folder has no bytes. @default {"file"} */
  readonly kind?: "file" | "directory";
  /** Bytes; null where it is not known beforehand. */
  readonly size: number | null;
  /** Last change, Unix milliseconds. */
  readonly mtime?: number;
  /** Permission bits. */
  readonly mode?: number;
  /** Whether it can be opened once only: what was read of it is gone. @default {false} */
  readonly once?: boolean;
  /**
   * Opens it.
   *
   * @returns A reader from the first byte on; each time another one, unless it is `once`.
   * @throws {ProtocolError} `read_failed`.
   */
  open(): Promise<SourceReader>;
  /**
   * Opens it further on, where that costs less than reading what comes before.
   *
   * @param offset How many bytes are left out; no more than there are.
   * @returns A reader from there on.
   * @throws {ProtocolError} `read_failed`.
   */
  openAt?(offset: number): Promise<SourceReader>;
  /**
   * Reads a small source whole, where that costs less than `open`.
   *
   * @param into Where the bytes go; longer than the source's size.
   * @returns How many bytes there are.
   * @throws {ProtocolError} `read_failed`, `file_changed`.
   */
  readWhole?(into: Uint8Array<ArrayBuffer>): number;
}

/** Reads a source, once, from the beginning. */
export interface SourceReader extends Disposable {
  /**
   * Reads what is next.
   *
   * @param into Where the bytes go; not to be touched until the answer.
   * @returns How many bytes; null at the end.
   * @throws {ProtocolError} `read_failed`, `file_changed`.
   */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
}
