// What the platform carries: a server that takes native frames and gives every member, for each message
// that comes, some bytes that look like one. It decodes, checks and stores nothing.
import { encodeFrame } from "../../../codec/encoder.ts";
import { Counter } from "./counter.ts";
import { framesWire } from "./frames_wire.ts";
import { bytesOf, idOf, TEXT } from "./wire.ts";

const BUFFER_BYTES = 65_536;
const COPIES = 1_024;

const payload = { room: "bench", sender: "m0", text: TEXT, id: idOf(0), seq: 100_000 };
const message = frame({ type: "message", payload: { ...payload, at: Date.now() } });
const joined = frame({ type: "joined", payload: {} });
const copies = new Uint8Array(COPIES * message.length);
for (let at = 0; at < copies.length; at += message.length) copies.set(message, at);

function frame(message: object): Uint8Array<ArrayBuffer> {
  return encodeFrame("json", bytesOf(JSON.stringify(message)));
}

/** Writes to one member, as fast as it reads. */
class Writer {
  readonly #connection: Deno.TcpConn;
  #owed = 0;
  #isWriting = false;

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** The member is to get so many more. */
  async owe(count: number): Promise<void> {
    this.#owed += count;
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#owed > 0) {
      const count = Math.min(this.#owed, COPIES);
      this.#owed -= count;
      await this.write(copies.subarray(0, count * message.length));
    }
    this.#isWriting = false;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#connection.write(bytes.subarray(at));
    }
  }
}

const writers: Writer[] = [];

async function serve(connection: Deno.TcpConn): Promise<void> {
  connection.setNoDelay(true);
  const counter = new Counter(framesWire, BUFFER_BYTES);
  const writer = new Writer(connection);
  // The first thing that comes is `connect`.
  await connection.read(new Uint8Array(BUFFER_BYTES));
  await writer.write(joined);
  writers.push(writer);
  for (let count; (count = await connection.read(counter.into)) !== null;) {
    const before = counter.tally.messages;
    counter.took(count);
    const gained = counter.tally.messages - before;
    // A member that hangs up is owed nothing more.
    for (const other of writers) other.owe(gained).catch(() => {});
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
await Deno.stdout.write(bytesOf(`copier listening on 127.0.0.1:${listener.addr.port}\n`));
for await (const connection of listener) {
  // A member that hangs up is what the end of a run looks like.
  serve(connection).catch(() => {});
}
