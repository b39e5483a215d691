import { assert, assertEquals } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";

const HALF_OPEN = 10_000;
/** What a person may have under way at once. */
const ADMITTED = 8;
/** With so many connections; measured: 410. */
const MOST_MIB = 640;

/** Memory of a process, in MiB. */
function residentMiB(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1_024;
}

/** A connection whose body never comes: resolves with the status when the server has ended it. */
async function halfOpen(port: number, bearer: string | undefined, open: Set<Deno.Conn>) {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  open.add(connection);
  const authorization = bearer === undefined ? "" : `Authorization: Bearer ${bearer}\r\n`;
  const text = `PUT /api/files/a HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}` +
    "Content-Length: 100000\r\n\r\nhello";
  await connection.write(new TextEncoder().encode(text));
  const buffer = new Uint8Array(1_024);
  let status = "";
  const ended = (async () => {
    for (;;) {
      const count = await connection.read(buffer).catch(() => null);
      if (count === null) break;
      status ||= new TextDecoder().decode(buffer.subarray(9, 12));
    }
    open.delete(connection);
    try {
      connection.close();
    } catch {
      // The test has closed it.
    }
    return status;
  })();
  return { ended };
}

Deno.test({
  name: "ten thousand half-open uploads neither delay the chat nor fill memory, and are ended",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using temp = new TempFolder();
    const data = temp.file("data");
    const args = ["--port", "0", "--web-port", "0", "--data", data, "--log-level", "error"];
    const deno = ["-P=server", `--allow-read=${data}`, `--allow-write=${data}`];
    await using server = Program.start("server.ts", args, { deno });
    const [, chatPort] = await server.line(/^chat listening on 127\.0\.0\.1:(\d+)$/);
    const [, webPort] = await server.line(/^web listening on http:\/\/127\.0\.0\.1:(\d+)\/$/);
    await using ann = await ChatClient.connect({
      host: "127.0.0.1",
      port: Number(chatPort),
      name: "guest-ann",
      room: "lobby",
    });
    const bearer = formatBearer({ name: "guest-ann", token: ann.token! });
    const open = new Set<Deno.Conn>();
    const ended: Promise<string>[] = [];
    let peakMiB = 0;
    let told = 0;
    while (ended.length < HALF_OPEN) {
      const begun = await Promise.all(Array.from({ length: 250 }, (_, at) => {
        // Half of them know a token.
        return halfOpen(Number(webPort), at % 2 === 0 ? bearer : undefined, open);
      }));
      for (const { ended: end } of begun) ended.push(end);
      // Each is acknowledged meanwhile.
      await ann.send("lobby", `still here ${told++}`);
      peakMiB = Math.max(peakMiB, residentMiB(server.pid));
    }
    const statuses = new Map<string, number>();
    const done = Promise.withResolvers<void>();
    let left = HALF_OPEN - ADMITTED;
    for (const end of ended) {
      end.then((status) => {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (--left === 0) done.resolve();
      });
    }
    await done.promise;
    assertEquals(open.size, ADMITTED);
    assertEquals(
      [...statuses.keys()].filter((status) => !["401", "429", "503"].includes(status)),
      [],
    );
    assert(statuses.get("401")! > 0 && statuses.get("429")! > 0, JSON.stringify([...statuses]));
    await ann.send("lobby", "still here at the end");
    assert(peakMiB < MOST_MIB, `${peakMiB} MiB`);
    for (const connection of open) connection.close();
    await Promise.all(ended);
    server.kill("SIGTERM");
    assertEquals((await server.finish()).code, 0);
  },
});
