import { ProtocolError } from "../codec/errors.ts";

/** How much the files of one name, and of all, may take. */
export interface QuotaLimits {
  /** Bytes of one name's files. */
  readonly maxBytesPerName: number;
  /** Bytes of all files. */
  readonly maxBytes: number;
  /** How many files one name may have. */
  readonly maxFilesPerName: number;
  /** How many files there may be. */
  readonly maxFiles: number;
}

interface Sum {
  bytes: number;
  files: number;
}

/** Counts what the files of each name take: those that are whole, and what is on its way. */
export class Quota {
  readonly #limits: QuotaLimits;
  readonly #all: Sum = { bytes: 0, files: 0 };
  readonly #byOwner = new Map<string, Sum>();

  /** @param limits How much there may be. */
  constructor(limits: QuotaLimits) {
    this.#limits = limits;
  }

  /** Bytes of all files, and how many there are. */
  get used(): Readonly<Sum> {
    return { ...this.#all };
  }

  /**
   * Looks whether there is room.
   *
   * @param owner Whose: a folded name.
   * @param bytes How much is to come.
   * @param files How many files more. @default {1}
   * @throws {ProtocolError} `quota_exceeded`, with both numbers.
   */
  check(owner: string, bytes: number, files = 1): void {
    const { maxBytesPerName, maxBytes, maxFilesPerName, maxFiles } = this.#limits;
    const own = this.#byOwner.get(owner) ?? { bytes: 0, files: 0 };
    const whose = [
      ["your files", own, maxBytesPerName, maxFilesPerName],
      ["the files of everybody here", this.#all, maxBytes, maxFiles],
    ] as const;
    for (const [who, sum, mostBytes, mostFiles] of whose) {
      if (sum.bytes + bytes > mostBytes) {
        throw new ProtocolError(
          "quota_exceeded",
          `Cannot keep ${bytes} bytes more: ${who} take ${sum.bytes} of the ${mostBytes} bytes that they may`,
        );
      }
      if (sum.files + files > mostFiles) {
        throw new ProtocolError(
          "quota_exceeded",
          `Cannot keep another file: ${who} are ${sum.files}, as many as they may be`,
        );
      }
    }
  }

  /**
   * Takes room, without a look at the limits: of what is there already.
   *
   * @param owner Whose.
   * @param bytes How much; less than 0 gives it back.
   * @param files How many files; less than 0 gives them back.
   */
  add(owner: string, bytes: number, files: number): void {
    const own = this.#byOwner.get(owner) ?? { bytes: 0, files: 0 };
    for (const sum of [own, this.#all]) {
      sum.bytes += bytes;
      sum.files += files;
    }
    if (own.files === 0 && own.bytes === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, own);
  }
}
