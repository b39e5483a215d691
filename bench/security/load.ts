// The load program: dials a server so often, with TLS or without, and prints how long that took. Members stay and say
// nothing; who only shakes hands goes again. It uses Deno's own TLS, which costs it less than the server's costs.
import { Member } from "./member.ts";

/** What the load program is told to do, in JSON. */
export interface Job {
  readonly kind: "members" | "handshakes";
  readonly port: number;
  readonly count: number;
  /** The server's certificate; in the clear without. */
  readonly cert?: string;
}

/** Who dials at the same time. */
const AT_ONCE = 16;

const { kind, port, count, cert }: Job = JSON.parse(Deno.args[0] ?? "{}");
const startedAt = performance.now();
let started = 0;
const here: Member[] = [];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (started < count) {
      const number = started++;
      if (kind === "members") here.push(await Member.join(port, number, cert));
      else await Member.greet(port, cert);
    }
  }),
);
const seconds = (performance.now() - startedAt) / 1_000;
await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify({ seconds })}\n`));
// Members stay: their connections keep the program.
if (kind === "handshakes") Deno.exit(0);
