import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatBearer } from "../../protocol/bearer.ts";
import { openWebHouse, type WebHouse } from "../support/web_house.ts";
import { WebPeer } from "../support/web_peer.ts";

const PAGES = 3;

/** Something that happens to one of the pages. */
type Step =
  | { readonly does: "stall" | "pong" | "cut"; readonly page: number }
  | { readonly does: "say"; readonly count: number; readonly size: number };

const step = fc.oneof(
  fc.record({
    does: fc.constantFrom("stall" as const, "pong" as const, "cut" as const),
    page: fc.nat(PAGES - 1),
  }),
  fc.record({ does: fc.constant("say" as const), count: fc.nat(60), size: fc.nat(3_000) }),
);

/** A page that keeps what it has, and goes on from there when it comes back. */
class Page {
  readonly #house: WebHouse;
  readonly #name: string;
  #peer: WebPeer | undefined;
  #token: string | undefined;
  /** The seq of each message that it has, in the order in which they came. */
  readonly seqs: number[] = [];

  constructor(house: WebHouse, name: string) {
    this.#house = house;
    this.#name = name;
  }

  get peer(): WebPeer {
    return this.#peer!;
  }

  async connect(): Promise<void> {
    this.#peer = await WebPeer.open(this.#house.url);
    const token = this.#token === undefined ? {} : { token: this.#token };
    const since = { lobby: this.seqs.at(-1) ?? 0 };
    this.#peer.send("connect", { protocol: 1, name: this.#name, room: "lobby", since, ...token });
    this.#token = (await this.#peer.next("connect_ack")).token;
  }

  /** The connection goes; what has come by then has come. */
  async cut(): Promise<void> {
    await this.peer[Symbol.asyncDispose]();
    this.#keep();
  }

  async all(count: number): Promise<void> {
    this.peer.pong();
    await this.peer.until(() => this.seqs.length + this.peer.texts().length >= count);
    await this.cut();
  }

  #keep(): void {
    for (const { type, payload } of this.peer.received) {
      if (type === "message") this.seqs.push(payload.seq);
    }
  }
}

async function play(steps: readonly Step[]): Promise<void> {
  // Little is kept in memory, so that who stalls soon reads the log.
  await using house = await openWebHouse({ limits: { maxFeedBytes: 4_096 } });
  const pages = Array.from({ length: PAGES }, (_, at) => new Page(house, `page${at}`));
  for (const page of pages) await page.connect();
  await using speaker = await WebPeer.open(house.url);
  speaker.send("connect", { protocol: 1, name: "speaker" });
  const { token } = await speaker.next("connect_ack");
  const bearer = formatBearer({ name: "speaker", token });
  const program = await house.server.hub.program(bearer, "memory:1");
  let said = 0;
  for (const step of steps) {
    if (step.does === "say") {
      const text = "x".repeat(step.size + 1);
      const posts = Array.from({ length: step.count }, () => {
        return program.post({ room: "lobby", text, id: `${++said}` });
      });
      await Promise.all(posts);
    } else if (step.does === "cut") {
      await pages[step.page]!.cut();
      await pages[step.page]!.connect();
    } else pages[step.page]!.peer[step.does]();
  }
  const expected = Array.from({ length: said }, (_, at) => at + 1);
  for (const page of pages) {
    await page.all(said);
    assertEquals(page.seqs, expected);
  }
}

Deno.test("whatever pages do, stall, confirm late, go and come back, each gets everything once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), play),
    { numRuns: 25 },
  );
});
