import { assertEquals } from "@std/assert";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { ServerWebSocket } from "../../web/websocket.ts";
import { OPCODE } from "../../web/websocket_frames.ts";

/** A connection whose other side takes nothing until it is told to. */
class StuckSocket extends EventEmitter {
  readonly written: Uint8Array[] = [];
  #waiting: (() => void)[] = [];

  setNoDelay(): void {}
  setTimeout(): void {}

  write(bytes: Uint8Array, taken: () => void = () => {}): void {
    this.written.push(bytes);
    this.#waiting.push(taken);
  }

  /** The other side takes all that was written. */
  take(): void {
    for (const taken of this.#waiting.splice(0)) taken();
  }

  destroy(): void {
    this.emit("close");
  }
}

/** A masked `ping`; the mask is 0. */
function ping(number: number): Uint8Array {
  return new Uint8Array([0x80 | OPCODE.ping, 0x81, 0, 0, 0, 0, number]);
}

Deno.test("who pings and pings, and reads nothing, has one answer waiting, and then that of the newest", () => {
  const socket = new StuckSocket();
  const options = { maxMessageBytes: 100, onMessage: () => {}, onClose: () => {} };
  new ServerWebSocket(socket as unknown as Socket, new Uint8Array(0), options);
  for (let at = 1; at <= 200; at++) socket.emit("data", ping(at));
  const pong = (number: number) => new Uint8Array([0x80 | OPCODE.pong, 1, number]);
  assertEquals(socket.written, [pong(1)]);
  socket.take();
  assertEquals(socket.written, [pong(1), pong(200)]);
  socket.take();
  socket.emit("data", ping(201));
  assertEquals(socket.written, [pong(1), pong(200), pong(201)]);
  socket.destroy();
});
