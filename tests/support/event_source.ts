/** One server-sent event. */
export interface ServerEvent {
  readonly id: string | undefined;
  readonly event: string;
  // deno-lint-ignore no-explicit-any -- a test knows what it waits for
  readonly data: any;
}

/** Reads an answer that is a stream of events, as a browser's EventSource does. */
export class EventReader implements AsyncDisposable {
  /** How many comments came. */
  comments = 0;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(response: Response) {
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event; undefined at the end. */
  async next(): Promise<ServerEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end < 0) {
        const { done, value } = await this.#reader.read();
        if (done) return undefined;
        this.#text += value;
        continue;
      }
      const lines = this.#text.slice(0, end).split("\n");
      this.#text = this.#text.slice(end + 2);
      const fields = new Map(lines.map((line) => line.split(/: (.*)/s, 2) as [string, string]));
      if (!fields.has("data")) this.comments++;
      else {
        return {
          id: fields.get("id"),
          event: fields.get("event")!,
          data: JSON.parse(fields.get("data")!),
        };
      }
    }
  }

  /** The next events of a kind. */
  async take(count: number, event = "message"): Promise<ServerEvent[]> {
    const events: ServerEvent[] = [];
    while (events.length < count) {
      const next = await this.next();
      if (next === undefined) throw new Error("The stream ended before that came");
      if (next.event === event) events.push(next);
    }
    return events;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel().catch(() => {
      // It has ended by itself.
    });
  }
}
