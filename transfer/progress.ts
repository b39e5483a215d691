/** How far one file is. */
export interface FileProgress {
  /** The name that was offered: on the receiving side a peer's word. */
  readonly name: string;
  /** Bytes of the whole file; null where it is not known beforehand. */
  readonly size: number | null;
  /** Bytes that were there from an earlier run: this one began after them. */
  readonly from: number;
  /** Bytes of the file so far, those from an earlier run among them. */
  readonly bytes: number;
}
