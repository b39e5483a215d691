import type { ReceiverMessage } from "../../protocol/transfer.ts";
import { hashText } from "../../transfer/hash.ts";
import type { Wire } from "../support/wire.ts";

/** A test of a receiver: what a bad sender does, and what it must read. */
export interface Attack {
  /** What the sender does, as a part of a sentence: `a file that ...`. */
  readonly name: string;
  /** Whether `hello` is said before. @default {true} */
  readonly greets?: boolean;
  /**
   * Whether nothing more is said after it; else an honest file and `bye` follow, on the same connection.
   * @default {false}
   */
  readonly isLast?: boolean;
  /** How long it takes, in seconds; those of none are done at once. */
  readonly seconds?: number;
  /** What the sender does; it need not read. */
  act(sender: BadSender): Promise<unknown>;
  /** What it must read. */
  readonly reads: Expectation;
}

/** What must be read by who attacks. */
export interface Expectation {
  /** In words. */
  readonly words: string;
  /**
   * Whether what was read is right.
   *
   * @param answers What was said about files: `refuse`, `done`, and `error` in the order in which they
   *   came, without the honest file's.
   */
  isRight(answers: readonly Answer[]): boolean;
}

/** What a receiver says that an attack is judged by. */
export type Answer = Extract<ReceiverMessage, { type: "refuse" | "done" | "error" }>;

/** What was sent as one file. */
export interface SentContent {
  readonly content: string;
  readonly hash: string;
}

/** What is said of a file that is offered, beside its name. */
export interface OfferOptions {
  readonly id?: unknown;
  readonly size?: unknown;
  readonly kind?: unknown;
  readonly key?: unknown;
  readonly mtime?: unknown;
  readonly mode?: unknown;
  readonly inline?: unknown;
}

/** A connection that something may be done to that no honest sender does. */
export class BadSender {
  /** The connection: for what is no message. */
  readonly wire: Wire<ReceiverMessage>;
  /** What was offered and sent whole, by the offer's number. */
  readonly sent = new Map<number, SentContent>();
  /** What was offered and neither ended nor cancelled. */
  readonly #open = new Set<unknown>();
  readonly #folder: string;
  readonly #pause: (ms: number) => Promise<void>;
  readonly #token: string | undefined;
  #nextId = 0;

  /**
   * @param wire The connection.
   * @param folder The folder that names are put into, so that they can be found.
   * @param pause Waits, at most until the connection ends.
   * @param token What is shown in `hello`, where the receiver asks who one is.
   */
  constructor(
    wire: Wire<ReceiverMessage>,
    folder: string,
    pause: (ms: number) => Promise<void>,
    token?: string,
  ) {
    this.wire = wire;
    this.#folder = folder;
    this.#pause = pause;
    this.#token = token;
  }

  /** A name in this run's own folder. */
  named(name: string): string {
    return `${this.#folder}/${name}`;
  }

  /** Waits, at most until the connection ends. */
  pause(ms: number): Promise<void> {
    return this.#pause(ms);
  }

  /** Says hello. */
  hello(more: object = {}): Promise<void> {
    const hello = { protocol: 1, role: "send", hash: "sha256", token: this.#token };
    return this.wire.send("hello", { ...hello, ...more });
  }

  /** Offers a file, by default one of 3 bytes. Answers the offer's number. */
  async offer(name: string, options: OfferOptions = {}): Promise<number> {
    const id = options.id ?? this.#nextId++;
    this.#open.add(id);
    await this.wire.send("offer", {
      id,
      key: crypto.randomUUID(),
      name,
      size: 3,
      kind: "file",
      ...options,
    });
    return id as number;
  }

  /** Begins a file. */
  start(id: unknown, offset: unknown = 0): Promise<void> {
    return this.wire.send("start", { id, offset });
  }

  /** Sends a data frame of text. */
  data(text: string): Promise<void> {
    return this.wire.data(new TextEncoder().encode(text));
  }

  /** Says that a file has ended; by default truly, of a content. */
  end(id: unknown, content: string, more: object = {}): Promise<void> {
    const size = new TextEncoder().encode(content).length;
    this.#open.delete(id);
    return this.wire.send("end", { id, size, hash: hashText(content), ...more });
  }

  /** Gives up what it has offered, by default all of it. */
  async cancel(ids: Iterable<unknown> = this.#open): Promise<void> {
    for (const id of [...ids]) {
      this.#open.delete(id);
      await this.wire.send("cancel", { id, code: "cancelled", message: "changed my mind" });
    }
  }

  /** Sends a file whole, without waiting for an answer. Answers the offer's number. */
  async file(name: string, content: string, options: OfferOptions = {}): Promise<number> {
    const size = new TextEncoder().encode(content).length;
    const id = await this.offer(name, { size, inline: true, ...options });
    this.sent.set(id, { content, hash: hashText(content) });
    await this.start(id);
    await this.data(content);
    await this.end(id, content);
    return id;
  }

  /** Sends text as a json frame, whatever it holds. */
  json(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    const length = bytes.length;
    return this.wire.raw(
      new Uint8Array([length >>> 24, length >>> 16, length >>> 8, length, 1, ...bytes]),
    );
  }
}

/** The connection is given up, for one of these reasons and with nothing else said. */
export function ends(...codes: readonly string[]): Expectation {
  return {
    words: `error ${codes.join(" or ")}, and the end of the connection`,
    isRight: (answers) => {
      const fatal = answers.at(-1);
      // Offers that came before may have been refused, for want of space or against a limit.
      return answers.slice(0, -1).every(({ type }) => type === "refuse") &&
        fatal?.type === "error" && fatal.payload.id === undefined &&
        codes.includes(fatal.payload.code);
    },
  };
}

/** Every offer is refused, before its data is looked at; what the refusal says is safe to print. */
export function refused(code: string, times: number): Expectation {
  return {
    words: `refuse ${code}${times === 1 ? "" : ` ${times} times`}`,
    isRight: (answers) =>
      answers.length === times &&
      answers.every(({ type, payload }) =>
        type === "refuse" && payload.code === code && isPrintable(payload.message)
      ),
  };
}

/** The file is not saved, for one of these reasons; the connection goes on. */
export function failed(...codes: readonly string[]): Expectation {
  return {
    words: `error ${codes.join(" or ")} for that file alone`,
    isRight: ([answer, ...others]) =>
      others.length === 0 && answer?.type === "error" && answer.payload.id !== undefined &&
      codes.includes(answer.payload.code),
  };
}

/** A name that every system takes as it is: no device, no stream, nothing that Windows would drop. */
const PORTABLE =
  /^(?:(?!(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:\.[^/]*)?(?:\/|$))[^/\\:]*[^/\\:. ](?:\/|$))+$/i;

/** The file is saved under a name that is one everywhere, or its name is refused. */
export const escapedOrRefused: Expectation = {
  words: "done, under a name that Windows takes as it is; or refuse invalid_path",
  isRight: ([answer, ...others]) =>
    others.length === 0 && answer !== undefined &&
    (answer.type === "done"
      ? PORTABLE.test(answer.payload.savedAs)
      : answer.type === "refuse" && answer.payload.code === "invalid_path"),
};

/** Each file is saved under a name of its own, or is not saved. */
export function apart(count: number): Expectation {
  return {
    words: `done, each under a name of its own, or exists, for ${count} files`,
    isRight: (answers) => {
      const saved = answers.flatMap(({ type, payload }) => type === "done" ? payload.savedAs : []);
      return answers.length === count && saved.length > 0 &&
        new Set(saved).size === saved.length &&
        answers.every(({ type, payload }) => type === "done" || payload.code === "exists");
    },
  };
}

/** So many files are saved, and nothing is said of others. */
export function saved(count: number): Expectation {
  return {
    words: count === 0 ? "nothing" : `done, ${count === 1 ? "once" : `${count} times`}`,
    isRight: (answers) => answers.length === count && answers.every(({ type }) => type === "done"),
  };
}

/** Either of two. */
export function either(one: Expectation, other: Expectation): Expectation {
  return {
    words: `${one.words}; or ${other.words}`,
    isRight: (answers) => one.isRight(answers) || other.isRight(answers),
  };
}

function isPrintable(text: string): boolean {
  return !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}
