import type { SharedFile } from "../protocol/chat.ts";
import { escapeText } from "./escape.ts";
import { bytesText } from "./progress_line.ts";

/** Of more files the oldest numbers are forgotten. */
const MAX_FILES = 10_000;

/**
 * The files of messages, with the numbers by which a person asks for them. Numbers run for as long as the
 * program does; a file that is shown again keeps its own.
 */
export class FileCards {
  readonly #byNumber = new Map<number, SharedFile>();
  readonly #numbers = new Map<string, number>();
  #last = 0;

  /** The files that have a number, the oldest first. */
  get files(): readonly SharedFile[] {
    return [...this.#byNumber.values()];
  }

  /** The file of a number; undefined where there is none. */
  find(number: number): SharedFile | undefined {
    return this.#byNumber.get(number);
  }

  /** `[3] plan.pdf, 1.20 MB`: a file with its number, and what the message told of it. */
  card(file: SharedFile): string {
    return `[${this.#number(file)}] ${fileLabel(file)}`;
  }

  #number(file: SharedFile): number {
    const known = this.#numbers.get(file.id);
    if (known !== undefined) return known;
    const number = ++this.#last;
    this.#numbers.set(file.id, number);
    this.#byNumber.set(number, file);
    if (this.#byNumber.size > MAX_FILES) {
      const [oldest, { id }] = this.#byNumber.entries().next().value!;
      this.#byNumber.delete(oldest);
      this.#numbers.delete(id);
    }
    return number;
  }
}

/** `plan.pdf, 1.20 MB`; the name, a peer's word, is made safe to print. */
export function fileLabel({ name, size }: Pick<SharedFile, "name" | "size">): string {
  return `${escapeText(name)}, ${bytesText(size)}`;
}
