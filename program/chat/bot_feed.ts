import type { HistoryOptions } from "../../client/chat_client.ts";
import type { ReadMessage } from "../../client/sealed_chat.ts";

/** Messages that wait for a bot to read them; of what is over only the numbers are kept. */
const MAX_WAITING = 256;
/** Messages that are fetched at a time for a bot that is behind. */
const PAGE = 100;

/** What a {@link BotFeed} needs. */
export interface BotFeedOptions {
  /** What the bot is told of a message: a line; undefined for nothing. */
  readonly render: (message: ReadMessage) => string | undefined;
  /** Gives the bot a line; resolves when it was taken. Fails where the bot takes no more. */
  readonly write: (line: string) => Promise<void>;
  /** Reads a stream's messages again, as `SealedChat.history` does. */
  readonly history: (stream: string, options: HistoryOptions) => Promise<{
    readonly messages: readonly ReadMessage[];
  }>;
  /** Told how far the bot has been given a stream. */
  readonly onGiven: (stream: string, seq: number) => void;
  /** Told of messages that could not be fetched. */
  readonly onLost: (stream: string, error: unknown) => void;
}

/** A message that waits. */
interface Waiting {
  readonly stream: string;
  readonly message: ReadMessage;
}

/**
 * Gives a bot what is said, at its own pace, while the chat goes on at its own: a bot that reads slowly, or not at all,
 * holds up neither the acknowledgements of what it says itself, nor the connection.
 *
 * ```
 * offer --queue--> write          at most 256 wait
 *    `--full--> behind --history--> write, until the stream's newest; then by the queue again
 * ```
 *
 * - I1 Messages of a stream are given in order, each once.
 * - I2 At most 256 messages and one page are held, however slow the bot.
 */
export class BotFeed {
  readonly #options: BotFeedOptions;
  readonly #queue: Waiting[] = [];
  /** By stream, what was given or queued last, and the newest there is. */
  readonly #behind = new Map<string, { after: number; through: number }>();
  #wake = () => {};
  #isClosed = false;

  /** @param options The bot, and where its messages come from. */
  constructor(options: BotFeedOptions) {
    this.#options = options;
  }

  /** Takes a message; never waits. */
  offer(stream: string, message: ReadMessage): void {
    if (this.#isClosed) return;
    const behind = this.#behind.get(stream);
    if (behind !== undefined) behind.through = message.seq;
    else if (this.#queue.length < MAX_WAITING) this.#queue.push({ stream, message });
    else this.#behind.set(stream, { after: message.seq - 1, through: message.seq });
    this.#wake();
  }

  /** Ends {@link run}, once what is being written is. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** Gives the bot what was offered, until {@link close}, or until it takes no more. */
  async run(): Promise<void> {
    try {
      while (!this.#isClosed) {
        const next = this.#queue.shift();
        if (next !== undefined) await this.#give(next.stream, next.message);
        else if (this.#behind.size > 0) await this.#catchUp(this.#behind.keys().next().value!);
        else await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } catch {
      // It has closed its standard input: it may go on speaking.
    } finally {
      this.close();
      this.#queue.length = 0;
      this.#behind.clear();
    }
  }

  async #give(stream: string, message: ReadMessage): Promise<void> {
    const line = this.#options.render(message);
    if (line !== undefined) await this.#options.write(line);
    this.#options.onGiven(stream, message.seq);
  }

  async #catchUp(stream: string): Promise<void> {
    const behind = this.#behind.get(stream)!;
    const { history, onLost } = this.#options;
    let messages: readonly ReadMessage[];
    try {
      ({ messages } = await history(stream, { after: behind.after, limit: PAGE }));
    } catch (error) {
      this.#behind.delete(stream);
      onLost(stream, error);
      return;
    }
    for (const message of messages) {
      if (this.#isClosed) return;
      behind.after = message.seq;
      await this.#give(stream, message);
    }
    // In one turn with the last look: what is offered from now on waits in the queue.
    if (messages.length === 0 || behind.after >= behind.through) this.#behind.delete(stream);
  }
}
