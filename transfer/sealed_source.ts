import { chunksBefore, FileSealer, sealedSize } from "../sealed/file_sealer.ts";
import { CHUNK_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES } from "../sealed/stream_cipher.ts";
import type { Source, SourceReader } from "./source.ts";

/** Chunks that are encrypted at once: what they give fits into one data frame. */
const CHUNKS_AT_ONCE = 3;

/** How a source is encrypted. */
export interface SealedSourceOptions {
  /** The name to offer. @default the source's own and `.age` */
  readonly name?: string;
  /** Whether {@link SealedSource.plain} is wanted. @default {false} */
  readonly isHashed?: boolean;
}

/** A source that is encrypted while it is read. */
export interface SealedSource extends Source {
  /** What was read of the plaintext so far: of all of it, once the source was read to its end; where it is hashed. */
  readonly plain: { readonly size: number; readonly sha256: string };
}

/**
 * A source as an age file, encrypted while it is read. It can be read again from further on, as a connection that
 * broke asks for: it is the same ciphertext then, or `file_changed`.
 *
 * @param source The source, a file.
 * @param recipients Whom it is encrypted to, `age1…` each.
 * @param options Its name, and whether the plaintext is hashed.
 * @returns The source; its size is known where that of the other is.
 *
 * @example
 * ```ts ignore
 * const plan = await fileSource("plan.pdf");
 * await sendFiles(await dial({ host: "127.0.0.1", port: 12346 }), [sealedSource(plan, ["age1…"])]);
 * ```
 */
export function sealedSource(
  source: Source,
  recipients: readonly string[],
  { name = `${source.name}.age`, isHashed = false }: SealedSourceOptions = {},
): SealedSource {
  const { size, mtime, mode, once } = source;
  let sealer: Promise<FileSealer> | undefined;
  let plain = (): { size: number; sha256: string } => {
    throw new TypeError("Cannot tell the hash of a source that was not read yet");
  };
  const open = async (offset: number): Promise<SourceReader> => {
    let of = await (sealer ??= FileSealer.create(recipients, isHashed));
    // Of one that is too long to be remembered, what is sent again is another file.
    if (!of.isRepeatable) of = await (sealer = FileSealer.create(recipients, isHashed));
    plain = () => of.plain;
    return await SealingReader.open(source, of, offset);
  };
  return {
    name,
    size: size === null ? null : sealedSize(size, new Set(recipients).size),
    ...(mtime === undefined ? {} : { mtime }),
    ...(mode === undefined ? {} : { mode }),
    ...(once === undefined ? {} : { once }),
    open: () => open(0),
    ...(source.openAt === undefined ? {} : { openAt: open }),
    get plain() {
      return plain();
    },
  };
}

class SealingReader implements SourceReader {
  readonly #reader: SourceReader;
  readonly #sealer: FileSealer;
  /** Plaintext: one chunk more than is encrypted at once, because what is last is known only by what follows. */
  readonly #plain = new Uint8Array((CHUNKS_AT_ONCE + 1) * CHUNK_BYTES);
  readonly #sealed = new Uint8Array((CHUNKS_AT_ONCE + 1) * SEALED_CHUNK_BYTES);
  #plainBytes = 0;
  /** What can be handed out. */
  #ready: Uint8Array;
  #number: number;
  #isAtEnd = false;

  private constructor(
    reader: SourceReader,
    sealer: FileSealer,
    number: number,
    ready: Uint8Array,
  ) {
    this.#reader = reader;
    this.#sealer = sealer;
    this.#number = number;
    this.#ready = ready;
  }

  static async open(source: Source, sealer: FileSealer, offset: number): Promise<SealingReader> {
    const { beginning } = sealer;
    const number = Math.min(chunksBefore(offset, beginning.length), sealer.count);
    const inner = number === 0 ? await source.open() : await source.openAt!(number * CHUNK_BYTES);
    const reader = new SealingReader(inner, sealer, number, number === 0 ? beginning : EMPTY);
    const at = number === 0 ? 0 : beginning.length + number * SEALED_CHUNK_BYTES;
    try {
      await reader.#skip(offset - at);
    } catch (error) {
      reader[Symbol.dispose]();
      throw error;
    }
    return reader;
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    if (!await this.#fill()) return null;
    const part = this.#ready.subarray(0, into.length);
    into.set(part);
    this.#ready = this.#ready.subarray(part.length);
    return part.length;
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }

  async #skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0 && await this.#fill();) {
      const part = Math.min(left, this.#ready.length);
      this.#ready = this.#ready.subarray(part);
      left -= part;
    }
  }

  /** Has something ready. Answers whether there is anything left. */
  async #fill(): Promise<boolean> {
    if (this.#ready.length > 0) return true;
    if (this.#isAtEnd) return false;
    while (this.#plainBytes < this.#plain.length) {
      const count = await this.#reader.read(this.#plain.subarray(this.#plainBytes));
      if (count === null) {
        this.#isAtEnd = true;
        break;
      }
      this.#plainBytes += count;
    }
    this.#seal();
    return true;
  }

  #seal(): void {
    const chunks = this.#isAtEnd
      ? Math.max(1, Math.ceil(this.#plainBytes / CHUNK_BYTES))
      : CHUNKS_AT_ONCE;
    let length = 0;
    for (let at = 0; at < chunks; at++) {
      const chunk = this.#plain.subarray(
        at * CHUNK_BYTES,
        Math.min((at + 1) * CHUNK_BYTES, this.#plainBytes),
      );
      const isLast = this.#isAtEnd && at === chunks - 1;
      this.#sealer.seal(this.#number++, isLast, chunk, this.#sealed.subarray(length));
      length += chunk.length + TAG_BYTES;
    }
    this.#ready = this.#sealed.subarray(0, length);
    const used = Math.min(chunks * CHUNK_BYTES, this.#plainBytes);
    this.#plain.copyWithin(0, used, this.#plainBytes);
    this.#plainBytes -= used;
  }
}

const EMPTY = new Uint8Array(0);
