import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Connection, writeAll } from "../../net/connection.ts";
import { dial } from "../../net/tcp.ts";
import { type WebHandler, WebServer } from "../../web/web_server.ts";
import { acceptWebSocket, type ServerWebSocket } from "../../web/websocket.ts";
import { encodeFrame, OPCODE } from "../../web/websocket_frames.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { clientFrame } from "../support/web_frames.ts";

const encoder = new TextEncoder();
const UPGRADE = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n" +
  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** A server that keeps what its WebSockets get. */
class House implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly got: unknown[] = [];
  readonly closed = Promise.withResolvers<boolean>();
  socket!: ServerWebSocket;
  web!: WebServer;

  static async open(): Promise<House> {
    const house = new House();
    const accept: WebHandler = (request, { upgrade }) => {
      const { socket, response } = acceptWebSocket(request, upgrade, {
        maxMessageBytes: 1_000,
        onMessage: (data) => house.got.push(data),
        onClose: house.closed.resolve,
        clock: house.clock,
      });
      if (socket !== undefined) house.socket = socket;
      return response;
    };
    house.web = await WebServer.listen({ port: 0, routes: { "GET /": accept } });
    return house;
  }

  /** A client that has said something, and what comes back. */
  async ask(text: string, more: Uint8Array = new Uint8Array(0)): Promise<Client> {
    const client = new Client(await dial(this.web.address));
    await client.send(new Uint8Array([...encoder.encode(text), ...more]));
    return client;
  }

  /** A client whose WebSocket is open. */
  async connect(first?: Uint8Array): Promise<Client> {
    const client = await this.ask(UPGRADE, first);
    assertStringIncludes(await client.head(), "HTTP/1.1 101 ");
    return client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.web.abort();
  }
}

/** A client that says and hears bytes. */
class Client implements Disposable {
  readonly #connection: Connection;
  #bytes = new Uint8Array(0);

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return writeAll(this.#connection, bytes);
  }

  /** The head of the answer. */
  async head(): Promise<string> {
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.#bytes);
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) assert(await this.#more(), "the connection ended");
      else {
        this.#bytes = this.#bytes.slice(end + 4);
        return text.slice(0, end);
      }
    }
  }

  /** So many bytes that come next. */
  async take(count: number): Promise<Uint8Array> {
    while (this.#bytes.length < count) assert(await this.#more(), "the connection ended");
    const taken = this.#bytes.slice(0, count);
    this.#bytes = this.#bytes.slice(count);
    return taken;
  }

  /** What comes until the end. */
  async rest(): Promise<Uint8Array> {
    while (await this.#more());
    return this.#bytes;
  }

  async #more(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    const count = await this.#connection.read(buffer).catch(() => null);
    if (count === null) return false;
    this.#bytes = new Uint8Array([...this.#bytes, ...buffer.subarray(0, count)]);
    return true;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

function closeFrame(code: number, reason = ""): Uint8Array<ArrayBuffer> {
  return new Uint8Array([code >> 8, code & 255, ...encoder.encode(reason)]);
}

Deno.test("the answer to an upgrade has the hash that RFC 6455 gives for its key", async () => {
  await using house = await House.open();
  using client = await house.ask(UPGRADE);
  assertStringIncludes(await client.head(), "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

Deno.test("what comes in the same packet as the upgrade is not lost", async () => {
  await using house = await House.open();
  using client = await house.connect(clientFrame(OPCODE.text, "early"));
  await client.send(clientFrame(OPCODE.ping, "now"));
  assertEquals(await client.take(5), encodeFrame(OPCODE.pong, encoder.encode("now")));
  assertEquals(house.got, ["early"]);
});

Deno.test("a write is over when the system has it, and waits for a client that does not read", async () => {
  await using house = await House.open();
  using client = await house.connect();
  await house.socket.write(encodeFrame(OPCODE.text, encoder.encode("hello")));
  assertEquals(await client.take(7), encodeFrame(OPCODE.text, encoder.encode("hello")));
  // More than the system keeps for one who does not read.
  const much = encodeFrame(OPCODE.binary, new Uint8Array(64 * 2 ** 20));
  let isWritten = false;
  const writing = house.socket.write(much).then(() => isWritten = true);
  const broken = assertRejects(() => writing, Deno.errors.BrokenPipe);
  await client.take(10);
  assertEquals(isWritten, false);
  client[Symbol.dispose]();
  await broken;
});

Deno.test("who says close is answered with its code, and the connection ends at once", async () => {
  await using house = await House.open();
  using client = await house.connect();
  await client.send(clientFrame(OPCODE.close, closeFrame(4_000, "bye")));
  assertEquals(await client.rest(), encodeFrame(OPCODE.close, closeFrame(4_000)));
  assertEquals(await house.closed.promise, true);
  const frame = encodeFrame(OPCODE.text, new Uint8Array(0));
  await assertRejects(() => house.socket.write(frame), Deno.errors.BrokenPipe);
});

Deno.test("close waits for the other side's, and what comes before that is heard by nobody", async () => {
  await using house = await House.open();
  using client = await house.connect();
  house.socket.close(1001, "shutdown");
  assertEquals(await client.take(12), encodeFrame(OPCODE.close, closeFrame(1001, "shutdown")));
  await client.send(clientFrame(OPCODE.text, "late"));
  await client.send(clientFrame(OPCODE.close, closeFrame(1001)));
  await client.rest();
  assertEquals([await house.closed.promise, house.got], [true, []]);
});

Deno.test("close waits for a second, and no longer", async () => {
  await using house = await House.open();
  using client = await house.connect();
  house.socket.close(1000);
  await client.take(4);
  await house.clock.advanceAsync(1_000);
  await client.rest();
  assertEquals(await house.closed.promise, false);
});

for (
  const [what, frame, code] of [
    ["a frame that is not masked", encodeFrame(OPCODE.text, new Uint8Array(1)), 1002],
    ["a text that is no UTF-8", clientFrame(OPCODE.text, new Uint8Array([0xff])), 1007],
    ["a message that is too long", clientFrame(OPCODE.text, new Uint8Array(1_001)), 1009],
    ["a close of one byte", clientFrame(OPCODE.close, new Uint8Array(1)), 1002],
    ["a close with a code that may not be sent", clientFrame(OPCODE.close, closeFrame(1006)), 1002],
  ] as const
) {
  Deno.test(`${what} ends it with ${code}`, async () => {
    await using house = await House.open();
    using client = await house.connect();
    await client.send(clientFrame(OPCODE.text, "before"));
    await client.send(frame);
    const [head, , high, low] = await client.take(4);
    assertEquals([head, high! << 8 | low!], [0x80 | OPCODE.close, code]);
    assertEquals(house.got, ["before"]);
  });
}

Deno.test("a client that hangs up without a word is gone, not clean", async () => {
  await using house = await House.open();
  const client = await house.connect();
  client[Symbol.dispose]();
  assertEquals(await house.closed.promise, false);
});

for (
  const [what, from, to, status] of [
    ["another version", "Version: 13", "Version: 8", 426],
    ["no key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", 400],
    ["a short key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhl", 400],
    ["another protocol", "Upgrade: websocket", "Upgrade: h2c", 426],
  ] as const
) {
  Deno.test(`an upgrade with ${what} is answered ${status}, and the connection ends`, async () => {
    await using house = await House.open();
    using client = await house.ask(UPGRADE.replace(from, to));
    assertStringIncludes(await client.head(), `HTTP/1.1 ${status} `);
    await client.rest();
  });
}
