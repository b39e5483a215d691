import { addRow, eachRow, type Row } from "./flat.ts";

/** Answers of a worker to one batch. */
export interface BatchAnswers {
  /** The answer to each request, in order, as `pack` gives them. */
  readonly answers: readonly unknown[];
  /** Why requests failed, by their place; undefined where none did. */
  readonly errors: Readonly<Record<number, string>> | undefined;
}

/** How a {@link WorkerQueue} works. */
export interface WorkerQueueOptions<Answers extends BatchAnswers> {
  /** How much one batch may weigh; one request is taken however heavy it is. */
  readonly maxWeight: number;
  /**
   * Told what came back, and how much each request weighed: when all answers of the batch were read, and
   * before anybody who asked goes on.
   */
  readonly onAnswers?: (answers: Answers, weights: readonly number[]) => void;
  /** Told that the worker has ended by itself: whatever is asked from now on fails. */
  readonly onBroken?: (error: Error) => void;
}

interface Waiting {
  readonly weight: number;
  /** Where its request ends, in the array of requests. */
  readonly end: number;
  /** Takes the answer in. */
  readonly read: (answer: Row) => unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const firstOf = (answer: Row) => answer[0];

/**
 * What a worker is asked: one batch is with it at a time, and what comes meanwhile is the next one.
 *
 * - I1 Requests are answered in their order.
 * - I2 The next batch is on its way before the answers to this one are looked at: the worker never waits
 *   for its asker.
 */
export class WorkerQueue<Answers extends BatchAnswers = BatchAnswers> {
  readonly #worker: Worker;
  readonly #options: WorkerQueueOptions<Answers>;
  #waiting: Waiting[] = [];
  /** The requests of those who wait, and where each one ends. */
  #requests: unknown[] = [];
  #asked: readonly Waiting[] | undefined;
  /** Whether the turn's end will send what waits. */
  #gathering = false;
  #broken: Error | undefined;
  #closed: PromiseWithResolvers<void> | undefined;

  /**
   * @param worker It answers each message (rows, as `addRow` adds them) with {@link BatchAnswers}, and `"close"`
   * with anything; the queue ends it.
   * @param options Its limits.
   */
  constructor(worker: Worker, options: WorkerQueueOptions<Answers>) {
    this.#worker = worker;
    this.#options = options;
    worker.onmessage = ({ data }) => this.#answered(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#break(new Error(`The database's worker has ended: ${event.message}`));
    };
  }

  /**
   * Asks for one thing.
   *
   * @param name What is to answer.
   * @param request What it is handed; it is copied.
   * @param weight How much work it is.
   * @param read Takes the answer in, in the order of the requests, before anybody who asked in the same
   * batch goes on; what it gives is what `ask` answers. Without, that is the answer's first value.
   * @returns The answer.
   * @throws {Error} The worker could not do it, or has ended.
   */
  ask<T = unknown>(
    name: string,
    request: Row,
    weight = 1,
    read: (answer: Row) => T = firstOf as (answer: Row) => T,
  ): Promise<T> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#closed !== undefined) {
      return Promise.reject(new Error("Cannot use the database: it is closed"));
    }
    return new Promise<T>((resolve, reject) => {
      const resolveAny = resolve as (answer: unknown) => void;
      addRow(this.#requests, name, request);
      const end = this.#requests.length;
      this.#waiting.push({ weight, end, read, resolve: resolveAny, reject });
      if (this.#asked !== undefined || this.#gathering) return;
      this.#gathering = true;
      // What else this turn asks for goes into the same batch.
      queueMicrotask(() => {
        this.#gathering = false;
        this.#send();
      });
    });
  }

  /** Waits for every answer, then ends the worker. Idempotent. */
  close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#closed = Promise.withResolvers();
      if (this.#broken !== undefined) this.#end();
      else if (this.#asked === undefined && !this.#gathering) this.#worker.postMessage("close");
    }
    return this.#closed.promise;
  }

  #send(): void {
    if (this.#asked !== undefined || this.#broken !== undefined) return;
    if (this.#waiting.length === 0) {
      if (this.#closed !== undefined) this.#worker.postMessage("close");
      return;
    }
    let count = 0;
    for (let weight = 0; count < this.#waiting.length; count++) {
      weight += this.#waiting[count]!.weight;
      if (count > 0 && weight > this.#options.maxWeight) break;
    }
    if (count === this.#waiting.length) {
      this.#post(this.#waiting, this.#requests);
      this.#waiting = [];
      this.#requests = [];
      return;
    }
    const { end } = this.#waiting[count - 1]!;
    this.#post(this.#waiting.slice(0, count), this.#requests.slice(0, end));
    this.#waiting = this.#waiting.slice(count).map((one) => ({ ...one, end: one.end - end }));
    this.#requests = this.#requests.slice(end);
  }

  #post(asked: readonly Waiting[], requests: Row): void {
    this.#asked = asked;
    this.#worker.postMessage(requests);
  }

  #answered(message: Answers): void {
    const asked = this.#asked;
    if (asked === undefined) return this.#end();
    this.#asked = undefined;
    this.#send();
    const { errors } = message;
    const values: unknown[] = [];
    eachRow(message.answers, 0, (answer) => {
      const place = values.length;
      values.push(errors?.[place] === undefined ? asked[place]!.read(answer) : undefined);
    });
    this.#options.onAnswers?.(message, asked.map(({ weight }) => weight));
    for (let place = 0; place < asked.length; place++) {
      const { resolve, reject } = asked[place]!;
      const error = errors?.[place];
      if (error === undefined) resolve(values[place]);
      else reject(new Error(error));
    }
  }

  #break(error: Error): void {
    this.#broken = error;
    const lost = [...(this.#asked ?? []), ...this.#waiting];
    this.#asked = undefined;
    this.#waiting = [];
    this.#requests = [];
    for (const { reject } of lost) reject(error);
    this.#options.onBroken?.(error);
    if (this.#closed !== undefined) this.#end();
  }

  #end(): void {
    this.#worker.terminate();
    this.#closed?.resolve();
  }
}
