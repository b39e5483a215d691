import { framesWire } from "../chat/load/frames_wire.ts";
import { Counter } from "../chat/load/counter.ts";

const ROOMS = 100;
const BUFFER_BYTES = 1_024;

/** A member who says nothing but that it is there. */
export class Member {
  /** Shakes hands with a server, and goes. */
  static async greet(port: number, cert: string | undefined): Promise<void> {
    const conn = await dial(port, cert);
    conn.close();
  }

  /** Comes into one of the rooms, and stays as long as the program runs. */
  static async join(port: number, number: number, cert: string | undefined): Promise<Member> {
    const conn = await dial(port, cert);
    const counter = new Counter(framesWire, BUFFER_BYTES);
    const write = async (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    };
    await write(framesWire.hello(number, `room-${number % ROOMS}`));
    const joined = Promise.withResolvers<void>();
    const reading = async () => {
      for (let pings = 0;;) {
        const count = await conn.read(counter.into);
        if (count === null) throw new Error(`The server hung up on member ${number}`);
        counter.took(count);
        if (counter.tally.pings > pings) {
          pings = counter.tally.pings;
          await write(framesWire.pong(counter.tally));
        }
        if (counter.tally.joined > 0) joined.resolve();
      }
    };
    reading().catch(joined.reject);
    await joined.promise;
    return new Member();
  }
}

async function dial(port: number, cert: string | undefined): Promise<Deno.TcpConn | Deno.TlsConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  if (cert === undefined) return conn;
  const secure = await Deno.startTls(conn, { hostname: "localhost", caCerts: [cert] });
  await secure.handshake();
  return secure;
}
